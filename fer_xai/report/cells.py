"""Figures of tables as cells of the page."""

import math
import re
from collections.abc import Mapping, Sequence
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


def settings_text(group: Mapping[str, Any]) -> str:
    """Settings of a record in words: keys without their group, classes by their name alone.

    Examples:
        >>> settings_text({"recipe.optimizer._target_": "torch.optim.AdamW", "recipe.optimizer.lr": 0.1})
        'optimizer AdamW, optimizer lr 0.1'
    """
    return ", ".join(
        f"{_key_words(str(key))} {_class_words(value) if str(key).endswith('_target_') else plain_text(value)}"
        for key, value in group.items()
    )


def _key_words(key: str) -> str:
    words = [word for word in key.split(".") if word != "_target_"]
    return " ".join(words[1:] or words).replace("_", " ")


def _class_words(value: Any) -> str:
    """The last word of a class's path, or of the choice that builds it."""
    return re.split(r"[/.]", str(value).partition(":")[0])[-1].replace("_", " ")
