"""The Extended Cohn-Kanade data set (CK+)."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from fer_xai.data.sources.file_listing import Listing, list_files
from fer_xai.data.sources.labels import is_expression
from fer_xai.data.sources.reader import Reader, ReaderResult, match_names
from fer_xai.data.sources.sequences import apex_frames, check_apex, neutral_places
from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError

_FRAME = r"(?P<subject>S\d{2,4})[_ -]+(?P<sequence>\d{3})[_ -]+(?P<frame>\d{3,})\.\w+(?:\.\w+)?"
_LABEL = re.compile(r"(?:^|/)(S\d{2,4})[_ -]+(\d{3})[_ -]+\d+[_ -]*emotion\.txt$", re.IGNORECASE)

#: A sequence: subject and number.
Sequence_ = tuple[str, str]


@dataclass(eq=False)
class CKPlusReader(Reader):
    """CK+: sequences of people from rest to the apex of an expression; some of them carry a label.

    The label files are looked for beside the folder of images, too. A sequence without one is left out.

    Lucey et al., "The Extended Cohn-Kanade Dataset (CK+)", CVPR Workshops 2010.

    Args:
        root: the folder with `cohn-kanade-images` and `Emotion`.
        frames: frames of each sequence.
        apex: which they are: last or middle.
        neutral_frames: so many frames from the beginning are taken as neutral.
        keep_rest: see `Reader`; of each sequence the first frame is neutral, or `neutral_frames` are.
    """

    NAME = "ckplus"
    LAYOUT = (
        "cohn-kanade-images/S005/001/S005_001_00000011.png with labels Emotion/S005/001/S005_001_00000011_emotion.txt"
    )
    EXACT = r"S\d{3}_\d{3}_\d{8}\.png"
    WORDS: ClassVar[Mapping[str, str | None]] = {
        "0": "neutral",
        "1": "anger",
        "2": "contempt",
        "3": "disgust",
        "4": "fear",
        "5": "happiness",
        "6": "sadness",
        "7": "surprise",
    }

    frames: int = 3
    apex: str = "last"
    neutral_frames: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_apex(self.frames, self.apex, self.neutral_frames)

    def find(self, listing: Listing) -> ReaderResult:
        """Frames of labelled sequences; see `Reader.find`."""
        sequences, left_out = _sequences(listing)
        notes: list[str] = []
        files = listing.others
        if sequences and not any(map(_LABEL.search, files)):
            neighbours = sorted(listing.root.parent.iterdir())
            label_folders = [folder for folder in neighbours if folder.name.casefold().startswith("emotion")]
            files = [file for folder in label_folders for file in list_files(folder).others]
            if not any(map(_LABEL.search, files)):
                raise UserError(f"{setting('root')}={listing.root} holds images but no labels of CK+: {self.LAYOUT}")
            notes.append(f"the labels were found beside the folder: {', '.join(map(str, label_folders))}")
        labels = self._labels(files, left_out)
        rows: list[tuple[Any, ...]] = []
        for key in sorted(sequences.keys() | labels.keys()):
            subject, number = key
            if key not in labels:
                left_out.append((f"{subject}/{number}", "sequence without a label"))
            elif key not in sequences:
                left_out.append((Path(labels[key][0]).name, "label without images"))
            else:
                frames = sorted(sequences[key])
                chosen = apex_frames(len(frames), self.frames, self.apex)
                rows += [(*_row(frames[i], key), *labels[key], False) for i in chosen]
                neutral = (labels[key][0], "neutral", self.neutral_frames == 0)
                places = neutral_places(chosen, self.neutral_frames, self.keep_rest)
                rows += [(*_row(frames[i], key), *neutral) for i in places]
        notes.append(f"{self.frames} frames ({self.apex}) of each of {len(sequences.keys() & labels.keys())} sequences")
        columns = ["image", "path", "frame", "subject", "sequence", "origin", "expression", "rest_only"]
        return ReaderResult(pd.DataFrame(rows, columns=columns), left_out, notes)

    def _labels(self, files: list[str], left_out: list[tuple[str, str]]) -> dict[Sequence_, tuple[str, str]]:
        """The label of each sequence: its file, and the word (the number without fraction)."""
        labels: dict[Sequence_, tuple[str, str]] = {}
        for file in files:
            match = _LABEL.search(file)
            if not match:
                continue
            try:
                word = Path(file).read_text(encoding="latin-1").strip()
            except OSError as error:
                left_out.append((Path(file).name, f"label file cannot be read: {error.strerror}"))
                continue
            key = (match[1].upper(), match[2])
            if not word:
                left_out.append((Path(file).name, "label file is empty"))
            elif key in labels:
                left_out.append((Path(file).name, f"second label of one sequence: beside {labels[key][0]}"))
            else:
                labels[key] = (file, _number(word))
        return labels


def _sequences(listing: Listing) -> tuple[dict[Sequence_, list[tuple[int, str, str]]], list[tuple[str, str]]]:
    """Frames (number, path, id) of each sequence, each frame once."""
    matched, left_out = match_names(listing.images, _FRAME, "S005_001_00000011.png")
    sequences: dict[Sequence_, dict[int, tuple[int, str, str]]] = defaultdict(dict)
    for path, match in matched:
        if is_expression(Path(path).parent.name):
            left_out.append((match["id"], "lies in a folder named by an expression: data=ckplus48 reads those"))
            continue
        key, frame = (match["subject"].upper(), match["sequence"]), int(match["frame"])
        if frame in sequences[key]:
            left_out.append((match["id"], f"another file of the same image: {sequences[key][frame][2]}"))
        else:
            sequences[key][frame] = (frame, path, match["id"])
    return {key: list(frames.values()) for key, frames in sequences.items()}, left_out


def _row(frame: tuple[int, str, str], key: Sequence_) -> tuple[str, str, int, str, str]:
    number, path, image = frame
    return image, path, number, *key


def _number(word: str) -> str:
    """`3.0000000e+00` as `3`; other words as they are."""
    try:
        value = float(word)
    except ValueError:
        return word
    return str(int(value)) if value.is_integer() else word
