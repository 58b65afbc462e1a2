"""Real-world Affective Faces Database (RAF-DB), basic expressions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from fer_xai.data.sources.by_folder import find_by_folder
from fer_xai.data.sources.file_listing import IMAGE_SUFFIXES, Listing, stem, suffix
from fer_xai.data.sources.reader import Reader, ReaderResult
from fer_xai.data.sources.setting import setting
from fer_xai.data.sources.split_parts import part_of
from fer_xai.errors import UserError

_NAME = re.compile(r"(train|test)_\d+", re.IGNORECASE)
_LIST = re.compile(r"(list_\w*label\.txt|(train|test)_labels?\.csv)$", re.IGNORECASE)


@dataclass(eq=False)
class RAFDBReader(Reader):
    """RAF-DB: 15,339 photographs from the web. People are unknown.

    Read as published (a list of labels, aligned and original images), or with the lists `train_labels.csv` and
    `test_labels.csv`, or with a folder for each number.

    Li, Deng, Du, "Reliable Crowdsourcing and Deep Locality-Preserving Learning for Expression Recognition in the Wild",
    CVPR 2017.

    Args:
        root: the folder with `Image` and `EmoLabel`.
        aligned: take the aligned faces of 100 pixels, not the photographs that they were cut from.
        cropped: see `Reader`; None: as the images are that were found, aligned or not.
    """

    NAME = "rafdb"
    LAYOUT = (
        "Image/aligned/train_00001_aligned.jpg with EmoLabel/list_patition_label.txt (lines: train_00001.jpg 5), "
        "or train/5/train_00001_aligned.jpg"
    )
    EXACT = r"(train|test)_\d+(_aligned)?\.jpg"
    WORDS: ClassVar[Mapping[str, str | None]] = {
        "1": "surprise",
        "2": "fear",
        "3": "disgust",
        "4": "happiness",
        "5": "sadness",
        "6": "anger",
        "7": "neutral",
    }

    aligned: bool = True

    def find(self, listing: Listing) -> ReaderResult:
        """Labels in lists, or by folder; see `Reader.find`."""
        notes: list[str] = []
        images, aligned = self._images_to_take(listing, notes)
        lists = [file for file in listing.others if _LIST.search(file)]
        if not lists:
            result = find_by_folder(replace(listing, images=images), self.meanings)
            result.rows["image"] = [path.rsplit("/", 1)[1] for path in result.rows["path"]]
            return ReaderResult(result.rows, result.left_out, [*result.notes, *notes], aligned)
        left_out: list[tuple[str, str]] = []
        labels = _labels(lists, left_out)
        rows: list[tuple[Any, ...]] = []
        for path in images:
            image = path.rsplit("/", 1)[1]
            label = labels.get(_key(path))
            if label is None:
                left_out.append((image, "image without a label"))
            else:
                rows.append((image, path, label[0], "", part_of(image.split("_")[0]), label[1]))
        without = labels.keys() - set(map(_key, images))
        left_out += [(f"{key}.jpg", "label without an image") for key in sorted(without)]
        columns = ["image", "path", "expression", "subject", "usage", "origin"]
        return ReaderResult(pd.DataFrame(rows, columns=columns), left_out, notes, aligned)

    def _images_to_take(self, listing: Listing, notes: list[str]) -> tuple[list[str], bool]:
        """Aligned images or photographs, and whether they are aligned."""
        named = [path for path in listing.images if _NAME.match(path.rsplit("/", 1)[1])]
        aligned = [path for path in named if stem(path).casefold().endswith("_aligned")]
        original = [path for path in named if not stem(path).casefold().endswith("_aligned")]
        if not named:
            return listing.images, self.aligned
        if self.aligned and not aligned:
            # Copies that dropped the ending have the aligned faces in a folder of that name or in none of a name.
            straight = [path for path in original if "/original/" not in path.casefold()]
            taken = "they are taken as aligned" if straight else "the photographs are taken"
            notes.append(f"no image is called _aligned: {taken}")
            return straight or original, bool(straight)
        if not self.aligned and not original:
            raise UserError(
                f"{setting('aligned')}=false, but {setting('root')}={listing.root} holds aligned images only"
            )
        return (aligned, True) if self.aligned else (original, False)


def _key(name: str) -> str:
    return stem(name).casefold().removesuffix("_aligned")


def _labels(lists: list[str], left_out: list[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """For each image without ending: its label, and where that stands."""
    labels: dict[str, tuple[str, str]] = {}
    for file in lists:
        try:
            lines = Path(file).read_text(encoding="utf-8-sig", errors="replace").splitlines()
        except OSError as error:
            raise UserError(f"{file} cannot be read: {error.strerror}") from None
        for number, line in enumerate(lines, 1):
            words = re.split(r"[\s,;]+", line.strip())
            if len(words) == 3 and re.fullmatch(r"\d*", words[0]):
                # The number of the row, as pandas writes it.
                words = words[1:]
            header = number == 1 and suffix(words[0]) not in IMAGE_SUFFIXES and not _NAME.match(words[0])
            if words == [""] or (header and len(words) == 2):
                continue
            if len(words) != 2:
                left_out.append((words[0], f"no image and label in the list: {Path(file).name}, row {number}"))
            elif labels.setdefault(_key(words[0]), (words[1], f"{file}, row {number}"))[0] != words[1]:
                raise UserError(f"{file}, row {number}: {words[0]} has another label than before")
    return labels
