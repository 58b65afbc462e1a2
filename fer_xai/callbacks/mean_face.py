"""The mean face of a data set, over which global heatmaps are shown."""

import numpy as np
import pandas as pd
import torch
from torch.utils.data import DataLoader

from fer_xai.data.datamodule import FacesDataset
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.warp import CanonicalWarp

#: A mean face of fewer people could show one of them.
LEAST_PEOPLE = 10
#: So many faces make a mean face; more would not be seen in it.
MEAN_FACE_IMAGES = 300


def mean_face(
    faces: PreparedFaces,
    groups: np.ndarray,
    warp: CanonicalWarp,
    device: torch.device,
    batch_size: int,
    count_unknown: bool,
) -> tuple[np.ndarray | None, int]:
    """Mean of faces of the whole data set in the canonical frame.

    Every person has the same share in it, however many images there are of each. Images of unknown people take no
    part, for they may all be of one, unless `count_unknown` says that they are not. Where less than half of the people,
    or fewer than ten, have a valid pixel, there is no mean: it would show the few by themselves.

    Args:
        faces: the data set.
        groups: (n,) number of the person of each image.
        warp: into the canonical frame.
        device: that it is computed on.
        batch_size: images at once.
        count_unknown: an image whose person is unknown counts as one more person.

    Returns:
        (y, x, 3) in [0, 1], NaN where there is no mean, or None below ten people; and the number of people.
    """
    usable = np.arange(len(faces)) if count_unknown else np.flatnonzero(faces.frame["subject"] != "")
    rows = _by_turns(usable, groups)[:MEAN_FACE_IMAGES]
    _, person, images = np.unique(groups[rows], return_inverse=True, return_counts=True)
    if len(images) < LEAST_PEOPLE:
        return None, len(images)
    share = torch.from_numpy(1 / images[person]).to(device)
    total = torch.zeros((3, *FRAME_SHAPE), dtype=torch.float64, device=device)
    weight = torch.zeros(FRAME_SHAPE, dtype=torch.float64, device=device)
    # Each person once, however many of the images are valid at a pixel.
    seen = torch.zeros((len(images), *FRAME_SHAPE), dtype=torch.int16, device=device)
    loader = DataLoader(FacesDataset(faces, rows), batch_size=batch_size)
    people = torch.from_numpy(person).to(device)
    for batch, part, who in zip(loader, share.split(batch_size), people.split(batch_size), strict=True):
        warped, valid = warp(batch["image"].to(device).float() / 255, batch["landmarks"].to(device))
        own = valid * part[:, None, None]
        total += (warped * own[:, None]).sum(0)
        weight += own.sum(0)
        seen.index_add_(0, who, valid.short())
    # Shares are fractions: half of the people may come out a little below.
    shown = (2 * weight + 1e-9 >= len(images)) & ((seen > 0).sum(0) >= LEAST_PEOPLE)
    mean = torch.where(shown, total / torch.where(weight > 0, weight, 1), torch.nan)
    return mean.permute(1, 2, 0).cpu().numpy(), len(images)


def _by_turns(rows: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Rows in an order drawn by lot in which one row of everybody comes before the second of anybody."""
    drawn = np.random.default_rng(0).permutation(rows)
    turn = pd.Series(groups[drawn]).groupby(groups[drawn]).cumcount().to_numpy()
    return drawn[np.argsort(turn, kind="stable")]
