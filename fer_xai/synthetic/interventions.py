"""The same face with some of its action units at rest: what drawn faces allow, and photographs do not."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import filelock
import numpy as np
import pandas as pd

from fer_xai.data.preparation.crop import Square
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.preparation.records import Crops
from fer_xai.data.preparation.store import FaceStore, open_store
from fer_xai.errors import UserError
from fer_xai.parallel import run_parallel
from fer_xai.progress import is_shown_elsewhere
from fer_xai.synthetic.action_units import ACTION_UNITS
from fer_xai.synthetic.face import DRAWING_VERSION
from fer_xai.synthetic.picture_plan import Drawing, feature_name, read_drawing_id
from fer_xai.synthetic.places import are_visible, as_shares, changes, in_one_place
from fer_xai.synthetic.redraw import Redrawing, redraw

log = logging.getLogger(__name__)

Shown = frozenset[str]

#: Column of a table of faces in which `drawing_id` stands.
COLUMN = "drawing"
#: Features that are action units; others, such as a planted cue, are never one player with them.
_UNITS = frozenset(map(feature_name, ACTION_UNITS))


@dataclass(frozen=True)
class Players:
    """What of a drawn face can be taken away by itself.

    Attributes:
        names: of the p players: their features, those that show in the same place joined, such as `AU9+AU10`.
        features: names of each player's features.
        invisible: features of no visible effect, which are no player: they are drawn with the full face alone.
        places: float32 (p, S, S), where each player shows: the absolute difference that it alone makes to the full
            picture, in pixels of the crop, its sum 1.
        always: features that are drawn whoever takes part.
    """

    names: tuple[str, ...]
    features: tuple[tuple[str, ...], ...]
    invisible: tuple[str, ...]
    places: np.ndarray
    always: tuple[str, ...] = ()

    def shown(self, taking_part: Iterable[bool]) -> Shown:
        """The features that are drawn where some players, bool (p,), take part."""
        part = list(taking_part)
        rest = self.invisible if all(part) else ()
        chosen = (names for names, shown in zip(self.features, part, strict=True) if shown)
        return frozenset((*self.always, *rest, *(name for names in chosen for name in names)))


class _Grouping(NamedTuple):
    """The features of one face by player, before it is known where the players show."""

    groups: list[tuple[str, ...]]
    invisible: tuple[str, ...]

    @property
    def joint(self) -> list[tuple[str, ...]]:
        """Features of which it has to be seen what they change together; the invisible ones, if several, at the end."""
        return [group for group in (*self.groups, self.invisible) if len(group) > 1]


class Interventions:
    """Draws prepared faces again without some of their features, in their own crop, and keeps what was drawn.

    Pictures are cached by all that decides their pixels, so that the networks and explainers of a study share them.

    Args:
        faces: the prepared faces.
        cache: the cache folder.
        workers: processes that draw; None takes all cores.
    """

    def __init__(self, faces: PreparedFaces, cache: Path, workers: int | None = None) -> None:
        self._faces, self._cache, self._workers = faces, cache, workers
        self._drawn = are_drawn(faces.frame)

    def players(self, rows: Sequence[int], among: Collection[str] | None = None) -> list[Players | None]:
        """What of each face can be taken away by itself.

        Args:
            rows: of the faces.
            among: features that may be taken away, the others being always drawn; None for all.

        Returns:
            One for each row; None where the picture is no drawn face, or was changed after it was drawn.

        Raises:
            UserError: the cache cannot be written.
        """
        able = [row for row in dict.fromkeys(rows) if self._drawn[row]]
        every = {row: self._drawing(row).picture.features for row in able}
        movable = {row: [name for name in every[row] if among is None or name in among] for row in able}
        alone = self.draw([(row, _without(every[row], [(), *((name,) for name in movable[row])])) for row in able])
        groupings: dict[int, _Grouping] = {}
        differences: dict[int, dict[tuple[str, ...], np.ndarray]] = {}
        for row, pictures in zip(able, alone, strict=True):
            full, *others = pictures
            if self._is_as_drawn(row, full):
                changed = changes(full, others)
                groupings[row] = _grouped(movable[row], changed)
                differences[row] = {(name,): one for name, one in zip(movable[row], changed, strict=True)}
        joint = self.draw([(row, _without(every[row], [(), *one.joint])) for row, one in groupings.items()])
        for (row, one), pictures in zip(groupings.items(), joint, strict=True):
            full, *others = pictures
            differences[row] |= dict(zip(one.joint, changes(full, others), strict=True))
        size = len(self._faces.crops[0])
        return [
            _players(every[row], groupings[row], differences[row], size) if row in groupings else None for row in rows
        ]

    def draw(self, wanted: Sequence[tuple[int, Sequence[Shown]]]) -> list[Crops]:
        """Pictures of faces with some of their features.

        Args:
            wanted: rows of drawn faces, each with the sets of features that are to be shown.

        Returns:
            For each row its pictures, in order: `crops[k]` is uint8 (S, S, 3), read from the disk.

        Raises:
            UserError: a feature that the face does not have, or the cache cannot be written.
        """
        if not wanted:
            return []
        size = len(self._faces.crops[0])
        tasks = [self._redrawings(row, sets, size) for row, sets in wanted]
        with open_store(self._cache, {"interventions": DRAWING_VERSION}, size) as store:
            self._complete(store, {task.key: task for some in tasks for task in some})
            stored = [store.read([task.key for task in some]) for some in tasks]
        return [Crops(store.crops_path, some.start, some.length, size) for some in stored]

    def full_and_rest(self, rows: Sequence[int]) -> list[tuple[np.ndarray, np.ndarray] | None]:
        """The pictures of faces, and the same faces without any of their features.

        Args:
            rows: of the faces.

        Returns:
            Two pictures uint8 (S, S, 3) for each row; None as in `players`.

        Raises:
            UserError: the cache cannot be written.
        """
        able = [row for row in dict.fromkeys(rows) if self._drawn[row]]
        drawn = self.draw([(row, [frozenset(self._drawing(row).picture.features), frozenset()]) for row in able])
        found = {row: (full, rest) for row, (full, rest) in zip(able, drawn, strict=True)}
        return [found[row] if row in found and self._is_as_drawn(row, found[row][0]) else None for row in rows]

    def with_cue(self, rows: Sequence[int]) -> list[int | None]:
        """The rows that show the same faces with a planted cue.

        Args:
            rows: of faces, with the cue or without.

        Returns:
            One for each row; None for a photograph, and where the face with the cue is not among the prepared ones.
        """
        planted = {
            _without_cue(drawing): int(row)
            for row in np.flatnonzero(self._drawn)
            if (drawing := self._drawing(int(row))).picture.cue
        }
        return [planted.get(_without_cue(self._drawing(row))) if self._drawn[row] else None for row in rows]

    def faces(self, rows: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Prepared faces: crops uint8 (n, S, S, 3) and landmarks float32 (n, 68, 2) in pixels of the crop."""
        crops = np.stack([self._faces.crops[row] for row in rows])
        return crops, np.asarray(self._faces.landmarks)[list(rows)]

    def _complete(self, store: FaceStore, tasks: dict[str, Redrawing]) -> None:
        """Draw what the store does not hold yet; one process at a time, so that others find it there."""
        if not store.missing([*tasks]):
            return
        with filelock.FileLock(store.crops_path.with_name("drawing.lock")):
            missing = [tasks[key] for key in store.missing([*tasks])]
            # The display of the training is open, and a second bar would write into it.
            bar, label = is_shown_elsewhere(), "Drawing interventions"
            for key, face in run_parallel(redraw, missing, len(missing), label, self._workers, threads=False, draw=bar):
                store.add(key, face)

    def _redrawings(self, row: int, sets: Iterable[Shown], crop_size: int) -> list[Redrawing]:
        drawing, face = self._drawing(row), self._faces.frame.iloc[row]
        square = Square(int(face["crop_left"]), int(face["crop_top"]), int(face["crop_side"]), float(face["turned"]))
        return [Redrawing(drawing.picture, drawing.size, shown, square, crop_size) for shown in sets]

    def _drawing(self, row: int) -> Drawing:
        drawing = read_drawing_id(self._faces.frame[COLUMN].iloc[row])
        assert drawing is not None
        return drawing

    def _is_as_drawn(self, row: int, full: np.ndarray) -> bool:
        if np.array_equal(full, self._faces.crops[row]):
            return True
        image = self._faces.frame["image"].iloc[row]
        log.warning("%s is not as it was drawn (saved again in another format?): it has no known evidence", image)
        return False


