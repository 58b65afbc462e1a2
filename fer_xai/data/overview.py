"""What there is to say of a data set before anything is learnt from it."""

from dataclasses import dataclass

import numpy as np
import torch

from fer_xai.data.copies.duplicates import Duplicates, find_duplicates
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.splits.base import Splitter
from fer_xai.errors import UserError
from fer_xai.face.warp import CanonicalWarp

_BATCH = 32


@dataclass(frozen=True, eq=False)
class Overview:
    """A data set as preparation, split and search for copies see it.

    Attributes:
        faces: the prepared faces.
        duplicates: the copies among them.
        folds: (n,) int64, the fold that tests each face, -1 where none does.
        fold_names: what each fold is called; empty where the data cannot be split.
        split_problem: why the data cannot be split, empty if they can.
        split_notes: what a user should know of the split, one line each.
        mean_faces: by expression, the mean of its faces in the canonical frame, uint8 (rows, columns, 4) with the
            opacity last, and of how many faces; expressions without a face are missing.
    """

    faces: PreparedFaces
    duplicates: Duplicates
    folds: np.ndarray
    fold_names: tuple[str, ...]
    split_problem: str
    split_notes: tuple[str, ...]
    mean_faces: dict[str, tuple[np.ndarray, int]]


def look_at(
    faces: PreparedFaces, splitter: Splitter, workers: int | None = None, mean_of: int = 200, seed: int = 0
) -> Overview:
    """Count, split, search for copies, and average.

    Args:
        faces: the prepared faces.
        splitter: makes the folds.
        workers: how many files to read at once; None takes all cores.
        mean_of: so many faces of each expression are averaged at most, drawn by lot.
        seed: of the lot.
    """
    duplicates = find_duplicates(faces, workers)
    folds, names, problem, notes = _folds(duplicates.mark(faces), splitter)
    return Overview(faces, duplicates, folds, names, problem, notes, mean_faces(faces, mean_of, seed))


def _folds(faces: PreparedFaces, splitter: Splitter) -> tuple[np.ndarray, tuple[str, ...], str, tuple[str, ...]]:
    fold_of = np.full(len(faces), -1, dtype=np.int64)
    notes: list[str] = []
    try:
        numbers = range(splitter.folds(faces.frame))
        for number in numbers:
            parts = splitter.parts(faces.frame, number)
            fold_of[parts.test] = number
            notes += parts.notes
    except UserError as error:
        return np.full(len(faces), -1, dtype=np.int64), (), str(error), ()
    names = tuple(splitter.fold_name(faces.frame, number) for number in numbers)
    return fold_of, names, "", tuple(dict.fromkeys(notes))


def mean_faces(faces: PreparedFaces, most: int, seed: int) -> dict[str, tuple[np.ndarray, int]]:
    """The mean face of each expression in the canonical frame, each pixel over the faces where it is valid.

    Where less than half of the faces are valid, nothing is shown: the few that are would draw their own edges there.

    Args:
        faces: the prepared faces.
        most: so many faces of each expression at most.
        seed: decides which.

    Returns:
        By expression, uint8 (rows, columns, 4): red, green, blue, and 255 or, where nothing is shown, 0; and the number
        of faces.
    """
    warp, rng = CanonicalWarp(), np.random.default_rng(seed)
    means = {}
    for number, expression in enumerate(faces.expressions):
        rows = np.flatnonzero(faces.labels == number)
        if not len(rows):
            continue
        rows = np.sort(rng.permutation(rows)[:most])
        total = torch.zeros((3, *warp.frame), dtype=torch.float64)
        count = torch.zeros(warp.frame, dtype=torch.float64)
        for some in np.array_split(rows, -(-len(rows) // _BATCH)):
            crops = torch.from_numpy(np.stack([faces.crops[i] for i in some])).permute(0, 3, 1, 2)
            warped, valid = warp(crops, torch.from_numpy(faces.landmarks[some]))
            total += warped.double().sum(dim=0)
            count += valid.double().sum(dim=0)
        shown = 2 * count >= len(rows)
        mean = torch.where(shown, total / count.clamp(min=1), 0.0).round()
        picture = torch.cat([mean, 255.0 * shown[None]]).to(torch.uint8)
        means[expression] = (picture.permute(1, 2, 0).numpy(), len(rows))
    return means
