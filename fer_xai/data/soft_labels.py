"""Labels as people gave them: how many named each expression, in place of the one that most named."""

import hashlib

import numpy as np
import pandas as pd

from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.errors import UserError

#: Columns of a table that hold how many people named an expression, such as `votes_anger`.
VOTES = "votes_"


def soft_labels(faces: PreparedFaces) -> np.ndarray:
    """The share of the votes for each of the study's expressions, of those that one of them got.

    Barsoum et al., "Training deep networks for facial expression recognition with crowd-sourced label distribution",
    ICMI 2016 (cross-entropy loss).

    Args:
        faces: with a column of votes for each expression; what has no votes, as that of another data set, counts for
            its expression alone.

    Returns:
        (n, expressions) float32, each row adds up to 1.

    Raises:
        UserError: there is no column of votes, or an expression has none.
    """
    columns = [f"{VOTES}{name}" for name in faces.expressions]
    missing = [name for name in columns if name not in faces.frame]
    if missing:
        there = ", ".join(str(name) for name in faces.frame if str(name).startswith(VOTES))
        raise UserError(
            f"recipe.soft_labels=true: the data have no column {missing[0]} (votes that are there: {there or 'none'}); "
            "data=ferplus has votes, and so may a table (votes_anger, votes_disgust ...)"
        )
    try:
        votes = np.stack([pd.to_numeric(faces.frame[name].mask(faces.frame[name].eq(""))) for name in columns], axis=1)
    except (TypeError, ValueError) as error:
        raise UserError(f"recipe.soft_labels=true: votes have to be numbers: {error}") from None
    # What is empty is of a data set without votes.
    votes = np.where(np.isnan(votes.astype(np.float64)), 0, votes.astype(np.float64))
    if (votes < 0).any() or not np.isfinite(votes).all():
        raise UserError("recipe.soft_labels=true: a number of votes is negative or infinite")
    alone = np.eye(len(columns))[faces.labels]
    total = votes.sum(axis=1, keepdims=True)
    return np.where(total > 0, votes / np.where(total > 0, total, 1), alone).astype(np.float32)


def soft_labels_hash(faces: PreparedFaces) -> str:
    """SHA-256 of what `soft_labels` gives, in hexadecimal digits."""
    return hashlib.sha256(soft_labels(faces).tobytes()).hexdigest()
