"""A study as one checked archive for others: its maps, replicates and scores, and never a face or a name."""
