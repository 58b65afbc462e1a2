import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from made_up_faces import LANDMARKS

from fer_xai.data.crop import Square, cut, face_square, inside, sharpness, to_crop


def ramp(height: int, width: int) -> np.ndarray:
    """Red is the column, green the row."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x, y, np.full_like(x, 7)], axis=-1).astype(np.uint8)


def test_square_of_the_crop_s_size_is_copied() -> None:
    image = ramp(100, 120)
    assert (cut(image, Square(10, 20, 40), 40) == image[20:60, 10:50]).all()
    assert to_crop(np.array([[10, 20], [30.5, 40.25]]), Square(10, 20, 40), 40).tolist() == [[0, 0], [20.5, 20.25]]


@pytest.mark.parametrize(("side", "size"), [(40, 80), (40, 20), (60, 45)])
def test_landmarks_and_pixels_move_alike(side: int, size: int) -> None:
    """In a ramp, the colour of a pixel says where it was: resizing is linear, so it says so after scaling as well."""
    square = Square(30, 25, side)
    crop = cut(ramp(120, 140), square, size).astype(float)
    there = np.array([[45.0, 40.0], [52.0, 47.0], [60.0, 55.0]])
    for (x, y), (u, v) in zip(there, to_crop(there, square, size), strict=True):
        left, top = int(u), int(v)
        patch = crop[top : top + 2, left : left + 2, :2]
        weight = np.outer([1 - (v - top), v - top], [1 - (u - left), u - left])[..., None]
        np.testing.assert_allclose((patch * weight).sum(axis=(0, 1)), [x, y], atol=0.6)


def test_beyond_the_image_is_black() -> None:
    image = ramp(20, 30) + 1
    crop = cut(image, Square(-5, -10, 40), 40)
    assert (crop[:10] == 0).all()
    assert (crop[:, :5] == 0).all()
    assert (crop[30:] == 0).all()
    assert (crop[10:30, 5:35] == image).all()
    assert inside(image.shape, Square(-5, -10, 40)) == 600 / 1600
    assert (cut(image, Square(500, 500, 10), 10) == 0).all()
    assert inside(image.shape, Square(500, 500, 10)) == 0


@given(st.floats(0.02, 20), st.floats(-50, 400), st.floats(-50, 400), st.floats(0, 0.5))
def test_whole_face_lies_in_its_square(scale: float, x: float, y: float, margin: float) -> None:
    points = LANDMARKS.astype(float) * scale + (x, y)
    crop = to_crop(points, face_square(points, margin), 224)
    slack = 224 / face_square(points, margin).side
    assert crop.min() >= -0.5 - slack
    assert crop.max() <= 223.5 + slack
    # Jaw and chin are symmetric in the square, up to the rounding to whole pixels.
    assert abs(crop[:, 0].min() + crop[:, 0].max() - 223) <= 2 * slack


def test_forehead_belongs_to_the_square() -> None:
    points = LANDMARKS.astype(float) * 4
    brows, chin = points[17:27, 1].min(), points[:, 1].max()
    square = face_square(points, 0.0)
    if square.side > np.ptp(points[:, 0]) + 2:
        assert brows - square.top == pytest.approx(0.25 * (chin - brows), abs=2)
    assert square.top <= brows - 0.24 * (chin - brows)


def test_sharpness_falls_with_blur() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    smooth = cut(cut(noise, Square(0, 0, 64), 16), Square(0, 0, 16), 64)
    assert sharpness(np.full((64, 64, 3), 9, np.uint8)) == 0
    assert sharpness(smooth) < sharpness(noise) / 10
