"""Cross-validation over people."""

import numpy as np
import pandas as pd

from fer_xai.data.splits.base import TEST, TRAIN, VALIDATION, Splitter
from fer_xai.data.splits.folds import assign_folds, check_groups, group_names, validation_part
from fer_xai.errors import UserError


class KFold(Splitter):
    """Folds in which no person is twice, with as even a share of each expression as that allows.

    Args:
        folds: number of folds, at least 2.
        validation: share of the images beside the test fold that is kept for validation, 0 (none) to 0.5; its people
            are not trained on either.
        seed: of the folds and of the validation part.
    """

    word = "kfold"

    def __init__(self, folds: int = 5, validation: float = 0.15, seed: int = 0) -> None:
        self._k, self._validation, self._seed = folds, validation, seed

    def folds(self, frame: pd.DataFrame) -> int:
        """As many as were asked for.

        Raises:
            UserError: fewer than two, or more than there are people.
        """
        if self._k < 2:
            raise UserError(f"split.folds is {self._k}: cross-validation needs at least 2")
        check_groups(len(np.unique(group_names(frame))), self._k)
        return self._k

    def _words(self, frame: pd.DataFrame, fold: int) -> np.ndarray:
        test = assign_folds(frame, self._k, self._seed) == fold
        words = np.where(test, TEST, TRAIN).astype(object)
        kept = validation_part(frame[~test], self._validation, (self._seed, fold))
        words[np.flatnonzero(~test)[kept]] = VALIDATION
        return words
