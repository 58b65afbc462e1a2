"""Stretching a map to [0, 1]."""

import numpy as np

from fer_xai.metrics.pixels import Array, extremes


def stretch(maps: Array, valid: Array | None = None) -> Array:
    """Stretch each map to [0, 1]: its smallest valid value becomes 0, its largest 1.

    Args:
        maps: (..., y, x); what is no floating type becomes float64.
        valid: bool, broadcast to the maps; the other pixels take no part and become NaN.

    Returns:
        The stretched maps in the same floating type; NaN everywhere for a map that cannot be stretched, because it is
        constant or has values that are not finite.
    """
    if not np.issubdtype(maps.dtype, np.floating):
        maps = maps.astype(np.float64)
    if valid is not None:
        valid = np.broadcast_to(np.asarray(valid, dtype=bool), maps.shape)
    low, high = (bound[..., None, None] for bound in extremes(maps, valid))
    stretched = (maps - low) / np.where(high > low, high - low, np.full_like(low, np.nan))
    return stretched if valid is None else np.where(valid, stretched, np.full_like(stretched, np.nan))
