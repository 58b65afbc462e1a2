"""How much each tile of a face helped: the weights of M. Wegrzyn et al., PLOS ONE 12(5): e0177239, 2017."""

import numpy as np
from numpy.typing import NDArray

#: Answers are quick that come after at most this share of all tiles: 16 of 48.
QUICK = 1 / 3


def tile_weights(shown: NDArray[np.bool_], quickest: float | None = None) -> NDArray[np.float64]:
    """How much more each tile took part in quick right answers than the mean tile, in per cent.

    A right answer after k tiles gives every tile that was uncovered then 1 - k / quickest, and the others 0. A tile's
    mean over the answers is divided by the mean over the tiles; times 100, less 100.

    Args:
        shown: (n, tiles), what was uncovered at each right answer.
        quickest: slower answers do not count; None for a third of the tiles.

    Returns:
        (tiles,), from -100 (never took part) upwards, 0 on average; NaN throughout where no answer was quick enough.

    Examples:
        >>> tile_weights(np.array([[True, False, False, False, False, False], [True, True, True, True, True, True]]))
        array([ 500., -100., -100., -100., -100., -100.])
    """
    needed = shown.sum(axis=1)
    limit = QUICK * shown.shape[1] if quickest is None else quickest
    quick = needed <= limit
    took_part = ((1 - needed[quick] / limit)[:, None] * shown[quick]).sum(axis=0)
    mean = took_part.mean()
    if not mean > 0:
        return np.full(shown.shape[1], np.nan)
    return 100 * took_part / mean - 100
