"""Heatmaps of other tools as a study."""
