"""Stretching a map to [0, 1]."""

from array_api_compat import array_namespace

from fer_xai.metrics.pixels import Array, extremes


def stretch(maps: Array, valid: Array | None = None) -> Array:
    """Stretch each map to [0, 1]: its smallest valid value becomes 0, its largest 1.

    Args:
        maps: (..., y, x); what is no floating type becomes float64.
        valid: bool, broadcast to the maps; the other pixels take no part and become NaN.

    Returns:
        The stretched maps in the same floating type; NaN everywhere for a constant map, which cannot be stretched.
    """
    xp = array_namespace(maps)
    if not xp.isdtype(maps.dtype, "real floating"):
        maps = xp.astype(maps, xp.float64)
    nan = xp.full_like(maps, float("nan"))
    taken = xp.isfinite(maps) if valid is None else xp.broadcast_to(xp.asarray(valid), maps.shape) & xp.isfinite(maps)
    low, high = (bound[..., None, None] for bound in extremes(xp, maps, taken))
    extent = high - low
    usable = taken & (extent > 0) & xp.isfinite(extent)
    return xp.where(usable, (maps - low) / xp.where(extent > 0, extent, xp.ones_like(extent)), nan)
