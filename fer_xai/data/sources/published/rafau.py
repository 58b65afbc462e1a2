"""RAF-AU: photographs from the web whose action units are told."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.data.sources.file_listing import Listing, stem
from fer_xai.data.sources.reader import Reader, ReaderResult
from fer_xai.data.sources.unit_labels import NONE, SEVERAL, check_fit, label_units
from fer_xai.errors import UserError
from fer_xai.face.prototypes import PROTOTYPES

_LIST = "rafau_label.txt"
#: Units of prototypes; others that a face shows are no reason against an expression.
_UNITS = sorted({unit for prototype in PROTOTYPES.values() for unit in prototype})


@dataclass(eq=False)
class RAFAUReader(Reader):
    """RAF-AU: 4,601 aligned faces from the web, with the action units that they show. People are unknown.

    No expression is told: each face takes that of the one prototype that its units fit (`fer_xai.face.prototypes`);
    faces that fit none or several are left out. Units on one side of the face (`L12`) count as the whole. A column
    beside the usual ones, `fit`, tells how well.

    Yan, Li, Que, Pei, Deng, "RAF-AU database: in-the-wild facial expressions with subjective emotion judgement and
    objective AU annotations", ACCV 2020.

    Args:
        root: the folder with `aligned` and the list.
        fit: how well a face has to fit a prototype: the cosine between its units and the prototype's.
    """

    NAME = "rafau"
    LAYOUT = "aligned/0001_aligned.jpg with RAFAU_label.txt (lines: 0001.jpg 6+12+25)"
    EXACT = r"\d{4}_aligned\.jpg"
    CROPPED = True

    fit: float = 0.7

    def __post_init__(self) -> None:
        super().__post_init__()
        check_fit(self.fit)

    def find(self, listing: Listing) -> ReaderResult:
        """Images that the list names; see `Reader.find`."""
        lists = [Path(path) for path in listing.others if path.rsplit("/", 1)[1].casefold() == _LIST]
        if not lists:
            return ReaderResult(pd.DataFrame())
        images = {_key(path): path for path in listing.images if stem(path).casefold().endswith("_aligned")}
        told = _read(lists[0])
        left_out = [(f"{key}.jpg", "label without an image") for key in told.keys() - images.keys()]
        left_out += [(Path(path).name, "image without a label") for key, path in images.items() if key not in told]
        keys = [key for key in images if key in told]
        shown = np.array([[float(unit in told[key][0]) for unit in _UNITS] for key in keys]).reshape(-1, len(_UNITS))
        labels, fits = label_units(shown, _UNITS, self.fit)
        rows: list[tuple[Any, ...]] = []
        for key, label, fit in zip(keys, labels, fits.tolist(), strict=True):
            name = images[key].rsplit("/", 1)[1]
            if label == "neutral":
                # Of those for which no unit is told most show an expression nonetheless.
                left_out.append((name, "shows no action unit of an expression"))
            elif label in (NONE, SEVERAL):
                left_out.append((name, label))
            else:
                rows.append((name, images[key], label, "", fit, f"{lists[0]}, row {told[key][1]}"))
        columns = ["image", "path", "expression", "subject", "fit", "origin"]
        return ReaderResult(pd.DataFrame(rows, columns=columns), left_out)


def _key(name: str) -> str:
    return stem(name).casefold().removesuffix("_aligned").zfill(4)


def _read(file: Path) -> dict[str, tuple[Sequence[int], int]]:
    """The action units of each image, by its key, and the row that tells them."""
    try:
        lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    told: dict[str, tuple[Sequence[int], int]] = {}
    for row, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        units = "" if words[1:] in ([], ["null"]) else words[1]
        codes = [re.fullmatch(r"[A-Za-z]*(\d+)[A-Za-z]*", unit) for unit in units.split("+") if unit]
        if len(words) > 2 or None in codes:
            raise UserError(f"{file}, row {row}: '{line.strip()}' is no image with action units, like 0001.jpg 6+12+25")
        told[_key(words[0])] = ([int(code[1]) for code in codes if code], row)
    return told
