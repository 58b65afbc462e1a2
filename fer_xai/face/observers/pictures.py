"""Maps that observers' data have been made into already: a picture, an array or a table for each observer."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_xai.errors import UserError
from fer_xai.expressions import SYNONYMS, expression_name
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.map_files import SUFFIXES, UnreadableMapError, read_map
from fer_xai.face.observers.built_maps import read_dataset
from fer_xai.face.observers.file_names import (
    StimulusNames,
    by_pattern,
    by_table,
    expression_within,
    list_files,
)
from fer_xai.face.observers.maps import RELEVANT_SHARE, ObserverMaps, ObserversReference
from fer_xai.face.observers.names_in_paths import named_in_paths, observers_of
from fer_xai.face.observers.numpy_warp import warp_to_canonical
from fer_xai.face.observers.read_once import ReadOnce
from fer_xai.face.observers.reading import LeftOut, Reading
from fer_xai.face.observers.stimuli import Stimuli

_NODE = "reference.maps"
#: How the one file ends that holds all maps as they were built.
_BUILT = ".nc"


class MapsReference(ObserversReference, metaclass=ReadOnce):
    """Observers' maps read from files, one per observer and expression, or per observer and stimulus.

    Pictures are grey, black for nothing; arrays (`.npy`) and tables of numbers (`.csv`) keep their sign, and may hold
    NaN where nothing is known. Each observer's map is divided by the mean size of its values, so that observers weigh
    alike, whatever they were scaled by.

    Args:
        files: a path, a pattern such as `maps/*.npy`, a folder, or a list of them; or the `maps.nc` that `fer-xai
            reference build` has made of observers' data, whose maps are taken as they are.
        stimuli: table of the stimuli with their landmarks, see `Stimuli`: the maps lie in the pixels of stimuli. None:
            they lie in the canonical frame already.
        pictures: folder of the stimuli, in which what the table lacks is found; then there need be no table.
        size: width and height in pixels of stimuli of which neither tells them.
        pattern: of the files' names, such as `{observer}_{expression}.png`, with {stimulus} where there are stimuli.
        file_table: table of the files with the column file and any of observer, stimulus and expression.
        share: of the pixels, the most relevant ones that count as a set.
        name: what tables call it.
        frame: rows and columns.

    Attributes:
        reading: what was read, and what was left out.

    Raises:
        UserError: a map cannot be read, has other proportions than its stimulus or the frame, or does not tell of what
            it is; two maps of the same.
    """

    def __init__(
        self,
        files: Any = None,
        stimuli: str | None = None,
        pictures: str | None = None,
        size: Sequence[int] | None = None,
        pattern: str | None = None,
        file_table: str | None = None,
        share: float = RELEVANT_SHARE,
        name: str = "maps",
        frame: tuple[int, int] = FRAME_SHAPE,
    ) -> None:
        of_stimuli = stimuli is not None or pictures is not None
        known = Stimuli.read(stimuli, f"{_NODE}.stimuli", pictures, size) if of_stimuli else None
        but = [Path(path) for path in (stimuli, file_table) if path is not None]
        paths = list_files(files, f"{_NODE}.files", sorted({*SUFFIXES, ".csv"}), but)
        if [path.suffix for path in paths] == [_BUILT]:
            built, note = read_dataset(paths[0], f"{_NODE}.files")
            super().__init__(name, built, share, frame, note)
            return
        listed = _listed(paths, pattern, file_table, known)
        left_out = LeftOut()
        read: dict[tuple[str, str], list[NDArray[np.float64]]] = defaultdict(list)
        empty = []
        for path, (observer, stimulus, expression) in zip(paths, listed.itertuples(index=False), strict=True):
            values = _values(path)
            carried = _framed(values, path, frame) if known is None else _warped(values, path, stimulus, known, frame)
            empty.append(not np.nansum(np.abs(carried)) > 0)
            if not empty[-1]:
                read[expression, observer].append(carried)
        listed = left_out.drop(listed, pd.Series(empty, index=listed.index), "map without a value other than 0")
        if not read:
            raise UserError(f"{_NODE}.files: all {len(paths)} maps are 0 everywhere")
        self.reading = Reading((f"{len(paths)} maps of {listed['observer'].nunique()} observers",), left_out.table())
        super().__init__(name, _maps(read), share, frame)


def _listed(paths: list[Path], pattern: str | None, file_table: str | None, known: Stimuli | None) -> pd.DataFrame:
    """Observer, stimulus and expression of each file."""
    if pattern is not None and file_table is not None:
        raise UserError(f"{_NODE}.pattern and {_NODE}.file_table both tell what files hold: give one")
    if pattern is not None:
        listed = by_pattern(paths, pattern, f"{_NODE}.pattern")
    elif file_table is not None:
        listed = by_table(paths, file_table, f"{_NODE}.file_table")
    else:
        listed = _by_words(paths, known)
    tells = "expression" if known is None else "stimulus"
    if tells not in listed:
        raise UserError(f"{_NODE}: nothing tells each file's {tells}: {_NODE}.pattern='{{observer}}_{{{tells}}}.png'")
    if "observer" not in listed:
        listed["observer"] = "observer"
    if known is None:
        listed["expression"] = listed["expression"].map(expression_name)
        listed["stimulus"] = listed["expression"]
    else:
        names = StimulusNames(known.expressions)
        found = listed["stimulus"].map(names.find)
        if found.isna().any():
            file = paths[int(np.flatnonzero(found.isna())[0])]
            raise UserError(f"{_NODE}: the stimulus of {file.name} has no landmarks in {_NODE}.stimuli")
        listed = listed.assign(stimulus=found, expression=found.map(known.expression_of))
    double = listed.duplicated(["observer", "stimulus"], keep=False)
    if double.any():
        first, second = (paths[place].name for place in np.flatnonzero(double)[:2])
        raise UserError(
            f"{_NODE}.files: two maps of the same observer and {tells}, such as {first} and {second}: "
            f"{_NODE}.pattern='{{observer}}_{{{tells}}}.png' tells them apart"
        )
    return listed[["observer", "stimulus", "expression"]]


def _by_words(paths: list[Path], known: Stimuli | None) -> pd.DataFrame:
    """The same from the words in the files' paths."""
    within = expression_within if known is None else StimulusNames(known.expressions).within
    told = named_in_paths(paths, within)
    found = [word for word, _ in told]
    tells = "expression" if known is None else "stimulus"
    if None in found:
        raise UserError(
            f"{_NODE}: the name of {paths[found.index(None)].name} does not tell its {tells}: "
            f"{_NODE}.pattern='{{observer}}_{{{tells}}}.png' tells where it stands, or {_NODE}.file_table=TABLE"
        )
    listed = pd.DataFrame({tells: found})
    observers = observers_of([words for _, words in told], found)
    return listed if observers is None else listed.assign(observer=observers)


