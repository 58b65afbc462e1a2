"""IoU as a function of the threshold at which maps are cut: `threshold_curves.csv`."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer_xai.face.masks import Reference
from fer_xai.metrics.otsu import LEVELS, histograms, otsu_threshold, to_uint8
from fer_xai.metrics.reference_maps import study_reference
from fer_xai.metrics.stretch import stretch
from fer_xai.scoring.pooled_maps import PooledMaps

#: Columns of `threshold_curves.csv`. `threshold`: the grey level (0 to 254) of the stretched map above which pixels are
#: relevant; `iou`: of those with the mask; `relevant`: their share of the compared pixels. `at`: `otsu` for Otsu's
#: threshold, `maximum` for the (lowest) one with the largest IoU, empty for the others.
COLUMNS = (
    *("network", "pretrained", "explainer", "expression", "reference"),
    *("threshold", "iou", "relevant", "at"),
)

OTSU, MAXIMUM = "otsu", "maximum"
# Of the 255 thresholds every so many-th is kept.
_STEP = 5


def threshold_rows(rows: PooledMaps, reference: Reference) -> list[dict[str, object]]:
    """The curve of every map with its own expression's mask.

    Args:
        rows: the maps.
        reference: the reference; expressions that it lacks have no curve.
    """
    compared = study_reference(reference, rows.expressions)
    found: list[dict[str, object]] = []
    for pool, maps in zip(rows.pools, rows.maps, strict=True):
        key = {"network": pool.network.name, "pretrained": pool.network.pretrained, "explainer": rows.explainer}
        for e, expression in enumerate(rows.expressions):
            own = compared.of(e)
            if own is None:
                continue
            place = key | {"expression": expression, "reference": reference.name}
            found += [place | row for row in _curve(maps.mean[e], maps.valid[e] & own.known, own.mask)]
    return found


def threshold_table(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Rows as the table of `threshold_curves.csv`."""
    return pd.DataFrame(rows, columns=list(COLUMNS))


def iou_by_threshold(levels: np.ndarray, valid: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """IoU of the pixels above each grey level with a mask.

    Args:
        levels: uint8 (y, x).
        valid: bool (y, x), pixels that take part.
        mask: bool (y, x).

    Returns:
        (255,) IoU at the thresholds 0 to 254, NaN without a pixel of the mask; and the number of relevant pixels.
    """
    inside, every = (histograms(levels, part) for part in (valid & mask, valid))
    both, relevant = (part.sum() - np.cumsum(part)[: LEVELS - 1] for part in (inside, every))
    total = inside.sum()
    return (both / (total + relevant - both) if total else np.full(LEVELS - 1, np.nan)), relevant


def _curve(mean: np.ndarray, valid: np.ndarray, mask: np.ndarray) -> list[dict[str, object]]:
    """The rows of one map; none where no score is defined."""
    levels = to_uint8(stretch(mean, valid))
    iou, relevant = iou_by_threshold(levels, valid, mask)
    # A constant map has no relevant pixel at any threshold.
    if not relevant.any() or not np.isfinite(iou).all():
        return []
    kept = [(int(threshold), "") for threshold in range(0, LEVELS - 1, _STEP)]
    kept += [(int(otsu_threshold(levels, valid)), OTSU), (int(iou.argmax()), MAXIMUM)]
    share = relevant / valid.sum()
    return [
        {"threshold": threshold, "iou": float(iou[threshold]), "relevant": float(share[threshold]), "at": word}
        for threshold, word in kept
    ]
