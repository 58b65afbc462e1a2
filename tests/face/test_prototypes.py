"""What expression action units make."""

import numpy as np
import pytest

from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.prototypes import PROTOTYPES, prototype_fits

UNITS = sorted({unit for prototype in PROTOTYPES.values() for unit in prototype})


def test_each_prototype_fits_itself_best_however_strong_it_is():
    weights = np.array([[PROTOTYPES[word].get(unit, 0) for unit in UNITS] for word in EXPRESSIONS])
    for strength in (1, 0.1, 5):
        fits = prototype_fits(strength * weights, UNITS)
        assert np.diag(fits) == pytest.approx(1)
        assert fits.argmax(axis=1).tolist() == [*range(6)]


def test_fit_is_the_cosine_by_the_units_that_are_told():
    """Surprise by units 1 and 26 is (0.75, 1); the face shows them as 3 and 4, and the unit 12, as strong as both."""
    fit = prototype_fits(np.array([[3.0, 4.0, 5.0]]), [1, 26, 12])[0, EXPRESSIONS.index("surprise")]
    assert fit == pytest.approx(25 / (1.25 * 50**0.5 * 4))
    assert prototype_fits(np.array([[3.0, 4.0]]), [1, 26])[0, EXPRESSIONS.index("surprise")] == pytest.approx(1)


def test_one_unit_alone_and_none_fit_nothing():
    assert (prototype_fits(np.eye(len(UNITS)), UNITS) == 0).all()
    assert (prototype_fits(np.zeros((1, 2)), [1, 99]) == 0).all()
