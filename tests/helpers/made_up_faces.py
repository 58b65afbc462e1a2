"""Tables of noise pictures with landmarks, written to disk: nothing to detect, so preparation is quick and exact."""

import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
import pandas as pd
from PIL import Image

from fer_xai.data.face_table import FaceTable
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import CANONICAL_POINTS
from fer_xai.face.landmarks import GivenFinder, LocatedFace, NoFace

#: Landmarks of an upright face in a picture of 120 x 100 (width, height) pixels.
LANDMARKS = (CANONICAL_POINTS[:68] * (80 / 224, 70 / 275) + (20, 20)).astype(np.float32)


def write_pictures(folder: Path, names: list[str]) -> None:
    """Write different RGB pictures of 120 x 100 pixels, smooth noise, as PNG."""
    rng = np.random.default_rng(0)
    for name in names:
        small = Image.fromarray(rng.integers(0, 256, (10, 12, 3), dtype=np.uint8))
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        small.resize((120, 100), Image.Resampling.BICUBIC).save(folder / name)


def made_up_table(folder: Path, people: int = 5, write: bool = True) -> FaceTable:
    """A table of `people` with one picture per expression each, and landmarks; `write` draws the pictures."""
    rows = [
        (f"p{person}_{expression}.png", expression, f"p{person}")
        for person in range(people)
        for expression in EXPRESSIONS
    ]
    frame = pd.DataFrame(rows, columns=["image", "expression", "subject"]).assign(dataset="made_up")
    if write:
        write_pictures(folder, frame["image"].tolist())
    frame["path"] = [str(folder / name) for name in frame["image"]]
    return FaceTable(frame, np.repeat(LANDMARKS[None], len(frame), axis=0))


@dataclass(frozen=True)
class NotingFinder(GivenFinder):
    """Notes in a folder each picture that it was asked about, and may fall silent.

    Args:
        folder: one empty file per question goes there.
        answers: so many questions are answered; whoever asks more waits until the process is killed.
    """

    folder: str = ""
    answers: int | None = None

    def find(self, image: np.ndarray, given: np.ndarray | None) -> LocatedFace | NoFace:
        (Path(self.folder) / uuid4().hex).touch()
        while self.answers is not None and not self._may_answer():
            time.sleep(0.05)
        return super().find(image, given)

    def _may_answer(self) -> bool:
        """Whether this is one of the first questions: each that is answered takes a number."""
        for number in range(self.answers or 0):
            try:
                (Path(self.folder).parent / f"answer{number}").touch(exist_ok=False)
            except FileExistsError:
                continue
            return True
        return False