def are_drawn(frame: pd.DataFrame) -> np.ndarray:
    """Which rows of prepared faces are drawn ones that can be drawn again, bool (n,)."""
    return np.array([version == DRAWING_VERSION for version in _versions(frame)], dtype=bool)


def refuse_photographs(key: str, frame: pd.DataFrame) -> None:
    """Refuse data without any face that can be drawn again.

    Args:
        key: of the config, that wants to draw them.
        frame: of prepared faces.

    Raises:
        UserError: saying why.
    """
    versions = {version for version in _versions(frame) if version is not None}
    if DRAWING_VERSION in versions:
        return
    if versions:
        raise UserError(
            f"{key} does not apply: the drawn faces are of version {max(versions)} of the drawing, and this program "
            f"draws version {DRAWING_VERSION}: make them anew (data=synthetic, or fer-xai data export)"
        )
    raise UserError(
        f"{key} does not apply: it draws faces again without some of their action units, and there are no drawn faces "
        "among the data, only photographs: leave it out, or take data=synthetic"
    )


def planted_cues(frame: pd.DataFrame) -> set[str]:
    """Names of the cues that are planted in some of the drawn faces of prepared ones."""
    drawings = map(read_drawing_id, frame[COLUMN]) if COLUMN in frame.columns else ()
    return {drawing.picture.cue for drawing in drawings if drawing is not None and drawing.picture.cue}


