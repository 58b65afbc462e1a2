"""Figures of tables as cells of the page."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from fer_xai.analysis.words.tables import Cell


def cell(row: Any, names: Sequence[str] = ("value", "low", "high")) -> Cell:
    """The cell of a row with value, low and high, or so named; not defined where the row or a figure is missing."""
    figures = (None if row is None else row.get(name) for name in names)
    value, low, high = (math.nan if figure is None else float(figure) for figure in figures)
    return Cell(value, low, high)


def number(value: float) -> str:
    """A figure by itself, to three digits."""
    return f"{value:.3f}" if value == value else "n/a"


def whole(value: Any) -> str:
    """A count; empty where it is not known."""
    return "" if pd.isna(value) else str(int(value))


def plain_text(value: Any) -> str:
    """A value of a record: lists and mappings with commas."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
