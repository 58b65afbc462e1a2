"""What weights have seen: kept inside their file, so that nobody tests them on it unknowingly."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from safetensors import safe_open

from fer_xai.errors import UserError

#: Key of the metadata in a safetensors file.
_KEY = "fer_xai"


@dataclass(frozen=True)
class TrainedOn:
    """The images and the people behind a weights' file.

    Attributes:
        contents: SHA-256 of the image files.
        people: data set and subject.
        lineage: names how the weights were made but for fold and seed: files of one lineage belong together.
    """

    contents: frozenset[str]
    people: frozenset[tuple[str, str]]
    lineage: str

    @classmethod
    def of(cls, frame: pd.DataFrame, lineage: str, before: "TrainedOn | None" = None) -> Self:
        """Of the rows of a frame (columns content, dataset, subject), and of what the weights had seen before."""
        known = frame[frame["subject"] != ""]
        contents = frozenset(frame["content"])
        people = frozenset(zip(known["dataset"], known["subject"], strict=True))
        if before is not None:
            contents, people = contents | before.contents, people | before.people
        return cls(contents, people, lineage)

    def metadata(self) -> dict[str, str]:
        """For the header of a safetensors file."""
        people = [list(person) for person in sorted(self.people)]
        content = {"contents": sorted(self.contents), "people": people, "lineage": self.lineage}
        return {_KEY: json.dumps(content)}

    def overlap(self, frame: pd.DataFrame, rows: np.ndarray) -> tuple[int, int]:
        """Images and people that the weights have seen among some rows.

        Args:
            frame: columns content, dataset, subject.
            rows: (m,) row numbers.

        Returns:
            Number of images of these rows whose file was seen, and number of people in them who were.
        """
        part = frame.iloc[rows]
        people = set(zip(part["dataset"], part["subject"], strict=True)) & self.people
        return int(part["content"].isin(self.contents).sum()), len(people)


def read_trained_on(path: Path) -> TrainedOn | None:
    """What a weights' file says that its weights have seen; None where it says nothing.

    Raises:
        UserError: it says something that cannot be read.
    """
    if path.suffix != ".safetensors":
        return None
    with safe_open(path, "pt") as file:
        text = (file.metadata() or {}).get(_KEY)
    if text is None:
        return None
    try:
        content: dict[str, Any] = json.loads(text)
        people = frozenset((str(dataset), str(subject)) for dataset, subject in content["people"])
        return TrainedOn(frozenset(content["contents"]), people, str(content["lineage"]))
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"pretrained={path}: what its weights were trained on cannot be read ({type(error).__name__})"
        ) from error


def refuse_overlap(
    seen: TrainedOn | None, name: str, frame: pd.DataFrame, test: np.ndarray, others: Sequence[np.ndarray], fold: int
) -> str:
    """Refuse to test weights on what they were trained on.

    Args:
        seen: what the weights have seen; None where nothing is known.
        name: of the weights' file.
        frame: the faces, columns content, dataset, subject.
        test: rows that are tested.
        others: rows of the other parts; what these share with the weights is told, and no mistake.
        fold: number of the test fold.

    Returns:
        One line on what the other parts share with the weights; empty where nothing is known.

    Raises:
        UserError: a tested image, or a tested person, was trained on.
    """
    if seen is None:
        return ""
    images, people = seen.overlap(frame, test)
    if images or people:
        raise UserError(
            f"pretrained={name}: {images} images and {people} people of test fold {fold} are among those that these "
            f"weights were trained on; make weights without them (fer-xai train task=identity fold={fold} with the "
            "same data and split), or on other people"
        )
    images, people = seen.overlap(frame, np.concatenate(list(others)))
    return f"pretrained={name}: its weights have seen {images} images and {people} people that are not tested here"
