"""Whether a network is right as often as it is sure."""

import numpy as np

#: Bins of confidence in the literature since Guo et al. 2017.
BINS = 15


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error (Naeini et al., AAAI 2015; Guo et al., ICML 2017, equation 3).

    The mean over images of |share that is right - mean confidence| of the images in the same bin of confidence.

    Args:
        confidence: (n,) probability of the predicted class, in [0, 1].
        right: (n,) bool, whether the prediction is right.
        bins: number of bins of equal width between 0 and 1.

    Returns:
        In [0, 1], lower is better; NaN without images or with a confidence that is not finite.
    """
    confidence = np.asarray(confidence, dtype=np.float64)
    if not len(confidence) or not np.isfinite(confidence).all():
        return float("nan")
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(place, weights=np.asarray(right, dtype=np.float64) - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(confidence))
