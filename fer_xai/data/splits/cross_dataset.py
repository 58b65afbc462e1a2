"""Training on some data sets, testing on another one."""

import numpy as np
import pandas as pd

from fer_xai.data.splits.base import TEST, TRAIN, VALIDATION, Splitter
from fer_xai.data.splits.folds import validation_part
from fer_xai.errors import UserError


class CrossDataset(Splitter):
    """Each fold tests one of the merged data sets, in the order of their names, and trains on all others.

    Args:
        validation: share of the images of the other data sets that is kept for validation, 0 (none) to 0.5; its people
            are not trained on.
        seed: of the validation part.
    """

    word = "cross_dataset"

    def __init__(self, validation: float = 0.15, seed: int = 0) -> None:
        self._validation, self._seed = validation, seed

    def folds(self, frame: pd.DataFrame) -> int:
        """One per data set.

        Raises:
            UserError: fewer than two data sets.
        """
        names = _names(frame)
        if len(names) < 2:
            raise UserError(
                f"split=cross_dataset needs at least two data sets, and there is {', '.join(names)} only: merge more "
                "(data=[NAME,NAME]), or choose split=kfold"
            )
        return len(names)

    def fold_name(self, frame: pd.DataFrame, fold: int) -> str:
        """Number and data set."""
        return f"fold {fold} (tested on {_names(frame)[fold]})"

    def _words(self, frame: pd.DataFrame, fold: int) -> np.ndarray:
        test = (frame["dataset"] == _names(frame)[fold]).to_numpy()
        words = np.where(test, TEST, TRAIN).astype(object)
        kept = validation_part(frame[~test], self._validation, (self._seed, fold))
        words[np.flatnonzero(~test)[kept]] = VALIDATION
        return words


def _names(frame: pd.DataFrame) -> list[str]:
    """The data sets, sorted."""
    return sorted(frame["dataset"].unique().tolist())
