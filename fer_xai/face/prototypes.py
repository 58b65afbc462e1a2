"""Prototypes of the six expressions: which FACS action units make each, and what expression action units make.

They start from EMFACS and are weighted so that faces drawn by them read as themselves: sadness needs drooping lids and
a raised chin; fear oblique brows, corners of the mouth drawn aside and down, and hardly any dropped jaw; disgust
lowered brows, squeezed eyes, and lips that stay closed under a raised upper lip; anger bared teeth, without which it
passes for sadness.
"""

from collections.abc import Sequence

import numpy as np

#: Action units of each expression at full strength, with their intensities.
PROTOTYPES: dict[str, dict[int, float]] = {
    "anger": {4: 1.0, 5: 0.4, 7: 0.9, 10: 0.4, 23: 1.0, 25: 0.5, 26: 0.15},
    "disgust": {4: 0.5, 6: 0.8, 7: 0.7, 9: 1.0, 10: 1.0, 15: 0.4, 16: 0.1, 17: 1.0, 43: 0.35},
    "fear": {1: 1.0, 2: 0.15, 4: 0.6, 5: 0.6, 7: 0.2, 16: 0.3, 20: 1.0, 25: 0.75, 26: 0.22},
    "happiness": {6: 1.0, 12: 1.0, 25: 0.75},
    "sadness": {1: 1.0, 4: 0.55, 15: 1.0, 17: 0.75, 43: 0.5},
    "surprise": {1: 0.75, 2: 0.9, 5: 0.9, 25: 0.4, 26: 1.0},
}


def prototype_fits(intensities: np.ndarray, units: Sequence[int]) -> np.ndarray:
    """How well faces fit each prototype, however strong they are: the cosine between them, by the units that are told.

    Args:
        intensities: (n, units), 0 or more, in any unit.
        units: numbers of the action units that the columns tell; the others of a prototype do not count.

    Returns:
        (n, expressions) in [0, 1], in the order of `PROTOTYPES`; 0 for a face that shows fewer than two units of an
        expression, for one alone makes none.

    Examples:
        >>> prototype_fits(np.array([[2.0, 2.0, 1.5], [0.0, 5.0, 0.0]]), [6, 12, 25])[:, 3]
        array([1., 0.])
    """
    weights = np.array([[prototype.get(unit, 0.0) for unit in units] for prototype in PROTOTYPES.values()])
    lengths = np.linalg.norm(intensities, axis=1)[:, None] * np.linalg.norm(weights, axis=1)
    fits = np.divide(intensities @ weights.T, lengths, out=np.zeros(lengths.shape), where=lengths > 0)
    several = (intensities > 0).astype(int) @ (weights > 0).T.astype(int) > 1
    return np.where(several, fits, 0.0)
