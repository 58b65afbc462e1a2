"""From the rows of an eye tracker's export to fixations, each once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.errors import UserError
from fer_xai.face.observers.reading import LeftOut
from fer_xai.nearest import plain
from fer_xai.tables.columns import shown

_TIME_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
#: What one showing of a stimulus to an observer is told by.
_SHOWING = ["file", "observer", "stimulus", "trial", "occurrence"]


@dataclass(frozen=True)
class Choice:
    """Which fixations count, and how much.

    Attributes:
        weight: `duration`, or `number`: each the same.
        skip_first: whether the first fixation of each showing is left out.
        window: fixations that begin from the first to before the second of these times count, in milliseconds after
            the stimulus came; None for all.
        time_unit: `us`, `ms` or `s` of the times in the files; None takes what their columns say, or `ms`.
        node: config node of the reference, for messages.

    Raises:
        UserError: a value is out of range.
    """

    weight: str = "duration"
    skip_first: bool = False
    window: Sequence[float] | None = None
    time_unit: str | None = None
    node: str = "reference.fixations"

    def __post_init__(self) -> None:
        if self.weight not in ("duration", "number"):
            raise UserError(f"{self.node}.weight={self.weight}: known are duration, number")
        if self.time_unit is not None and self.time_unit not in _TIME_UNITS:
            raise UserError(f"{self.node}.time_unit={self.time_unit}: known are {', '.join(_TIME_UNITS)}")
        if self.window is not None and not _is_window(self.window):
            raise UserError(f"{self.node}.window={self.window}: two times in milliseconds are needed, such as [0,1000]")

    def fixations(self, rows: pd.DataFrame, left_out: LeftOut) -> pd.DataFrame:
        """The fixations that count.

        Args:
            rows: as `PointFiles.read` gives them, with event, index, duration, onset, end; where nothing tells a
                duration, the last two do.
            left_out: is told of what is left out.

        Returns:
            A row per fixation, with weight above 0.

        Raises:
            UserError: no row is a fixation, or a setting wants a column that is not there.
        """
        rows = rows.assign(duration=rows["duration"].fillna(rows["end"] - rows["onset"]))
        fixation = self._are_fixations(rows)
        rows = rows.assign(occurrence=_occurrences(rows.assign(index=rows["index"].where(fixation))))
        # A recording's times are counted from the first row, of whatever kind, that has the stimulus.
        rows["begin"] = rows.groupby(_SHOWING)["onset"].transform("min").where(rows["clock"] == "recording", 0.0)
        reason = "rows that are no fixation (" + rows["event"].replace("", "no event") + ")"
        rows = left_out.drop(rows, ~fixation, reason)
        rows = left_out.drop(rows, rows[["x", "y"]].isna().any(axis=1), "rows without a place")
        if rows.empty:
            raise UserError(f"{self.node}.files: no fixation has both an x and a y")
        fixations = self._in_time(rows[~_repeats(rows)], left_out)
        return self._weighted(fixations, left_out)

    def _are_fixations(self, rows: pd.DataFrame) -> "pd.Series[bool]":
        """Which rows are fixations: all those of a file that tells of no place what the eye did there."""
        says = (rows["event"] != "") & rows[["x", "y"]].notna().all(axis=1)
        told = says.groupby(rows["file"]).transform("any")
        fixation = ~told | rows["event"].map({word: _is_fixation(word) for word in rows["event"].unique()})
        if not fixation.any():
            words = shown([word for word in rows["event"].unique() if word])
            raise UserError(
                f"{self.node}: no event is a fixation (there are: {words}); {self.node}.event_column=NAME names another"
            )
        return fixation

    def _in_time(self, fixations: pd.DataFrame, left_out: LeftOut) -> pd.DataFrame:
        if self.skip_first:
            fixations = left_out.drop(fixations, _first(fixations), "first fixation")
            if fixations.empty:
                raise UserError(f"{self.node}.skip_first=true leaves no fixation: each showing has a single one")
        if self.window is None:
            return fixations
        if fixations["onset"].isna().all():
            raise UserError(
                f"{self.node}.window={list(self.window)}: no column tells when fixations began: "
                f"{self.node}.onset_column=NAME"
            )
        unit = fixations["to_ms"].fillna(_TIME_UNITS["ms"]) if self.time_unit is None else _TIME_UNITS[self.time_unit]
        after = (fixations["onset"] - fixations["begin"]) * unit
        inside = (after >= self.window[0]) & (after < self.window[1])
        if not inside.any():
            raise UserError(
                f"{self.node}.window={list(self.window)}: no fixation begins then; they begin {after.min():g} to "
                f"{after.max():g} ms after their stimulus ({self.node}.time_unit says what the files count in)"
            )
        return left_out.drop(fixations, ~inside, "outside the time window")

    def _weighted(self, fixations: pd.DataFrame, left_out: LeftOut) -> pd.DataFrame:
        if self.weight == "number":
            return fixations.assign(weight=1.0)
        lasting = fixations["duration"] > 0
        if not lasting.any():
            raise UserError(
                f"{self.node}: no fixation has a duration above 0: set {self.node}.duration_column=NAME, or "
                f"{self.node}.weight=number counts each the same"
            )
        kept = left_out.drop(fixations, ~lasting, "no duration")
        return kept.assign(weight=kept["duration"])


def _is_fixation(event: str) -> bool:
    """Whether an event is one; SMI's later programs call it a visual intake."""
    return "fix" in plain(event) or plain(event) == "visualintake"


