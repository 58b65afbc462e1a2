"""Which action units a network names an expression by, where intervals over people allow to say so."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.unit_order import unit_number

#: A unit that fewer images show has no word about it.
_LEAST_IMAGES = 5


def most_used_units(analysis: Analysis) -> dict[str, dict[str, str | None]]:
    """The unit that each network names each expression by above all, None where that is unclear.

    Returns:
        By the network's label and expression; empty without known evidence.
    """
    frame = all_folds(analysis)
    uses = {}
    for label in analysis.labels if not frame.empty else ():
        cells = cells_of(frame, label)
        uses[label] = {e: most_used(cells, e) for e in analysis.facts["expressions"] if known_units(cells, e)}
    return {label: own for label, own in uses.items() if own}


def all_folds(analysis: Analysis) -> pd.DataFrame:
    """What action units are worth over the images of all folds."""
    frame = analysis.action_units
    return frame if frame.empty else frame[frame["fold"].isna()].fillna({"expression": ""})


def cells_of(frame: pd.DataFrame, label: str) -> dict[tuple[str, str], dict[Any, Any]]:
    """The rows of one network by unit and expression."""
    return {(row["unit"], row["expression"]): row for row in frame[frame["label"].eq(label)].to_dict("records")}


def most_used(cells: Mapping[tuple[str, str], Mapping[Any, Any]], expression: str) -> str | None:
    """The unit that is worth more than every other to an expression, if the intervals lie apart; else None.

    Args:
        cells: (unit, expression) -> row with value, low, high, n.
        expression: one of them.
    """
    known = known_units(cells, expression)
    if not known:
        return None
    unit = max(known, key=lambda name: known[name]["value"])
    low = known[unit]["low"]
    apart = all(low > row["high"] for name, row in known.items() if name != unit)
    return unit if low > 0 and apart else None


def units_in_use(cells: Mapping[tuple[str, str], Mapping[Any, Any]], expression: str) -> dict[str, Any]:
    """The unit of most value, if that is certain, and the units whose intervals lie above and below zero."""
    known = known_units(cells, expression)
    return {
        "most": most_used(cells, expression),
        "for": [unit for unit, row in known.items() if row["low"] > 0],
        "against": [unit for unit, row in known.items() if row["high"] < 0],
        "unclear": [unit for unit, row in known.items() if not (row["low"] > 0 or row["high"] < 0)],
    }


def known_units(cells: Mapping[tuple[str, str], Mapping[Any, Any]], expression: str) -> dict[str, Mapping[Any, Any]]:
    """The units that have a value for an expression, but those of a few images only: their intervals say too little."""
    rows = {unit: row for (unit, place), row in cells.items() if place == expression and math.isfinite(row["value"])}
    most = max((row["n"] for row in rows.values()), default=0)
    kept = [unit for unit, row in rows.items() if row["n"] >= max(_LEAST_IMAGES, most / 2)]
    return {unit: rows[unit] for unit in sorted(kept, key=unit_number)}
