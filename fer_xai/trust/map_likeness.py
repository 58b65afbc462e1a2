"""How alike two maps of the same image are."""

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from fer_xai.metrics.pairs import paired_ncc

if TYPE_CHECKING:
    # The analysis reads what tests found without torch.
    from torch import Tensor


def spearman(maps: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of each map (b, y, x) with its other one, ties at their mean rank.

    What is undefined, or gone, is as in `paired_ncc`. A pixel may not be missing in one of the two maps only.
    """
    ranked = (rankdata(each.reshape(len(each), -1), axis=1, nan_policy="omit") for each in (maps, others))
    return paired_ncc(*ranked)


def arrays(maps: "Tensor") -> np.ndarray:
    """Maps as an array, those that are not finite throughout as NaN throughout."""
    known = maps.flatten(1).isfinite().all(dim=1)[:, None, None]
    return maps.where(known, float("nan")).cpu().numpy()
