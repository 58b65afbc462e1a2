"""Expressions of faces whose action units are told: those of the prototypes that they fit."""

from collections.abc import Sequence

import numpy as np

from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError
from fer_xai.face.prototypes import PROTOTYPES, prototype_fits

#: What is said of faces without a label.
NONE, SEVERAL = "fits no prototype of an expression", "fits several prototypes of expressions"


def check_fit(fit: float) -> None:
    """Refuse a threshold that means nothing.

    Raises:
        UserError: it is not above 0 and at most 1.
    """
    if not 0 < fit <= 1:
        raise UserError(f"{setting('fit')}={fit}: it is a cosine, above 0 and at most 1")


def label_units(intensities: np.ndarray, units: Sequence[int], fit: float) -> tuple[list[str], np.ndarray]:
    """The expression of each face.

    Args:
        intensities: (n, units) of action units, 0 or more.
        units: their numbers.
        fit: how well a face has to fit a prototype, see `prototype_fits`.

    Returns:
        For each face an expression, `neutral` where no unit is shown, `NONE` where it fits none and `SEVERAL` where it
        fits more than one; and (n,) how well it fits the best, 0 to 1.
    """
    fits = prototype_fits(intensities, units)
    fitting = (fits >= fit).sum(axis=1)
    names = np.array(list(PROTOTYPES))[fits.argmax(axis=1)]
    labels = np.select([~intensities.any(axis=1), fitting == 0, fitting > 1], ["neutral", NONE, SEVERAL], names)
    return labels.tolist(), fits.max(axis=1)
