"""From a map of weights to the set of pixels that counts as relevant."""

from typing import Any

from array_api_compat import array_namespace


def half_of_maximum(weights: Any) -> Any:
    """Cut maps of weights at half of each one's maximum.

    Args:
        weights: (..., y, x), not negative, NumPy array or tensor; what is bool already stays as it is.

    Returns:
        bool (..., y, x): weight above 0 and at least half of the map's largest; nowhere true in a map of zeros.

    Examples:
        >>> import numpy as np
        >>> half_of_maximum(np.array([[0.0, 0.2, 0.3, 0.6]]))
        array([[False, False,  True,  True]])
    """
    xp = array_namespace(weights)
    if xp.isdtype(weights.dtype, "bool"):
        return weights
    flat = xp.reshape(weights, (*weights.shape[:-2], -1))
    return (weights > 0) & (weights >= xp.max(flat, axis=-1)[..., None, None] / 2)
