"""Aff-Wild2, its lists of expressions."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fer_xai.data.sources.file_listing import Listing, stem
from fer_xai.data.sources.labels import is_expression
from fer_xai.data.sources.reader import Reader, ReaderResult
from fer_xai.data.sources.setting import setting
from fer_xai.data.sources.split_parts import parts_of
from fer_xai.errors import UserError

_LIST = re.compile(r"(?:^|/)(?P<part>(?:train|validation)_set)/(?P<video>[^/]+)\.txt$", re.IGNORECASE)


@dataclass(eq=False)
class AffWild2Reader(Reader):
    """Aff-Wild2: frames of films from the web, each with one of seven expressions or none of them.

    A list per film has the names of the expressions in its first line and a number per frame below; -1 stands for
    frames without a label. The subject is the film, for who is in it is not told: the same person may be in several.
    Lists of action units or valence that lie beside are passed over.

    Kollias, Zafeiriou, "Expression, affect, action unit recognition: Aff-Wild2, multi-task learning and ArcFace", BMVC
    2019.

    Args:
        root: the folder with the frames and the lists.
        every: of the labelled frames of each film, every so many-th is taken.
    """

    NAME = "affwild2"
    LAYOUT = "cropped_aligned/FILM/00001.jpg with EXPR_Recognition_Challenge/Train_Set/FILM.txt and Validation_Set"
    EXACT = r"[^/]+/\d{5}\.jpg"
    CROPPED = True

    every: int = 30

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.every < 1:
            raise UserError(f"{setting('every')}={self.every}: it is a number of frames, 1 for all")

    def find(self, listing: Listing) -> ReaderResult:
        """Labelled frames of films; see `Reader.find`."""
        frames = _frames(listing.images)
        rows: list[tuple[Any, ...]] = []
        left_out: list[tuple[str, str]] = []
        labelled, missing = set(), 0
        for path in listing.others:
            match = _LIST.search(path)
            names, numbers = _labels(Path(path)) if match else ([], [])
            if match is None or not names:
                continue
            film = match["video"].strip()
            labelled.add(film.casefold())
            if film.casefold() not in frames:
                left_out.append((film, "labels without frames"))
                continue
            of_film = frames[film.casefold()]
            for frame, number in [pair for pair in enumerate(numbers, 1) if pair[1] >= 0][:: self.every]:
                if number >= len(names):
                    raise UserError(f"{path}, row {frame + 1}: {number} is no number of {', '.join(names)}")
                if frame not in of_film:
                    missing += 1
                    continue
                image = f"{film}/{frame:05d}.jpg"
                if not is_expression(names[number]):
                    left_out.append((image, f"none of the expressions: {names[number]}"))
                    continue
                place, origin = of_film[frame], f"{path}, row {frame + 1}"
                image = "/".join(place.split("/")[-2:])
                rows.append((image, place, names[number], film.upper(), frame, match["part"], origin))
        left_out += [(film, "frames without labels") for film in sorted(frames.keys() - labelled)]
        columns = ["image", "path", "expression", "subject", "frame", "usage", "origin"]
        table = pd.DataFrame(rows, columns=columns)
        notes = [f"every {self.every} of the labelled frames of {len(labelled)} films"]
        if missing:
            notes.append(f"{missing} of them are not there, for no face was cut out of them")
        return ReaderResult(table.assign(usage=parts_of(table["usage"])), left_out, notes)


def _frames(images: Sequence[str]) -> dict[str, dict[int, str]]:
    """Film -> number of the frame -> path; the film is the folder's name, in small letters."""
    frames: dict[str, dict[int, str]] = defaultdict(dict)
    for path in images:
        number = stem(path)
        if number.isdecimal():
            frames[path.split("/")[-2].strip().casefold()][int(number)] = path
    return dict(frames)


def _labels(file: Path) -> tuple[list[str], list[int]]:
    """Names of the expressions, and the number of each frame's; no names where the list is of something else."""
    try:
        header, *lines = file.read_text(encoding="utf-8-sig", errors="replace").split("\n")
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    names = [cell.strip() for cell in header.split(",")]
    if len(names) < 2 or not all(map(is_expression, names[:2])):
        return [], []
    numbers = []
    for row, line in enumerate(lines, 2):
        # An empty line is a frame without a label, so that those below keep their places.
        try:
            numbers.append(int(line.strip() or -1))
        except ValueError:
            raise UserError(f"{file}, row {row}: '{line.strip()}' is no number of an expression") from None
    return names, numbers