def known_features(names: Collection[str | int]) -> tuple[str, ...]:
    """Action units as they are called among the features of a face.

    Args:
        names: such as `AU9`, `AU09` or 9.

    Raises:
        UserError: an action unit that no face shows.
    """
    features = []
    for name in names:
        digits = str(name).upper().removeprefix("AU")
        unit = int(digits) if digits.isdecimal() else None
        if unit not in ACTION_UNITS:
            there = ", ".join(map(feature_name, ACTION_UNITS))
            raise UserError(f"{name} is no action unit that faces are drawn with: choose among {there}")
        features.append(feature_name(unit))
    return tuple(features)


def _versions(frame: pd.DataFrame) -> list[int | None]:
    """The version of the drawing of each face; None for a photograph."""
    if COLUMN not in frame.columns or "crop_side" not in frame.columns:
        return [None] * len(frame)
    drawings = map(read_drawing_id, frame[COLUMN])
    return [None if drawing is None else drawing.version for drawing in drawings]


def _without_cue(drawing: Drawing) -> Drawing:
    return drawing._replace(picture=replace(drawing.picture, cue=""))


def _without(features: Sequence[str], taken: Iterable[Iterable[str]]) -> list[Shown]:
    return [frozenset(features) - frozenset(names) for names in taken]


def _grouped(features: Sequence[str], differences: np.ndarray) -> _Grouping:
    """Players of one face by what each feature alone changes, (n, S, S)."""
    visible = are_visible(differences)
    units = [number for number, name in enumerate(features) if visible[number] and name in _UNITS]
    groups = [tuple(features[units[k]] for k in group) for group in in_one_place(differences[units])]
    groups += [(name,) for number, name in enumerate(features) if visible[number] and name not in _UNITS]
    return _Grouping(groups, tuple(name for name, seen in zip(features, visible, strict=True) if not seen))


def _players(
    every: Sequence[str], grouping: _Grouping, differences: dict[tuple[str, ...], np.ndarray], size: int
) -> Players:
    groups, invisible = grouping
    if len(invisible) > 1 and are_visible(differences[invisible][None])[0]:
        # Each is hidden by the others: together they are one player.
        groups, invisible = [*groups, invisible], ()
    movable = {name for group in (*groups, invisible) for name in group}
    places = np.array([differences[group] for group in groups], np.float32).reshape(-1, size, size)
    always = tuple(name for name in every if name not in movable)
    return Players(tuple(map("+".join, groups)), tuple(groups), invisible, as_shares(places), always)
