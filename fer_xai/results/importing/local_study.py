"""Making a study of local heatmaps that were made elsewhere: warped, averaged, with replicates over people."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import torch

from fer_xai.errors import UserError
from fer_xai.explainers.steps import SCALES, keep_positive, local_scale
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.map_files import UnreadableMapError, read_map
from fer_xai.metrics.bootstrap import REPLICATES
from fer_xai.metrics.proportion import person_of_each
from fer_xai.results.average_maps import LocalMaps, average_maps
from fer_xai.results.importing.factors import Factors, read_factors
from fer_xai.results.importing.image_landmarks import ImageLandmarks
from fer_xai.results.importing.map_table import LocalMap, read_landmark_table, read_map_table
from fer_xai.results.importing.study_of_maps import (
    UNNAMED_EXPLAINER,
    ImportReport,
    Place,
    make_room,
    missing_lines,
    place_of,
    write_imported,
)
from fer_xai.results.paths import StudyPaths
from fer_xai.results.person_maps import KEYS, build_people

#: Maps of one size that are warped at once.
_BATCH = 32
#: So many files are named in a line on what was noticed in several.
_NAMED = 2


class Tests(Protocol):
    """Tests of maps alone, see `fer_xai.run.map_tests.MapTests`."""

    @property
    def line(self) -> str:
        """What is tested and what is not."""
        ...

    def of(self, explainer: str, batch: LocalMaps) -> pd.DataFrame:
        """Figures of some maps."""
        ...

    def contents(self, figures: Iterable[pd.DataFrame]) -> Mapping[str, object]:
        """What `write_run` takes of a run's figures."""
        ...


def import_local_heatmaps(
    table: Path,
    out: Path,
    *,
    source: Path | None = None,
    landmarks: Path | None = None,
    images: Path | None = None,
    factors: Path | None = None,
    positive: bool = False,
    scale: str = "mass",
    replicates: int = REPLICATES,
    tests: Tests | None = None,
) -> ImportReport:
    """Make a study of heatmaps of single images, in pixels of the images.

    Args:
        table: names them, see `read_map_table`.
        out: folder of the study. Runs of an earlier import that fill the same place are replaced.
        source: folder that the table's files are relative to; None takes the table's own.
        landmarks: csv with the landmarks of each image, where the table has none.
        images: folder of the pictures, in which landmarks are found that no table tells; and where heatmaps have
            another size than their images, their sizes.
        factors: csv that says what each network is.
        positive: drop negative values before averaging.
        scale: how maps are weighted against each other: `mass` (one image, one vote), `maximum`, or `none`.
        replicates: of the bootstrap over people; 0 for none.
        tests: of explainers, that the maps are put to; None for none.

    Raises:
        UserError: a table that cannot be read, no map that can be used, a setting out of range, or a folder that
            cannot be written.
    """
    if scale not in SCALES:
        raise UserError(f"--local-scale={scale}: choose one of {', '.join(SCALES)}")
    if replicates < 0:
        raise UserError(f"--replicates={replicates}: a number of bootstrap replicates from 0 is needed")
    maps, lines = read_map_table(Path(table), source)
    known = read_factors(Path(factors)) if factors is not None else Factors()
    places = ImageLandmarks(read_landmark_table(Path(landmarks)) if landmarks is not None else {}, images)
    runs: dict[Place, dict[str, list[LocalMap]]] = defaultdict(lambda: defaultdict(list))
    for one in maps:
        runs[place_of(one.match, known)][one.match.explainer or UNNAMED_EXPLAINER].append(one)
    reading = _Reading(places, positive, scale)
    averaged: dict[Place, dict[str, dict[str, Any]]] = {}
    people = {place: _people_rows(explainers.values()) for place, explainers in runs.items()}
    figures: dict[Place, list[pd.DataFrame]] = defaultdict(list)
    for place, explainers in sorted(runs.items(), key=str):
        averaged[place] = {
            name: average_maps(
                _tested(reading.batches(own), name, tests, figures[place]),
                EXPRESSIONS,
                replicates,
                people_rows=people[place],
            )
            for name, own in sorted(explainers.items())
        }
    lines += reading.lines()
    if reading.used == 0:
        raise UserError(f"none of the {len(maps)} heatmaps of {table} can be used: {lines[-1]}")
    there = {place: {name: _shown(one) for name, one in explainers.items()} for place, explainers in averaged.items()}
    there = {place: explainers for place, explainers in there.items() if any(explainers.values())}
    lines += missing_lines(there) + known.unused({network for network, *_ in runs})
    lines += make_room(StudyPaths(out), set(there))
    said = {"source": str(source or Path(table).parent), "table": str(table), "note": _note(maps, scale, positive)}
    for place in there:
        found = {name: one for name, one in averaged[place].items() if _shown(one)}
        if not replicates:
            found = {name: _without_replicates(one) for name, one in found.items()}
        contents: dict[str, Any] = {
            "people": build_people({name: one["of_people"] for name, one in found.items()}, people[place])
        }
        if tests is not None:
            contents |= tests.contents(figures[place])
        write_imported(StudyPaths(out), place, found, known.of(place[0], place[1]), said, contents)
    lines += [] if tests is None else [tests.line]
    return ImportReport(out, len(there), reading.used, tuple(lines))


