"""AffectNet."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from fer_xai.data.sources.by_folder import find_by_folder
from fer_xai.data.sources.file_listing import Listing, stem
from fer_xai.data.sources.published.affectnet_lists import find_by_lists, find_lists
from fer_xai.data.sources.reader import Reader, ReaderResult
from fer_xai.data.sources.split_parts import parts_of

_LABEL = re.compile(r"(?P<part>[^/]+)/(?:[^/]+/)?(?P<number>[^/]+)_exp\.npy$", re.IGNORECASE)


@dataclass(eq=False)
class AffectNetReader(Reader):
    """AffectNet: photographs from the web, cut out. See `Reader`.

    Read as published (`train_set/images`, `train_set/annotations`), or as first distributed (images in numbered folders
    and lists, `training.csv` and `validation.csv`), or with a folder for each expression. Its part for validation is
    the test part, for the real one is not public. People are unknown.

    Mollahosseini, Hasani, Mahoor, "AffectNet", IEEE Transactions on Affective Computing 2019.

    Args:
        root: the folder.
        cropped: see `Reader`; None: true but for the first distribution, whose images show more than the face.
    """

    NAME = "affectnet"
    LAYOUT = (
        "train_set/images/0.jpg with train_set/annotations/0_exp.npy, or Manually_Annotated_Images/3/x.jpg with "
        "training.csv (subDirectory_filePath, expression), or train/anger/0.jpg"
    )
    CROPPED = True
    WORDS: ClassVar[Mapping[str, str | None]] = {
        "0": "neutral",
        "1": "happiness",
        "2": "sadness",
        "3": "surprise",
        "4": "fear",
        "5": "disgust",
        "6": "anger",
        "7": "contempt",
        "8": None,
        "9": None,
        "10": None,
        "none": None,
        "uncertain": None,
        "non-face": None,
    }

    def find(self, listing: Listing) -> ReaderResult:
        """Labels in .npy files, in lists, or by folder; see `Reader.find`."""
        labels: dict[tuple[str, str], str] = {}
        for file in listing.others:
            if match := _LABEL.search(file):
                labels[match["part"].casefold(), match["number"].casefold()] = file
        if not labels and listing.images and (lists := find_lists(listing)):
            return find_by_lists(listing, lists)
        if not labels:
            return find_by_folder(listing, self.meanings)
        rows, left_out, words, used = [], [], [], set()
        for path in listing.images:
            part, image = _place(path)
            file = labels.get((part.casefold(), stem(path).casefold()), "")
            if not file:
                left_out.append((image, "image without a label"))
                continue
            used.add(file)
            try:
                label = _label(file)
            except (OSError, ValueError) as error:
                left_out.append((image, f"label file cannot be read: {' '.join(str(error).split())}"))
                continue
            rows.append((image, path, label, "", file))
            words.append(part)
        lost = [file for file in labels.values() if file not in used]
        left_out += [("/".join(file.split("/")[-3:]), "label without an image") for file in lost]
        images = pd.DataFrame(rows, columns=["image", "path", "expression", "subject", "origin"])
        return ReaderResult(images.assign(usage=parts_of(words)), left_out)


def _place(path: str) -> tuple[str, str]:
    """The folder of the part that an image belongs to, and the path from there on."""
    folders = path.split("/")
    level = -3 if folders[-2].casefold() == "images" else -2
    return folders[level], "/".join(folders[level:])


def _label(file: str) -> str:
    """The number in a label file; it may be stored as a number or as text.

    Hundreds of thousands of them begin alike: what stands in front of the value is read once (`numpy.load` would take
    three times as long).
    """
    content = Path(file).read_bytes()
    start = 10 + int.from_bytes(content[8:10], "little")
    value = np.frombuffer(content, _kind(content[:start]), count=1, offset=start)[0]
    return str(int(float(str(value))))


@cache
def _kind(header: bytes) -> np.dtype:
    """The type of the values behind the header of a file as numpy saves it.

    Raises:
        ValueError: it is none, or the file holds objects, which are code.
    """
    stream = io.BytesIO(header)
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise ValueError(f"version {version} of numpy's format")
    _, _, kind = np.lib.format.read_array_header_1_0(stream)
    if kind.hasobject:
        raise ValueError("holds objects, not a number")
    return kind
