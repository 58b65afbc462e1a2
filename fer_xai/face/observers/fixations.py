"""Eye tracking as a reference: where observers looked, and for how long."""

from collections.abc import Sequence
from typing import Any

from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.observers.fixation_rows import Choice
from fer_xai.face.observers.maps import RELEVANT_SHARE, ObserversReference
from fer_xai.face.observers.point_files import PointFiles
from fer_xai.face.observers.point_maps import Spread, facts_of, note_of, on_stimuli, point_maps
from fer_xai.face.observers.read_once import ReadOnce
from fer_xai.face.observers.reading import LeftOut, Reading
from fer_xai.face.observers.screen import Screen
from fer_xai.face.observers.stimuli import Stimuli

_NODE = "reference.fixations"


class FixationsReference(ObserversReference, metaclass=ReadOnce):
    """Maps of observers from the fixations of an eye tracker: Gaussians around them, see `point_maps.point_maps`.

    Columns are found by the names that Tobii's programs, EyeLink's Data Viewer and plain tables give them, unless a
    setting names them.

    Args:
        files: exports: a path, a pattern such as `gaze/*.csv`, a folder, or a list of them.
        stimuli: table of the stimuli with their landmarks, see `Stimuli`.
        pictures: folder of the stimuli, in which what the table lacks is found; then there need be no table.
        size: width and height in pixels of stimuli of which neither tells them.
        pattern: of the files' names, such as `{observer}_{expression}_{stimulus}.csv`.
        file_table: table of the files with the column file and any of observer, stimulus and expression.
        export: whose names the columns have: `tobii`, `eyelink` or `plain`; None for those that most columns have.
        observer_column: who looked.
        stimulus_column: what was shown.
        x_column: where, across.
        y_column: where, down.
        duration_column: how long.
        onset_column: when it began, or when the sample was taken.
        event_column: what the eye did: rows that are no fixation are left out.
        index_column: number of the fixation: rows of one number are one fixation.
        trial_column: which showing of the stimulus it was.
        coordinates: what places are in, see `Screen`; None takes what the columns say.
        screen: width and height of the screen in pixels, where stimuli were shown in its middle.
        offset: left and top of what was shown, in pixels of the screen.
        shown: width and height at which stimuli were shown, in pixels of the screen.
        scale: pixels of the screen per pixel of a stimulus, where `shown` does not tell.
        weight: `duration`, or `number`: each fixation the same.
        skip_first: leave out the first fixation of each showing, which lies where the eye was before.
        window: from when to when after the stimulus came fixations count by their beginning, in milliseconds.
        time_unit: `us`, `ms` or `s` of the times in the files; None takes what their columns say, or `ms`.
        sigma: standard deviation of the Gaussian as a share of the face's width.
        degrees: the same in degrees of visual angle, in place of that.
        px_per_degree: pixels of the screen per degree.
        share: of the pixels, the most relevant ones that count as a set.
        name: what tables call it.
        frame: rows and columns.

    Attributes:
        reading: what was read, and what was left out.

    Raises:
        UserError: data that cannot be read, settings that mean nothing, no fixation within a stimulus.
    """

    def __init__(
        self,
        files: Any = None,
        stimuli: str | None = None,
        pictures: str | None = None,
        size: Sequence[int] | None = None,
        pattern: str | None = None,
        file_table: str | None = None,
        export: str | None = None,
        observer_column: str | None = None,
        stimulus_column: str | None = None,
        x_column: str | None = None,
        y_column: str | None = None,
        duration_column: str | None = None,
        onset_column: str | None = None,
        event_column: str | None = None,
        index_column: str | None = None,
        trial_column: str | None = None,
        coordinates: str | None = None,
        screen: Sequence[float] | None = None,
        offset: Sequence[float] | None = None,
        shown: Sequence[float] | None = None,
        scale: float = 1.0,
        weight: str = "duration",
        skip_first: bool = False,
        window: Sequence[float] | None = None,
        time_unit: str | None = None,
        sigma: float = 0.05,
        degrees: float | None = None,
        px_per_degree: float | None = None,
        share: float = RELEVANT_SHARE,
        name: str = "fixations",
        frame: tuple[int, int] = FRAME_SHAPE,
    ) -> None:
        choice = Choice(weight, skip_first, window, time_unit, _NODE)
        spread = Spread(sigma, degrees, px_per_degree, _NODE)
        geometry = Screen(coordinates, screen, offset, shown, scale, _NODE)
        columns = {
            "observer": observer_column,
            "stimulus": stimulus_column,
            "x": x_column,
            "y": y_column,
            "duration": duration_column,
            "onset": onset_column,
            "end": None,
            "event": event_column,
            "index": index_column,
            "trial": trial_column,
        }
        known = Stimuli.read(stimuli, f"{_NODE}.stimuli", pictures, size)
        left_out = LeftOut()
        source = PointFiles(files, pattern, file_table, export, columns, _NODE, but=stimuli)
        rows, facts = source.read(known.expressions, left_out)
        known = known.with_expressions_of(rows, _NODE)
        fixations = on_stimuli(choice.fixations(rows, left_out), known, geometry, spread, left_out, "fixations")
        counted = "by their duration" if weight == "duration" else "each the same"
        found = facts_of(fixations, known, f"fixations count, {counted}", left_out)
        self.reading = Reading((*facts, *found), left_out.table())
        super().__init__(name, point_maps(fixations, known, frame), share, frame, note_of(fixations, known))
