"""Figures that several sections of the report draw, and how all of them look."""
