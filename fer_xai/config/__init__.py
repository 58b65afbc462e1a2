"""Hydra: where the configs lie, what they may say, and how a program reads them. Imports no torch."""
