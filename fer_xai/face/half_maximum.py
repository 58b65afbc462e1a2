"""From a map of weights to the set of pixels that counts as relevant."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def half_of_maximum(weights: NDArray[Any]) -> NDArray[np.bool_]:
    """Cut maps of weights at half of each one's maximum.

    Args:
        weights: (..., y, x), not negative; what is bool already stays as it is.

    Returns:
        bool (..., y, x): weight above 0 and at least half of the map's largest; nowhere true in a map of zeros.

    Examples:
        >>> import numpy as np
        >>> half_of_maximum(np.array([[0.0, 0.2, 0.3, 0.6]]))
        array([[False, False,  True,  True]])
    """
    if weights.dtype == bool:
        return weights
    return (weights > 0) & (weights >= weights.max(axis=(-2, -1), keepdims=True) / 2)
