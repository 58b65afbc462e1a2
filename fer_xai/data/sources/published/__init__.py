"""Readers of published data sets, each in the layout in which it is distributed."""
