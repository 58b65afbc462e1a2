"""The warp without torch against the one with it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_xai.errors import UserError
from fer_xai.face.canonical import CANONICAL_POINTS, canonical_points
from fer_xai.face.observers.numpy_warp import look_up_of, warp_to_canonical
from fer_xai.face.warp import CanonicalWarp

FRAME = (55, 45)


def check_equal(maps: np.ndarray, landmarks: np.ndarray, frame: tuple[int, int] = FRAME) -> np.ndarray:
    """Hold both forms against each other; gives the valid pixels."""
    warped, valid = warp_to_canonical(maps, landmarks, frame)
    expected, expected_valid = CanonicalWarp(frame)(torch.tensor(maps), torch.tensor(landmarks))
    np.testing.assert_array_equal(valid, expected_valid.numpy())
    np.testing.assert_allclose(warped, expected.numpy(), rtol=0, atol=1e-6)
    return valid


def faces(rng: np.random.Generator, n: int, size: tuple[int, int], noise: float, scale: float = 1.0) -> np.ndarray:
    """Landmarks of faces in pictures of this size, each point moved a little."""
    points = canonical_points(size)[:68]
    middle = np.array(size[::-1]) / 2
    return middle + scale * (points - middle) + rng.normal(0, noise, (n, 68, 2))


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rows=st.integers(2, 60),
    columns=st.integers(2, 60),
    noise=st.sampled_from([0.0, 0.3, 2.0, 15.0]),
    scale=st.sampled_from([0.3, 0.9, 1.4]),
)
def test_any_faces_give_what_the_torch_form_gives(
    seed: int, rows: int, columns: int, noise: float, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    maps = rng.normal(size=(2, rows, columns))
    check_equal(maps, faces(rng, 2, (rows, columns), noise, scale))


def test_flipped_degenerate_smeared_and_cut_off_triangles() -> None:
    rng = np.random.default_rng(0)
    size = (275, 224)
    points = np.repeat(CANONICAL_POINTS[None, :68], 6, axis=0)
    points[0, [61, 62, 63]], points[0, [67, 66, 65]] = points[0, [67, 66, 65]], points[0, [61, 62, 63]]
    points[1, 36:42] = points[1, 36]  # a closed eye, all on one point
    low, high = points[2].min(axis=0), points[2].max(axis=0)
    points[2] = 0.4 + (points[2] - low) / (high - low) * (np.array(size[::-1]) - 1.8)  # fills the picture: smeared
    points[3, :, 1] += 100.3  # leaves it below
    points[4, 30] = np.nan
    points[5] = np.rint(points[5])
    valid = check_equal(rng.random((6, *size)), points, (275, 224))
    assert not valid[0, 196, 112]
    assert not valid[1, 80, 70]
    assert not valid[2, 150, :10].any()
    assert not valid[3, 200:265, 60:160].any()
    assert not valid[4, 138, 110]
    assert valid[5].all()


def test_smeared_triangles_may_count_for_coarse_maps() -> None:
    low, high = CANONICAL_POINTS[:68].min(axis=0), CANONICAL_POINTS[:68].max(axis=0)
    tight = 0.4 + (CANONICAL_POINTS[:68] - low) / (high - low) * (223 - 0.8)
    with_them, without = (look_up_of(tight, (224, 224), smeared=smeared) for smeared in (True, False))
    assert with_them.valid[150, :10].all()
    assert not without.valid[150, :10].any()
    np.testing.assert_allclose(with_them.weight.sum(axis=0), 1)


def test_channels_share_their_landmarks() -> None:
    rng = np.random.default_rng(1)
    maps, landmarks = rng.random((2, 3, 40, 30)), faces(rng, 2, (40, 30), 0.5)
    warped, valid = warp_to_canonical(maps, landmarks, FRAME)
    assert warped.shape == (2, 3, *FRAME)
    for channel in range(3):
        alone, same = warp_to_canonical(maps[:, channel], landmarks, FRAME)
        np.testing.assert_array_equal(warped[:, channel], alone)
        np.testing.assert_array_equal(valid, same)


def test_no_maps_and_shapes_that_do_not_go_together() -> None:
    warped, valid = warp_to_canonical(np.zeros((0, 9, 9)), np.zeros((0, 68, 2)))
    assert warped.shape == valid.shape == (0, 275, 224)
    with pytest.raises(UserError, match=r"maps of shape \(3, 9, 9\) and landmarks of shape \(2, 68, 2\)"):
        warp_to_canonical(np.zeros((3, 9, 9)), np.zeros((2, 68, 2)))
