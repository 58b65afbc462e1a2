"""Observers' maps: arithmetic, signs, what nobody saw, and expressions that are missing."""

import numpy as np
import pytest

from fer_xai.errors import UserError
from fer_xai.face.observers.maps import ObserverMaps, ObserversReference, most_relevant

NAN = np.nan


def observers(*rows: list[float], sizes: tuple[int, ...] | None = None) -> ObserverMaps:
    """One row of pixels for each observer."""
    maps = np.array(rows, np.float32)[:, None, :]
    return ObserverMaps(tuple(f"p{i}" for i in range(len(rows))), maps, sizes or (1,) * len(rows))


def test_the_mean_is_over_those_who_saw_the_pixel_weighted_by_group() -> None:
    maps = observers([1, NAN, NAN, -3], [4, 2, NAN, 9], sizes=(3, 1))
    np.testing.assert_allclose(maps.mean(), [[1.75, 2, NAN, 0]])
    assert len(maps) == 2


def test_names_sizes_and_maps_have_to_go_together() -> None:
    with pytest.raises(ValueError, match="1 names and 2 sizes"):
        ObserverMaps(("a",), np.zeros((2, 3, 3), np.float32), (1, 1))


def test_the_most_relevant_pixels_are_a_share_of_the_known_ones() -> None:
    signed = np.array([[9.0, 8, 7, 6, 5, -1, -2, -3, NAN, NAN]])
    assert most_relevant(signed, 0.25).nonzero()[1].tolist() == [0, 1]
    assert most_relevant(signed, 0.9).nonzero()[1].tolist() == [0, 1, 2, 3, 4], "what is not above 0 is not relevant"
    assert most_relevant(np.full((2, 2), 3.0), 0.2).all(), "pixels that are equal are all in"
    assert not most_relevant(np.full((2, 2), NAN), 0.2).any()
    together = most_relevant(np.stack([signed, signed[:, ::-1]]), 0.25)
    assert together.sum(axis=(1, 2)).tolist() == [2, 2]


def test_a_reference_keeps_signs_and_what_is_unknown() -> None:
    reference = ObserversReference(
        "people",
        {"happy": observers([4, -2, NAN, 0], [0, -4, NAN, 2]), "neutral": observers([1, 1, 1, -1])},
        share=0.3,
        frame=(1, 4),
        note="Two faces only.",
    )
    assert reference.expressions == ("happiness", "neutral")
    assert reference.frame == (1, 4)
    np.testing.assert_array_equal(reference.signed_of("happiness"), [[2, -3, NAN, 1]])
    np.testing.assert_array_equal(reference.weights_of("happiness"), [[1, 0, 0, 0.5]])
    np.testing.assert_array_equal(reference.known_of("happiness"), [[True, True, False, True]])
    np.testing.assert_array_equal(reference.mask("happiness"), [[True, False, False, False]])
    assert reference.observers_of("Happy").names == ("p0", "p1")
    assert "neutral" in reference
    assert "anger" not in reference
    assert reference.regions["neutral"] == ()
    with pytest.raises(UserError, match="has nothing for anger, only for happiness, neutral"):
        reference.signed_of("anger")


def test_a_map_without_any_positive_value_has_no_weights_and_no_mask() -> None:
    reference = ObserversReference("people", {"fear": observers([-1, -2, -3])}, frame=(1, 3))
    assert not reference.weights_of("fear").any()
    assert not reference.mask("fear").any()


def test_mistakes_are_told() -> None:
    with pytest.raises(UserError, match="no observer for any expression"):
        ObserversReference("people", {})
    with pytest.raises(UserError, match=r"reference\.people\.share=2"):
        ObserversReference("people", {"fear": observers([1, 2])}, share=2, frame=(1, 2))
    with pytest.raises(UserError, match="unknown expression word 'boredom'"):
        ObserversReference("people", {"boredom": observers([1, 2])}, frame=(1, 2))
