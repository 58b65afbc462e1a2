"""The split that a data set came with."""

import numpy as np
import pandas as pd

from fer_xai.data.splits.base import TEST, TRAIN, VALIDATION, Splitter
from fer_xai.data.splits.folds import validation_part
from fer_xai.errors import UserError


class Official(Splitter):
    """Training, validation and test part as the data sets name them: one fold.

    Where several data sets are merged, each must come with its own split, and each keeps it.

    Args:
        validation: share of the training images that is kept for validation, 0 (none) to 0.5, in data sets that name no
            validation part; its people are not trained on.
        seed: of that part.
    """

    word = "official"

    def __init__(self, validation: float = 0.15, seed: int = 0) -> None:
        self._validation, self._seed = validation, seed

    def folds(self, frame: pd.DataFrame) -> int:
        """One.

        Raises:
            UserError: a data set, or an image, without official part.
        """
        usage = _usage(frame)
        for name, of in usage.groupby(frame["dataset"].to_numpy()):
            for part in (TRAIN, TEST):
                if part not in set(of):
                    raise UserError(
                        f"split=official: {name} comes without an official split (no image is marked {part} in the "
                        "column `usage`): choose split=kfold"
                    )
        unmarked = frame["image"][(usage == "").to_numpy()]
        if len(unmarked):
            raise UserError(
                f"split=official: {len(unmarked)} images are in no part, e.g. {unmarked.iloc[0]}: mark them in the "
                "column `usage` (train, validation or test), or choose split=kfold"
            )
        return 1

    def fold_name(self, frame: pd.DataFrame, fold: int) -> str:
        """The only fold has no number."""
        return "official split"

    def _words(self, frame: pd.DataFrame, fold: int) -> np.ndarray:
        words = _usage(frame).to_numpy(object, copy=True)
        has_own = np.isin(frame["dataset"], frame["dataset"][words == VALIDATION].unique())
        open_to = np.flatnonzero((words == TRAIN) & ~has_own)
        if len(open_to):
            kept = validation_part(frame.iloc[open_to], self._validation, (self._seed, fold))
            words[open_to[kept]] = VALIDATION
        return words


def _usage(frame: pd.DataFrame) -> pd.Series:
    """The official part of each row, empty where there is none."""
    usage = frame["usage"] if "usage" in frame.columns else pd.Series("", index=frame.index)
    usage = usage.fillna("").astype(object)
    known = {TRAIN, VALIDATION, TEST, ""}
    for row in np.flatnonzero(~usage.isin(known)):
        raise UserError(
            f"split=official: image {frame['image'].iloc[row]} has usage {usage.iloc[row]!r}: it is train, validation "
            "or test"
        )
    return usage
