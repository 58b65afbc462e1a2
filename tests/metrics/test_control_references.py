"""References that say nothing of where an expression shows."""

import itertools

import numpy as np
import pytest

from fer_xai.errors import UserError
from fer_xai.face.masks import Reference
from fer_xai.metrics.baselines import centred_gaussian
from fer_xai.metrics.control_references import GaussianReference, ShuffledReference

FRAME = (6, 5)


def reference(n: int = 4) -> Reference:
    rng = np.random.default_rng(0)
    names = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")[:n]
    return Reference("own", {name: rng.random(FRAME) for name in names})


def test_every_map_is_given_to_another_expression_so_that_they_are_least_alike():
    own = reference()
    found = ShuffledReference(own)
    names = own.expressions
    assert sorted(found.dealt.values()) == sorted(names)
    assert all(word != other for word, other in found.dealt.items())
    for word, other in found.dealt.items():
        np.testing.assert_array_equal(found.weights_of(word), own.weights_of(other))
    likeness = np.corrcoef([own.weights_of(name).ravel() for name in names])

    def total(others) -> float:
        return sum(likeness[names.index(word), names.index(other)] for word, other in zip(names, others, strict=True))

    ways = [way for way in itertools.permutations(names) if all(a != b for a, b in zip(way, names, strict=True))]
    assert total(found.dealt.values()) == pytest.approx(min(map(total, ways)))
    assert found.of_others
    assert f"for anger that of {found.dealt['anger']}" in found.note


def test_what_is_unknown_is_dealt_out_with_the_maps():
    class Partly(Reference):
        def known_of(self, expression):
            return self.weights_of(expression) > 0.5

    own = Partly("own", {name: reference().weights_of(name) for name in reference().expressions})
    found = ShuffledReference(own)
    for word, other in found.dealt.items():
        np.testing.assert_array_equal(found.known_of(word), own.known_of(other))


def test_one_expression_cannot_be_exchanged():
    with pytest.raises(UserError, match="has 1 expression: two can be exchanged"):
        ShuffledReference(reference(1))


def test_the_gaussian_is_the_same_for_every_expression():
    found = GaussianReference(part=0.2, frame=FRAME)
    for word in ("anger", "surprise", "neutral"):
        np.testing.assert_allclose(found.weights_of(word), centred_gaussian(FRAME, 0.2), rtol=1e-6)
    with pytest.raises(UserError, match="above 0 is needed"):
        GaussianReference(part=0)
