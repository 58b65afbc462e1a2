"""Faces, a network and the context of a run whose answers are known."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from fer_xai.callbacks.context import RunContext
from fer_xai.data.face_table import no_rows
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import CANONICAL_POINTS
from fer_xai.results.paths import RunPaths

SIZE = 56


def made_up_faces(people: int = 12) -> PreparedFaces:
    """One face per person and expression; the crop's brightness is the number of the expression."""
    rows = [(f"{p}_{e}", f"p{p}", e) for p in range(people) for e in EXPRESSIONS]
    frame = pd.DataFrame(rows, columns=["image", "subject", "expression"]).assign(path="", dataset="made_up")
    labels = frame["expression"].map(EXPRESSIONS.index).to_numpy()
    crops = np.broadcast_to((labels * 40).astype(np.uint8)[:, None, None, None], (len(frame), SIZE, SIZE, 3)).copy()
    # The canonical face squeezed into the square crop.
    points = CANONICAL_POINTS[:68] * (np.array([SIZE - 1, SIZE - 1]) / np.array([223, 274])) * 0.98
    landmarks = np.broadcast_to(points.astype(np.float32), (len(frame), 68, 2)).copy()
    return PreparedFaces(frame, crops, landmarks, no_rows(), "0" * 64, EXPRESSIONS)


class Brightness(nn.Module):
    """Logits that name the expression whose number the brightness is."""

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        level = maps.mean(dim=(1, 2, 3)) * 255 / 40
        return -((level[:, None] - torch.arange(6)) ** 2)


def context_for(faces: PreparedFaces, tmp_path: Path) -> RunContext:
    return RunContext("run", "study", "net", "none", 1, "t", "r", RunPaths(tmp_path), tmp_path / "t", faces, {})
