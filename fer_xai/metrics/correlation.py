"""The similarity of heatmaps with each other: normalised correlation coefficients as one matrix product."""

import numpy as np
from array_api_compat import array_namespace, device

from fer_xai.metrics.pixels import Array

#: Pixels whose products are added up at once: it bounds the memory, whatever the number of maps.
CHUNK = 4096


def ncc_matrix(maps: Array, valid: Array | None = None) -> Array:
    """Normalised correlation coefficients (Pearson's, over pixels) of all pairs of maps.

    Deviations from the mean are multiplied in the floating type of the maps and added up in float64.

    Args:
        maps: (n, ...), any number of maps; what is no floating type becomes float64.
        valid: bool, (...) or (n, ...), pixels that take part; of several, those that are valid in every map. None for
            all pixels.

    Returns:
        float64 (n, n), symmetric, in [-1, 1], 1 on the diagonal; NaN in the rows and columns of maps that are constant
        or not finite there.

    Examples:
        >>> import numpy as np
        >>> ncc_matrix(np.array([[[0.0, 1.0, 2.0]], [[2.0, 1.0, 0.0]]]))
        array([[ 1., -1.],
               [-1.,  1.]])
    """
    xp = array_namespace(maps)
    where = device(maps)
    if not xp.isdtype(maps.dtype, "real floating"):
        maps = xp.astype(maps, xp.float64)
    n = maps.shape[0]
    rows = _valid_pixels(maps, valid)
    pixels = rows.shape[1]
    if not n or not pixels:
        return xp.full((n, n), float("nan"), dtype=xp.float64, device=where)
    comparable = xp.all(xp.isfinite(rows), axis=1) & xp.any(rows != rows[:, :1], axis=1)
    mean = xp.mean(rows, axis=1, dtype=xp.float64)
    centre = xp.astype(mean, rows.dtype)[:, None]
    products = xp.zeros((n, n), dtype=xp.float64, device=where)
    for start in range(0, pixels, CHUNK):
        deviation = rows[:, start : start + CHUNK] - centre
        products = products + xp.astype(deviation @ deviation.T, xp.float64)
    norm = xp.linalg.diagonal(products) ** 0.5
    norm = xp.where(comparable & (norm > 0), norm, xp.full_like(norm, float("nan")))
    similarity = xp.clip(products / (norm[:, None] * norm[None, :]), -1, 1)
    same = xp.eye(n, dtype=xp.bool, device=where) & comparable[:, None]
    return xp.where(same, xp.ones_like(similarity), similarity)


def compare(maps: np.ndarray, valid: np.ndarray) -> tuple[np.ndarray, float]:
    """NCC between maps over the pixels that are valid in all of them.

    Args:
        maps: (n, y, x).
        valid: (n, y, x) bool; a map without any valid pixel is missing and does not narrow the others.

    Returns:
        (n, n) with NaN for missing maps, and the share of pixels that were compared.
    """
    present = valid.any((1, 2))
    result = np.full((len(maps), len(maps)), np.nan)
    if not present.any():
        return result, 0.0
    common = valid[present].all(0)
    result[np.ix_(present, present)] = ncc_matrix(np.where(common, maps[present], 0.0), common)
    return result, float(common.mean())


def _valid_pixels(maps: Array, valid: Array | None) -> Array:
    """The maps as rows (n, p) of the pixels that take part."""
    xp = array_namespace(maps)
    n = maps.shape[0]
    rows = xp.reshape(maps, (n, -1)) if n else xp.zeros((0, 0), dtype=maps.dtype, device=device(maps))
    if valid is None:
        return rows
    valid = xp.astype(xp.asarray(valid, device=device(maps)), xp.bool)
    everywhere = xp.reshape(xp.all(valid, axis=0) if valid.ndim == maps.ndim else valid, (-1,))
    return rows if bool(xp.all(everywhere)) else rows[:, everywhere]
