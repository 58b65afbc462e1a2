"""Cues that can be planted: what has nothing to do with an expression and may come with it all the same, one a file."""
