"""Drawn faces as networks take them."""

import numpy as np
import torch
from torch import Tensor

from fer_xai.data.preparation.crop import cut, face_square
from fer_xai.expressions import EXPRESSIONS
from fer_xai.synthetic.picture_plan import pictures

#: Preprocessing: from [0, 1] to [-1, 1].
HALF = torch.full((1, 3, 1, 1), 0.5)


def faces(people: int, seed: int, size: int) -> tuple[Tensor, Tensor]:
    """One face per person and expression: preprocessed (n, 3, size, size), and their expressions (n,)."""
    crops, labels = [], []
    for picture in pictures(people, 1, seed):
        face = picture.draw(256)
        crops.append(cut(face.image, face_square(face.landmarks, 0.06), size))
        labels.append(EXPRESSIONS.index(picture.expression))
    images = torch.tensor(np.stack(crops)).permute(0, 3, 1, 2).float() / 255
    return (images - HALF) / HALF, torch.tensor(labels)
