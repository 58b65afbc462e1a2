"""No split: all images are tested, by networks that were trained elsewhere."""

import numpy as np
import pandas as pd

from fer_xai.data.splits.base import TEST, Splitter


class Everything(Splitter):
    """One fold in which every image is tested, and nothing is left to learn from."""

    word = "all"
    trains = False

    def folds(self, frame: pd.DataFrame) -> int:
        """One."""
        return 1

    def fold_name(self, frame: pd.DataFrame, fold: int) -> str:
        """The only fold has no number."""
        return "all images"

    def _words(self, frame: pd.DataFrame, fold: int) -> np.ndarray:
        return np.full(len(frame), TEST, dtype=object)
