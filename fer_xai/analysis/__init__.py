"""What it means: similarity, clustering, statistics over a whole study. Never imports torch."""
