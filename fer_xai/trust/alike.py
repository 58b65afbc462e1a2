"""How alike two maps of the same image are."""

import numpy as np
from scipy.stats import rankdata
from torch import Tensor

from fer_xai.metrics.correlation import ncc_matrix


def ncc(maps: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Normalised correlation coefficient of each map with its other one.

    Args:
        maps: (b, ...), what is compared with.
        others: the same shape; NaN in either leaves a pixel out.

    Returns:
        float64 (b,) from -1 to 1. NaN where a map is the same everywhere or not finite: there is nothing to compare
        with. 0 where only the other one is: whatever was there is gone.
    """
    found = np.empty(len(maps))
    for i, pair in enumerate(np.stack([maps, others], axis=1).astype(np.float64)):
        valid = np.isfinite(pair).all(axis=0)
        if not valid.any() or np.ptp(pair[0][valid]) == 0:
            found[i] = np.nan
        elif np.ptp(pair[1][valid]) == 0:
            found[i] = 0.0
        else:
            found[i] = float(np.asarray(ncc_matrix(np.where(valid, pair, 0.0), valid))[0, 1])
    return found


def spearman(maps: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of each map (b, y, x) with its other one, ties at their mean rank; see `ncc`."""
    return ncc(*(rankdata(each.reshape(len(each), -1), axis=1, nan_policy="omit") for each in (maps, others)))


def arrays(maps: Tensor) -> np.ndarray:
    """Maps as an array, those that are not finite throughout as NaN throughout."""
    known = maps.flatten(1).isfinite().all(dim=1)[:, None, None]
    return maps.where(known, float("nan")).cpu().numpy()
