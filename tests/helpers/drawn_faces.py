"""Drawn faces, prepared, and what is asked about them."""

from pathlib import Path

import numpy as np
import torch

from fer_xai.data.preparation.prepare import prepare
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.explainers.base import Question
from fer_xai.face.landmarks import GivenFinder
from fer_xai.models.preprocess import network_input
from fer_xai.synthetic.interventions import Interventions
from fer_xai.synthetic.source import SyntheticSource


def drawn_faces(cache: Path, people: int = 2, size: int = 224) -> PreparedFaces:
    """One face per person and expression, in the order of people and then expressions."""
    table = SyntheticSource(people, per_expression=1, size=size, cache_dir=str(cache), workers=1).read()
    return prepare(table, GivenFinder(), cache, workers=1)


def ask_about(faces: PreparedFaces, cache: Path, rows: list[int], size: int, **given) -> Question:
    """Why each face shows its own expression, to a network of this input size that normalises nothing."""
    crops = torch.from_numpy(np.stack([faces.crops[row] for row in rows])).permute(0, 3, 1, 2)
    zero, one = torch.zeros(1, 3, 1, 1), torch.ones(1, 3, 1, 1)
    return Question(
        network_input(crops, size, zero, one),
        torch.from_numpy(faces.labels[rows]),
        index=torch.tensor(rows),
        interventions=Interventions(faces, cache, workers=1),
        **given,
    )
