"""Where drawn faces show their expressions, against what their action units move."""

import numpy as np
import pytest

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import CANONICAL_POINTS
from fer_xai.synthetic import true_maps
from fer_xai.synthetic.true_maps import TrueMapsReference

#: Landmarks of the upper face and of the mouth.
BROWS, MOUTH = slice(17, 27), slice(48, 68)


@pytest.fixture(scope="module")
def reference(tmp_path_factory) -> TrueMapsReference:
    return TrueMapsReference(people=1, cache_dir=str(tmp_path_factory.mktemp("cache")))


def near(reference: TrueMapsReference, expression: str, landmarks: slice) -> float:
    weights = reference.weights_of(expression)
    return float(
        np.mean([weights[int(y) - 4 : int(y) + 5, int(x) - 4 : int(x) + 5] for x, y in CANONICAL_POINTS[landmarks]])
    )


def test_maps_lie_where_the_expressions_show(reference):
    assert reference.expressions == EXPRESSIONS
    assert all(reference.weights_of(name).max() == 1 for name in EXPRESSIONS)
    # A smile moves the mouth; surprise opens it and raises the brows, which a smile leaves alone.
    assert near(reference, "happiness", MOUTH) > 5 * near(reference, "happiness", BROWS)
    assert near(reference, "surprise", BROWS) > 2 * near(reference, "happiness", BROWS)


def test_they_are_drawn_once(reference, tmp_path, monkeypatch):
    first = TrueMapsReference(people=1, cache_dir=str(tmp_path))
    monkeypatch.setattr(true_maps, "true_maps", lambda *_: pytest.fail("drawn again"))
    again = TrueMapsReference(people=1, cache_dir=str(tmp_path))
    np.testing.assert_array_equal(first.weights_of("fear"), again.weights_of("fear"))
    np.testing.assert_array_equal(first.weights_of("fear"), reference.weights_of("fear"))


def test_nobody_cannot_be_drawn(tmp_path):
    with pytest.raises(UserError, match="people=0 must be at least 1"):
        TrueMapsReference(people=0, cache_dir=str(tmp_path))
