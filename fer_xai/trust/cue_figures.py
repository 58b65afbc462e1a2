"""What a planted cue is to one network and one map of one face, by arithmetic on arrays."""

import numpy as np
from numpy.typing import NDArray

from fer_xai.trust.evidence_measures import hit, relevance_where_shown

#: Name of the test in configs and tables, and those of its measures.
TEST = "planted_cue"
VALUE, RELEVANCE, FIRST = "cue_value", "cue_relevance", "cue_first"


def cue_figures(heatmap: NDArray, places: NDArray, values: NDArray, cue: int) -> dict[str, float]:
    """The figures of one face.

    Args:
        heatmap: (y, x), with or without negative pixels.
        places: (players, y, x), where each player shows, none negative, each adding up to 1.
        values: (players,), what each is worth to the network.
        cue: which of the players is the cue.

    Returns:
        `VALUE`: the cue's; `RELEVANCE`: the mean of the map where the cue shows over the mean of its size everywhere, 0
        for a map that is zero; `FIRST`: whether no player has more relevance, 1 or 0, or the share of equals that it
        is; NaN for the only player. A map that is not finite has neither of the last two.
    """
    value = {VALUE: float(values[cue])}
    if not np.isfinite(heatmap).all():
        return value
    relevance = relevance_where_shown(heatmap, places)
    size = float(np.abs(heatmap.astype(np.float64)).mean())
    return value | {
        RELEVANCE: float(relevance[cue]) / size if size > 0 else 0.0,
        FIRST: hit(relevance, np.arange(len(relevance)) == cue),
    }
