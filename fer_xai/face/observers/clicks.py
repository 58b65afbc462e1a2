"""Mouse clicks and bubbles as a reference: which places observers marked, or needed to see."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from fer_xai.errors import UserError
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.observers.maps import RELEVANT_SHARE, ObserversReference
from fer_xai.face.observers.point_files import PointFiles
from fer_xai.face.observers.point_maps import Spread, facts_of, note_of, on_stimuli, point_maps
from fer_xai.face.observers.read_once import ReadOnce
from fer_xai.face.observers.reading import LeftOut, Reading
from fer_xai.face.observers.screen import Screen
from fer_xai.face.observers.stimuli import Stimuli

_NODE = "reference.clicks"
_KINDS = ("clicks", "bubbles")


class ClicksReference(ObserversReference, metaclass=ReadOnce):
    """Maps of observers from places that they clicked on, or through which they saw a face.

    Clicks: a Gaussian around each, and where a column tells right answers, those of wrong ones are left out. Bubbles
    are apertures at random places (F. Gosselin, P. G. Schyns, Bubbles: a technique to reveal the use of information in
    recognition tasks, Vision Research 41, 2001): with right and wrong answers, an observer's map of a stimulus is the
    apertures of right answers less those of all, each bubble weighing its answer (1 or 0) less the mean of the
    observer's answers to the stimulus; so it is negative where an aperture went with wrong answers. Where an observer
    gave one kind of answer alone, there is nothing to tell, and the stimulus is left out for that observer.

    Args:
        files: tables with a row per click or bubble: a path, a pattern, a folder, or a list of them.
        stimuli: table of the stimuli with their landmarks, see `Stimuli`.
        pictures: folder of the stimuli, in which what the table lacks is found; then there need be no table.
        size: width and height in pixels of stimuli of which neither tells them.
        kind: `clicks` or `bubbles`; None: bubbles where the tables have radii.
        pattern: of the files' names, such as `{observer}_{stimulus}.csv`.
        file_table: table of the files with the column file and any of observer, stimulus and expression.
        observer_column: who.
        stimulus_column: what was shown.
        x_column: where, across.
        y_column: where, down.
        right_column: whether the answer was right, 1 or 0.
        radius_column: of a bubble in pixels of the stimulus as the places are; its Gaussian aperture's standard
            deviation is half of it.
        weight_column: how much a click counts; 1 where there is none.
        coordinates: what places are in, see `Screen`; None takes pixels of the stimulus.
        screen: width and height of the screen in pixels, where stimuli were shown in its middle.
        offset: left and top of what was shown, in pixels of the screen.
        shown: width and height at which stimuli were shown, in pixels of the screen.
        scale: pixels of the screen per pixel of a stimulus, where `shown` does not tell.
        sigma: standard deviation of the Gaussian around a click as a share of the face's width.
        share: of the pixels, the most relevant ones that count as a set.
        name: what tables call it.
        frame: rows and columns.

    Attributes:
        reading: what was read, and what was left out.

    Raises:
        UserError: data that cannot be read, settings that mean nothing, no click within a stimulus.
    """

    def __init__(
        self,
        files: Any = None,
        stimuli: str | None = None,
        pictures: str | None = None,
        size: Sequence[int] | None = None,
        kind: str | None = None,
        pattern: str | None = None,
        file_table: str | None = None,
        observer_column: str | None = None,
        stimulus_column: str | None = None,
        x_column: str | None = None,
        y_column: str | None = None,
        right_column: str | None = None,
        radius_column: str | None = None,
        weight_column: str | None = None,
        coordinates: str | None = None,
        screen: Sequence[float] | None = None,
        offset: Sequence[float] | None = None,
        shown: Sequence[float] | None = None,
        scale: float = 1.0,
        sigma: float = 0.05,
        share: float = RELEVANT_SHARE,
        name: str = "clicks",
        frame: tuple[int, int] = FRAME_SHAPE,
    ) -> None:
        if kind is not None and kind not in _KINDS:
            raise UserError(f"{_NODE}.kind={kind}: known are {', '.join(_KINDS)}")
        geometry, spread = Screen(coordinates, screen, offset, shown, scale, _NODE), Spread(sigma, node=_NODE)
        columns = {
            "observer": observer_column,
            "stimulus": stimulus_column,
            "x": x_column,
            "y": y_column,
            "right": right_column,
            "radius": radius_column,
            "weight": weight_column,
        }
        known = Stimuli.read(stimuli, f"{_NODE}.stimuli", pictures, size)
        left_out = LeftOut()
        source = PointFiles(files, pattern, file_table, None, columns, _NODE, but=stimuli)
        rows, facts = source.read(known.expressions, left_out)
        known = known.with_expressions_of(rows, _NODE)
        rows = left_out.drop(rows, rows[["x", "y"]].isna().any(axis=1), "rows without a place")
        bubbles = rows["radius"].notna().any() if kind is None else kind == "bubbles"
        points = on_stimuli(_weighted(rows, bool(bubbles), left_out), known, geometry, spread, left_out, "clicks")
        found = facts_of(points, known, f"{'bubbles' if bubbles else 'clicks'} count", left_out)
        self.reading = Reading((*facts, *found), left_out.table())
        super().__init__(name, point_maps(points, known, frame), share, frame, note_of(points, known))


def _weighted(rows: pd.DataFrame, bubbles: bool, left_out: LeftOut) -> pd.DataFrame:
    """Rows with what they weigh, not 0."""
    wrong = set(rows["right"].dropna().unique()) - {0.0, 1.0}
    if wrong:
        raise UserError(f"{_NODE}.right_column: {min(wrong):g} is neither 1 (right) nor 0 (wrong)")
    rows = rows.assign(weight=rows["weight"].fillna(1.0))
    told = rows["right"].notna().any()
    if told:
        rows = left_out.drop(rows, rows["right"].isna(), "no answer")
    if told and bubbles:
        mean = rows.groupby(["observer", "stimulus"])["right"].transform("mean")
        rows = left_out.drop(rows, mean.isin([0.0, 1.0]), "one kind of answer alone")
        rows = rows.assign(weight=rows["weight"] * (rows["right"] - mean[rows.index]))
    elif told:
        rows = left_out.drop(rows, rows["right"] == 0, "wrong answer")
    rows = left_out.drop(rows, rows["weight"] == 0, "weight 0")
    if rows.empty:
        raise UserError(f"{_NODE}.files: nothing is left that weighs anything; left out: {left_out.reasons()}")
    return rows
