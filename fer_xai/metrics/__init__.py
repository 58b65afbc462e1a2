"""How alike: a file for each metric, with what it says for itself, and what several of them share."""
