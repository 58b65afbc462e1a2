import json
import os
from pathlib import Path

import numpy as np
import pytest

from fer_xai.errors import UserError
from fer_xai.face.canonical import (
    CANONICAL_POINTS,
    FRAME_SHAPE,
    TRIANGLES,
    canonical_points,
    complete_landmarks,
    pixel_weights,
)


def double_areas(points: np.ndarray) -> np.ndarray:
    a, b, c = (points[TRIANGLES[:, i]] for i in range(3))
    return (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]


def test_points_complete_the_frame() -> None:
    assert CANONICAL_POINTS.shape == (89, 2)
    np.testing.assert_array_equal(CANONICAL_POINTS[68:85, 0], CANONICAL_POINTS[:17, 0])
    np.testing.assert_array_equal(CANONICAL_POINTS[68:85, 1], 0)
    assert CANONICAL_POINTS[85:].tolist() == [[0, 0], [0, 275], [224, 0], [224, 275]]
    assert CANONICAL_POINTS[8].tolist() == [114, 269], "the chin is at the bottom: y counts downwards"


def test_triangles_tile_the_frame_once() -> None:
    areas = double_areas(CANONICAL_POINTS) / 2
    assert len(TRIANGLES) == 155
    assert areas.min() > 0
    assert areas.sum() == 275 * 224


def test_no_point_lies_inside_another_triangles_circumcircle() -> None:
    """The defining property of a Delaunay triangulation."""
    for corners in CANONICAL_POINTS[TRIANGLES]:
        system = np.c_[2 * corners, np.ones(3)]
        x, y, rest = np.linalg.solve(system, (corners**2).sum(axis=1))
        distance = np.hypot(*(CANONICAL_POINTS - (x, y)).T)
        assert distance.min() >= np.sqrt(rest + x * x + y * y) - 1e-6


@pytest.mark.parametrize("frame", [FRAME_SHAPE, (138, 112), (64, 150), (3, 2)])
def test_pixel_weights_rebuild_each_pixel(frame: tuple[int, int]) -> None:
    triangle, weights = pixel_weights(frame)
    corners = canonical_points(frame)[TRIANGLES[triangle]]
    y, x = np.mgrid[: frame[0], : frame[1]]
    np.testing.assert_allclose((weights[..., None] * corners).sum(axis=-2), np.stack([x, y], axis=-1), atol=1e-9)
    assert weights.min() > -1e-8
    assert weights.max() < 1 + 1e-8


def test_landmarks_are_completed_in_any_batch_shape() -> None:
    landmarks = np.random.default_rng(0).uniform(0, 50, (2, 3, 68, 2)).astype(np.float32)
    complete = complete_landmarks(landmarks, (40, 60))
    assert complete.shape == (2, 3, 89, 2)
    assert complete.dtype == np.float32
    np.testing.assert_array_equal(complete[..., :68, :], landmarks)
    np.testing.assert_array_equal(complete[1, 2, 68:85], np.c_[landmarks[1, 2, :17, 0], np.zeros(17)])
    assert complete[0, 0, 85:].tolist() == [[0, 0], [0, 40], [60, 0], [60, 40]], (
        "x is bounded by the width, y by height"
    )


def test_completing_the_canonical_landmarks_gives_the_canonical_points() -> None:
    np.testing.assert_array_equal(complete_landmarks(CANONICAL_POINTS[:68], FRAME_SHAPE), CANONICAL_POINTS)
    np.testing.assert_allclose(
        complete_landmarks(canonical_points((550, 112))[:68], (550, 112)), canonical_points((550, 112))
    )


def test_wrong_shapes_are_refused_in_one_line() -> None:
    with pytest.raises(UserError, match=r"\(68, 3\).*68 points"):
        complete_landmarks(np.zeros((68, 3)), 224)
    with pytest.raises(UserError, match="0 rows"):
        canonical_points((0, 5))


@pytest.mark.skipif("FER_XAI_SHARED" not in os.environ, reason="FER_XAI_SHARED (published reference data) is not set")
def test_points_equal_the_published_ones() -> None:
    published = json.loads((Path(os.environ["FER_XAI_SHARED"]) / "published" / "canonical_points.json").read_text())
    np.testing.assert_array_equal(CANONICAL_POINTS, published)