def _people_rows(explainers: Iterable[Sequence[LocalMap]]) -> pd.DataFrame:
    """Rows of `people.nc`: every person of each expression; how the network answered is not known."""
    maps = [one for own in explainers for one in own]
    frame = pd.DataFrame({"subject": [one.subject for one in maps], "image": [one.image for one in maps]}, dtype=str)
    keys = {"expression": [one.match.expression for one in maps], "person": person_of_each(frame), "answer": ""}
    return pd.DataFrame(keys)[list(KEYS)].drop_duplicates().sort_values(list(KEYS), ignore_index=True)


def _tested(
    batches: Iterable[LocalMaps], explainer: str, tests: Tests | None, figures: list[pd.DataFrame]
) -> Iterator[LocalMaps]:
    """The batches, while their figures are noted."""
    for batch in batches:
        if tests is not None:
            figures.append(tests.of(explainer, batch))
        yield batch


class _Reading:
    """Reads maps with their landmarks, and notes what it noticed."""

    def __init__(self, landmarks: ImageLandmarks, positive: bool, scale: str) -> None:
        self.landmarks, self.positive, self.scale = landmarks, positive, scale
        self.used = 0
        self._left_out: list[str] = []
        self._noticed: dict[str, list[str]] = defaultdict(list)

    def batches(self, rows: list[LocalMap]) -> Iterator[LocalMaps]:
        """The maps of one run and explainer, those of one size that follow each other together."""
        batch: list[tuple[LocalMap, np.ndarray, np.ndarray]] = []
        for one in rows:
            try:
                found = read_map(one.path, part=one.part)
                points = self.landmarks.of(one, found.values.shape)
            except UnreadableMapError as error:
                part = "" if one.part is None else f", part {one.part}"
                self._left_out.append(f"{one.path}{part}: left out: {error}")
                continue
            for remark in found.remarks:
                self._noticed[remark].append(str(one.path))
            if batch and (len(batch) == _BATCH or batch[0][1].shape != found.values.shape):
                yield self._stacked(batch)
                batch = []
            batch.append((one, found.values, points))
        if batch:
            yield self._stacked(batch)

    def lines(self) -> list[str]:
        """What was left out, a line each, and what was noticed in how many files."""
        noticed = []
        for remark, files in self._noticed.items():
            more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
            noticed.append(f"{', '.join(files[:_NAMED])}{more}: {remark}")
        return self._left_out + noticed

    def _stacked(self, batch: list[tuple[LocalMap, np.ndarray, np.ndarray]]) -> LocalMaps:
        rows, values, points = zip(*batch, strict=True)
        self.used += len(rows)
        maps = torch.from_numpy(np.stack(values))
        maps = local_scale(keep_positive(maps) if self.positive else maps, self.scale)
        return LocalMaps(
            maps.numpy(),
            np.stack(points),
            [one.match.expression for one in rows],
            [one.subject for one in rows],
            [one.image for one in rows],
        )


def _shown(averaged: dict[str, np.ndarray]) -> list[str]:
    """The expressions that there is a map of."""
    return [name for name, number in zip(EXPRESSIONS, averaged["images"], strict=True) if number]


def _without_replicates(averaged: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: values for name, values in averaged.items() if not name.startswith("replicate")}


def _note(maps: list[LocalMap], scale: str, positive: bool) -> str:
    """What every imported run says of itself."""
    weighted = {"mass": "each map counts by one vote", "maximum": "each map is divided by its largest value"}
    unknown = sum(not one.subject for one in maps)
    people = f" {unknown} of {len(maps)} come without a person, and count as people of their own." if unknown else ""
    kept = ", negative values dropped" if positive else ""
    return (
        "Imported local heatmaps, carried into the canonical face and averaged as those of runs are: "
        f"{weighted.get(scale, 'maps count as they are')}{kept}.{people}"
    )
