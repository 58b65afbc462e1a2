"""Drawn faces: people, action units, scenes, and the data source that they are."""
