"""The similarity of heatmaps with each other: normalised correlation coefficients as one matrix product."""

import numpy as np
from numpy.typing import ArrayLike

from fer_xai.metrics.pixels import Array

#: Pixels whose products are added up at once: it bounds the memory, whatever the number of maps.
CHUNK = 4096


def ncc_matrix(maps: Array, valid: ArrayLike | None = None) -> Array:
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
    if not np.issubdtype(maps.dtype, np.floating):
        maps = maps.astype(np.float64)
    n = maps.shape[0]
    rows = _valid_pixels(maps, valid)
    pixels = rows.shape[1]
    if not n or not pixels:
        return np.full((n, n), np.nan)
    comparable = np.all(np.isfinite(rows), axis=1) & np.any(rows != rows[:, :1], axis=1)
    centre = np.mean(rows, axis=1, dtype=np.float64).astype(rows.dtype)[:, None]
    products = np.zeros((n, n))
    for start in range(0, pixels, CHUNK):
        deviation = rows[:, start : start + CHUNK] - centre
        products = products + (deviation @ deviation.T).astype(np.float64)
    norm = np.diagonal(products) ** 0.5
    norm = np.where(comparable & (norm > 0), norm, np.nan)
    similarity = np.clip(products / (norm[:, None] * norm[None, :]), -1, 1)
    same = np.eye(n, dtype=bool) & comparable[:, None]
    return np.where(same, 1.0, similarity)


def ncc_of_pairs(left: Array, right: Array) -> Array:
    """Normalised correlation coefficients (Pearson's) of maps two by two.

    Args:
        left: (n, p) pixels of n maps.
        right: (n, p) those that they are compared with.

    Returns:
        float64 (n,); NaN where either is constant or not finite.

    Examples:
        >>> import numpy as np
        >>> ncc_of_pairs(np.array([[0.0, 1.0, 2.0], [1.0, 1.0, 1.0]]), np.array([[5.0, 3.0, 1.0], [0.0, 1.0, 2.0]]))
        array([-1., nan])
    """
    one, other = (rows - np.mean(rows, axis=1, dtype=np.float64).astype(rows.dtype)[:, None] for rows in (left, right))
    products = (np.einsum("np,np->n", a, b, dtype=np.float64) for a, b in ((one, other), (one, one), (other, other)))
    covariance, *squares = products
    norm = np.sqrt(squares[0] * squares[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(norm > 0, np.clip(covariance / norm, -1, 1), np.nan)


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


def _valid_pixels(maps: Array, valid: ArrayLike | None) -> Array:
    """The maps as rows (n, p) of the pixels that take part."""
    n = maps.shape[0]
    rows = maps.reshape(n, -1) if n else np.zeros((0, 0), dtype=maps.dtype)
    if valid is None:
        return rows
    valid = np.asarray(valid, dtype=bool)
    everywhere = (valid.all(axis=0) if valid.ndim == maps.ndim else valid).reshape(-1)
    return rows if everywhere.all() else rows[:, everywhere]
