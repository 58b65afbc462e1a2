"""Superpixels: the parts of a picture that are shown or hidden together."""

import logging

import numpy as np
import torch
from skimage.segmentation import slic
from torch import Tensor

from fer_xai.explainers.base import Question

log = logging.getLogger(__name__)


def superpixels(question: Question, segments: int, compactness: float) -> tuple[Tensor, list[int]]:
    """SLIC superpixels (Achanta et al., TPAMI 2012) of every picture, by scikit-image.

    The picture is given as 8-bit RGB: what two devices compute differently in the last digit moves no border.

    Args:
        question: whose pictures, before preprocessing, are divided.
        segments: about so many for each picture; SLIC finds more or fewer.
        compactness: weight of nearness against likeness of colour.

    Returns:
        Number of each pixel's superpixel, counted from 0 without gaps, int64 (b, h, w) on the device of the images, and
        how many each picture has.
    """
    return question.share(("superpixels", segments, compactness), lambda: _superpixels(question, segments, compactness))


def _superpixels(question: Question, segments: int, compactness: float) -> tuple[Tensor, list[int]]:
    pictures = (question.pixels.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    labelled = np.zeros(pictures.shape[:3], dtype=np.int64)
    for labels, picture in zip(labelled, pictures, strict=True):
        parts = slic(picture, n_segments=segments, compactness=compactness, start_label=0)
        labels[:] = np.unique(parts, return_inverse=True)[1].reshape(labels.shape)
    return torch.from_numpy(labelled).to(question.images.device), [int(labels.max()) + 1 for labels in labelled]


def divided(counts: list[int], explainer: str) -> Tensor:
    """Which pictures have more than one superpixel; a line in the log, if others have not.

    Args:
        counts: number of superpixels of each picture.
        explainer: what the line in the log calls the explainer.

    Returns:
        bool (b, 1).
    """
    alone = counts.count(1)
    if alone:
        log.warning("%s: %d of %d pictures are one superpixel, whose map is zero", explainer, alone, len(counts))
    return torch.tensor(counts)[:, None] > 1


def paint(values: Tensor, labels: Tensor) -> Tensor:
    """Maps in which each segment has its value.

    Args:
        values: (b, segments), on any device.
        labels: int64 (b, h, w), number of each pixel's segment.

    Returns:
        float32 (b, h, w) on the device of `labels`.
    """
    return values.to(labels.device, torch.float32).gather(1, labels.flatten(1)).view(labels.shape)