def _values(path: Path) -> NDArray[np.float64]:
    try:
        return read_map(path, unknown=True).values
    except UnreadableMapError as error:
        raise UserError(f"{_NODE}.files: {path} {error}") from None


def _framed(values: NDArray[np.float64], path: Path, frame: tuple[int, int]) -> NDArray[np.float64]:
    """A map of the canonical frame, scaled to its size."""
    if values.shape == frame:
        return values
    _check_proportions(values, path, frame, "the canonical frame")
    shrinks = values.shape[0] > frame[0]
    scaled = cv2.resize(values, frame[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return scaled.astype(np.float64)


def _warped(
    values: NDArray[np.float64], path: Path, stimulus: str, known: Stimuli, frame: tuple[int, int]
) -> NDArray[np.float64]:
    """A map of a stimulus, carried to the canonical frame; NaN where the stimulus does not show it."""
    width, height = known.size_of(stimulus)
    _check_proportions(values, path, (height, width), f"the stimulus {stimulus}")
    rows, columns = values.shape
    scale = np.array([columns / width, rows / height])
    landmarks = (known.landmarks_of(stimulus) + 0.5) * scale - 0.5
    unknown = np.isnan(values)
    warped, valid = warp_to_canonical(np.stack([np.where(unknown, 0, values), unknown])[None], landmarks[None], frame)
    return np.where(valid[0] & (warped[0, 1] == 0), warped[0, 0], np.nan)


def _check_proportions(values: NDArray[np.float64], path: Path, size: tuple[int, int], what: str) -> None:
    rows, columns = values.shape
    # A height that is right to the nearest pixel for the width counts as in proportion.
    if abs(rows - columns * size[0] / size[1]) > 1:
        raise UserError(
            f"{_NODE}.files: {path} is {rows} x {columns} (rows x columns), {what} is {size[0]} x {size[1]}"
        )


def _maps(read: dict[tuple[str, str], list[NDArray[np.float64]]]) -> dict[str, ObserverMaps]:
    maps = {}
    for expression in (word for word in SYNONYMS if any(word == of for of, _ in read)):
        names = sorted(observer for of, observer in read if of == expression)
        each = np.stack([_mean(read[expression, name]) for name in names])
        each /= np.nanmean(np.abs(each), axis=(1, 2), keepdims=True)
        maps[expression] = ObserverMaps(tuple(names), each.astype(np.float32), (1,) * len(names))
    return maps


def _mean(maps: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The mean of maps, each pixel over those that know it; NaN where none does."""
    stack = np.stack(maps)
    known = np.isfinite(stack)
    number = known.sum(axis=0)
    return np.where(known, stack, 0).sum(axis=0) / np.where(number > 0, number, np.nan)
