"""What the page of a data set says of copies and of near-identical pictures."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.data.copies.duplicates import Duplicates, PictureGroup
from fer_xai.data.copies.picture_pairs import NEAR
from fer_xai.report.data_facts import people

#: The page shows so many groups of copies, so many near-identical pairs of each kind, so many pictures of a group, and
#: so many lines of near-identical pictures of one person; duplicates.csv lists all.
_MOST_COPIES, _MOST_PAIRS, _MOST_TILES, _MOST_LINES = 24, 12, 8, 60

Tile = Callable[[int], dict[str, Any]]


def copies_facts(copies: Duplicates, frame: pd.DataFrame, tile: Tile) -> dict[str, Any]:
    """The content of the section.

    Args:
        copies: what is there more than once.
        frame: of the prepared faces.
        tile: makes what is shown of the face in a row.

    Returns:
        `copies` (groups, the worst first), `more_copies` (how many are not shown), `pairs` (near-identical pictures by
        what they differ in), `collapsed` (lines of near-identical pictures of one person and expression) and
        `more_collapsed`.
    """
    kinds = copies.report[copies.report["kind"] != NEAR].drop_duplicates("image").set_index("image")["kind"]
    shown = [group for group in copies.groups if group.kind != NEAR]
    near = [group for group in copies.groups if group.kind == NEAR]
    lines = _lines([group for group in near if not group.across], frame)
    return {
        "copies": [_group(group, tile, kinds.reindex(frame["image"]).tolist()) for group in shown[:_MOST_COPIES]],
        "more_copies": max(0, len(shown) - _MOST_COPIES),
        "pairs": _pairs(near, tile),
        "collapsed": lines[:_MOST_LINES],
        "more_collapsed": max(0, len(lines) - _MOST_LINES),
    }


def _group(group: PictureGroup, tile: Tile, kinds: Sequence[str]) -> dict[str, Any]:
    return {
        "across": group.across,
        "tiles": [{**tile(int(row)), "kind": kinds[row]} for row in group.rows[:_MOST_TILES]],
        "more": max(0, len(group.rows) - _MOST_TILES),
    }


def _pairs(near: Sequence[PictureGroup], tile: Tile) -> list[dict[str, Any]]:
    """Near-identical pictures by all that they differ in, the nearest first."""
    by_words: dict[tuple[str, ...], list[PictureGroup]] = {}
    for group in near:
        if group.across:
            by_words.setdefault(group.across, []).append(group)
    return [
        {
            "across": " and ".join(words),
            "number": len(groups),
            "shown": [[tile(int(row)) for row in group.rows] for group in groups[:_MOST_PAIRS]],
        }
        for words, groups in by_words.items()
    ]


def _lines(near: Sequence[PictureGroup], frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One line for each person and expression, those with most pictures first."""
    rows = np.concatenate([np.empty(0, np.int64), *[group.rows for group in near]])
    number = np.repeat(np.arange(len(near)), [len(group.rows) for group in near])
    table = pd.DataFrame({"person": people(frame).to_numpy()[rows], "row": rows, "group": number})
    table["expression"] = frame["expression"].to_numpy()[rows]
    lines = table.groupby(["person", "expression"], as_index=False, sort=False).agg(
        pictures=("row", "nunique"), groups=("group", "nunique")
    )
    lines = lines.sort_values("pictures", ascending=False, kind="stable")
    return [dict(zip(lines.columns, line, strict=True)) for line in lines.itertuples(index=False)]
