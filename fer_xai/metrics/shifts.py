"""Every shift of a reference around the edges of the frame at once, by the fast Fourier transform."""

import numpy as np
from scipy.fft import irfft2, rfft2

from fer_xai.metrics.pixels import Array


def sums_over_shifts(map_: Array, reference: Array) -> Array:
    """Sum over the pixels of a map times a reference, for every shift of the reference.

    A reference that is shifted one way is the same as a map shifted the other way, and leaves the map's own threshold
    as it is.

    Args:
        map_: (y, x).
        reference: (y, x).

    Returns:
        float64 (y, x): at (dy, dx) the sum for the reference rolled by (-dy, -dx); at (0, 0) that without a shift.

    Examples:
        >>> sums_over_shifts(np.array([[1.0, 0.0, 0.0]]), np.array([[5.0, 7.0, 9.0]])).round(6)
        array([[5., 7., 9.]])
    """
    return irfft2(np.conj(rfft2(map_.astype(np.float64))) * rfft2(reference.astype(np.float64)), s=map_.shape)
