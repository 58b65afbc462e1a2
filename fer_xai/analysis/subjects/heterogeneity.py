"""How far people differ: each person's map against the mean of all others': `people_heterogeneity.csv`."""

import numpy as np

from fer_xai.scoring.intervals import FEWEST_PEOPLE, PEOPLE, mean_known
from fer_xai.scoring.person_matrix import PersonMatrix, others_correlation, others_correlation_without
from fer_xai.scoring.reliability import jackknife_interval

#: Columns of `people_heterogeneity.csv`. value: mean NCC of a person's map with the mean map of all others; low, high:
#: over people, each left out in turn; std, lowest and highest over people; undefined: people whose map is the same
#: everywhere.
HETEROGENEITY_COLUMNS = (
    *("explainer", "network", "pretrained", "expression", "value", "low", "high", "std", "lowest", "highest"),
    *("people", "undefined", "holds", "reason"),
)


def heterogeneity(maps: PersonMatrix) -> dict[str, object]:
    """Columns from `value` on, but for the reason where there is no map at all."""
    gram = maps.gram()
    own = others_correlation(gram, maps.weights)
    known = own[np.isfinite(own)]
    row: dict[str, object] = {"people": len(maps), "undefined": len(own) - len(known), "reason": ""}
    if not len(known):
        return row | {"reason": "one person only" if len(maps) == 1 else "all maps are the same everywhere"}
    value = float(known.mean())
    figures: dict[str, object] = {"value": value, "lowest": float(known.min()), "highest": float(known.max())}
    if len(known) < FEWEST_PEOPLE:
        return row | figures | {"reason": f"no interval: fewer than {FEWEST_PEOPLE} people"}
    without = mean_known(others_correlation_without(gram, maps.weights), axis=1)[np.isfinite(own)]
    low, high = jackknife_interval(value, without)
    spread = {"low": max(low, -1.0), "high": min(high, 1.0), "std": float(known.std(ddof=1)), "holds": PEOPLE}
    return row | figures | spread
