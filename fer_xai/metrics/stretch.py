"""Stretching a map to [0, 1]."""

from array_api_compat import array_namespace, device

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
    xp = array_namespace(maps)
    if not xp.isdtype(maps.dtype, "real floating"):
        maps = xp.astype(maps, xp.float64)
    if valid is not None:
        valid = xp.broadcast_to(xp.astype(xp.asarray(valid, device=device(maps)), xp.bool), maps.shape)
    low, high = (bound[..., None, None] for bound in extremes(xp, maps, valid))
    nan = xp.full_like(low, float("nan"))
    stretched = (maps - low) / xp.where(high > low, high - low, nan)
    return stretched if valid is None else xp.where(valid, stretched, nan)