def _occurrences(rows: pd.DataFrame) -> "pd.Series[int]":
    """Which showing of its stimulus a row is of, where no column tells trials.

    A recording's stimulus has come again when another one was shown between. In other files, fixations are numbered
    anew with each showing: their numbers fall then, or are the same after another stimulus.
    """
    keys = [rows[key] for key in ("file", "observer", "stimulus", "trial")]
    step = rows["index"].groupby(keys).ffill().groupby(keys).diff()
    moved = rows["block"].groupby(keys).diff() > 0
    again = (step < 0) | (moved & ((rows["clock"] == "recording") | (step == 0)))
    return (again & (rows["trial"] == "")).astype(int).groupby(keys).cumsum()


def _first(fixations: pd.DataFrame) -> "pd.Series[bool]":
    """The first fixation of each showing, by time, or by the order of rows where nothing tells times."""
    place = pd.Series(np.arange(len(fixations)), index=fixations.index)
    ordered = fixations.assign(place=place).sort_values(["onset", "place"], na_position="last")
    return ~ordered.duplicated(_SHOWING).reindex(fixations.index)


def _repeats(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Rows of a fixation that an earlier row tells already.

    Where fixations have numbers, these tell, in whatever order rows stand; where they have none, and the program writes
    several rows for one, rows that follow one another with the same place and duration are one.
    """
    numbered = rows["index"].notna()
    same = [*_SHOWING, "x", "y", "duration"]
    # In rows that were sorted anew, numbers fall within a showing: what has the same number and place is one still.
    anywhere = [key for key in (*same, "index") if key != "occurrence"]
    by_number = (rows.duplicated([*_SHOWING, "index"]) | (rows.duplicated(anywhere) & rows["samples"])) & numbered
    before = rows.groupby(_SHOWING, sort=False)[["x", "y", "duration"]].shift()
    equal = (rows[["x", "y", "duration"]].fillna(-1) == before.fillna(-1)).all(axis=1) & rows.duplicated(same)
    return by_number | (equal & ~numbered & rows["samples"])


def _is_window(window: Any) -> bool:
    numbers = isinstance(window, Sequence) and len(window) == 2 and all(isinstance(t, int | float) for t in window)
    return bool(numbers) and window[0] < window[1]
