"""DISFA, films of spontaneous expressions whose action units are told."""

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.data.sources.file_listing import Listing, list_files, stem
from fer_xai.data.sources.reader import MissingDataSet, Reader, ReaderResult
from fer_xai.data.sources.setting import setting
from fer_xai.data.sources.unit_labels import NONE, SEVERAL, check_fit, label_units
from fer_xai.errors import UserError

CAMERAS = ("left", "right")
_LABEL = re.compile(r"(?:^|/)(?P<subject>SN\d{3})_au(?P<unit>\d+)\.txt$", re.IGNORECASE)
_SUBJECT = re.compile(r"SN\d{3}", re.IGNORECASE)
_WEAK = "no action unit is as strong as data.least"
#: Levels of intensity, A to E.
_STRONGEST = 5


@dataclass(eq=False)
class DISFAReader(Reader):
    """DISFA: films of 27 people who watch films, with the intensity of twelve action units in each frame.

    No expression is told: each frame takes that of the one prototype that its units fit (`fer_xai.face.prototypes`), by
    the twelve that are told. Frames that fit none or several are left out; one in which no unit is shown is neutral.
    Of thousands of frames that are nearly alike some are taken, see `every`. The films are not opened: their frames
    have to be kept as pictures whose names end in their number, with the person in the name of a folder or the file
    (`SN001/00001.jpg`, `LeftVideoSN001_comp/frame_det_00_000001.png`). Columns beside the usual ones: `frame`, `fit`
    (how well its units fit).

    Mavadati, Mahoor, Bartlett, Trinh, Cohn, "DISFA: a spontaneous facial action intensity database", IEEE Transactions
    on Affective Computing 2013.

    Args:
        root: the folder with `ActionUnit_Labels`.
        frames: the folder with the pictures of the frames; None looks for them below `root`.
        first: the number in the name of each film's first picture.
        camera: left or right, where the paths of pictures tell it.
        every: of each film every so many-th frame is taken; None takes of each stretch of frames with one label that at
            the apex: the strongest, and of those as strong the one in the middle.
        fit: how well a frame has to fit a prototype: the cosine between its units and the prototype's.
        least: how strong the strongest unit of an expression's frame is at least, from 1 (a trace) to 5.
    """

    NAME = "disfa"
    LAYOUT = (
        "ActionUnit_Labels/SN001/SN001_au1.txt (lines: frame,intensity) with frames as pictures, SN001/00001.jpg, here "
        "or in the folder data.frames"
    )

    frames: str | None = None
    first: int = 1
    camera: str = "left"
    every: int | None = None
    fit: float = 0.7
    least: float = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        check_fit(self.fit)
        if self.every is not None and self.every < 1:
            raise UserError(f"{setting('every')}={self.every}: it is a number of frames, 1 for all, null for the apex")
        if self.camera not in CAMERAS:
            raise UserError(f"{setting('camera')}={self.camera}: choose {' or '.join(CAMERAS)}")
        if not 0 < self.least <= _STRONGEST:
            raise UserError(f"{setting('least')}={self.least}: intensities are from 1 to {_STRONGEST}")

    def find(self, listing: Listing) -> ReaderResult:
        """Frames with a label; see `Reader.find`."""
        files: dict[str, dict[int, Path]] = defaultdict(dict)
        for path in listing.others:
            if match := _LABEL.search(path):
                files[match["subject"].upper()][int(match["unit"])] = Path(path)
        pictures = self._pictures(listing)
        rows: list[tuple[Any, ...]] = []
        left_out: list[tuple[str, str]] = []
        missing = 0
        for subject, by_unit in sorted(files.items()):
            if subject not in pictures:
                left_out.append((subject, "labels without frames"))
                continue
            table = _read(by_unit)
            labels, fits = self._label(table)
            for place in self._frames_to_take(labels, table.to_numpy()):
                frame, label = int(table.index[place]), labels[place]
                if label in (NONE, SEVERAL, _WEAK):
                    left_out.append((f"{subject}/{frame:05d}", label))
                elif picture := pictures[subject].get(frame + self.first - 1):
                    image = "/".join(picture.split("/")[-2:])
                    origin = f"{by_unit[min(by_unit)].parent}, frame {frame}"
                    rows.append((image, picture, label, subject, frame, fits[place], origin))
                else:
                    missing += 1
        left_out += [(subject, "frames without labels") for subject in sorted(pictures.keys() - files.keys()) if files]
        taken = "the apex of each stretch of frames" if self.every is None else f"every {self.every}th frame"
        notes = [f"of each of {len(files)} films {taken} was looked at"]
        if missing:
            notes.append(f"{missing} of them are not there as pictures")
        columns = ["image", "path", "expression", "subject", "frame", "fit", "origin"]
        return ReaderResult(pd.DataFrame(rows, columns=columns), left_out, notes)

    def _pictures(self, listing: Listing) -> dict[str, dict[int, str]]:
        """Person -> number in the name -> picture, of the camera that is wanted."""
        if self.frames is not None:
            folder = Path(self.frames).expanduser().absolute()
            if not folder.is_dir():
                raise MissingDataSet(f"{setting('frames')}={folder} is no folder; it holds the frames as pictures")
            listing = list_files(folder)
        other = re.compile(rf"(?:^|[/_ -]){CAMERAS[self.camera == CAMERAS[0]]}", re.IGNORECASE)
        found: dict[str, dict[int, str]] = defaultdict(dict)
        for path in listing.images:
            below = path.removeprefix(f"{listing.root.as_posix()}/")
            # The folder that is given may be that of one camera, or of one person.
            subject = re.findall(_SUBJECT, below) or re.findall(_SUBJECT, path)
            number = re.search(r"(\d+)$", re.sub(_SUBJECT, "", stem(path)))
            if subject and number and not other.search(below):
                found[subject[-1].upper()].setdefault(int(number[1]), path)
        return found

    def _label(self, table: pd.DataFrame) -> tuple[list[str], list[float]]:
        intensities = table.to_numpy(float)
        labels, fits = label_units(intensities, [int(unit) for unit in table.columns], self.fit)
        strongest = intensities.max(axis=1)
        weak = (strongest > 0) & (strongest < self.least)
        return [_WEAK if w else label for w, label in zip(weak, labels, strict=True)], fits.tolist()

    def _frames_to_take(self, labels: list[str], intensities: np.ndarray) -> list[int]:
        """Places of the frames that are looked at."""
        if self.every is not None:
            return list(range(0, len(labels), self.every))
        strength, chosen = intensities.sum(axis=1), []
        for _, stretch in groupby(range(len(labels)), key=labels.__getitem__):
            places = list(stretch)
            strongest = [place for place in places if strength[place] == strength[places].max()]
            chosen.append(strongest[(len(strongest) - 1) // 2])
        return chosen


def _read(files: dict[int, Path]) -> pd.DataFrame:
    """Intensities, 0 to 5: a row for each frame that all files tell, a column for each unit."""
    columns = {}
    for unit, file in sorted(files.items()):
        try:
            lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        except OSError as error:
            raise UserError(f"{file} cannot be read: {error.strerror}") from None
        told = {}
        for row, line in enumerate(lines, 1):
            if not line.strip():
                continue
            match = re.fullmatch(r"\s*(\d+)\s*,\s*([0-5])(?:\.0*)?\s*", line)
            if match is None:
                raise UserError(f"{file}, row {row}: '{line.strip()}' is no frame and intensity, like 1,0 (0 to 5)")
            told[int(match[1])] = int(match[2])
        columns[unit] = pd.Series(told, dtype=int)
    return pd.concat(columns, axis=1, join="inner").sort_index()
