import cv2
import hypothesis.strategies as st
import numpy as np
import pytest
from helpers.made_up_faces import LANDMARKS
from hypothesis import given

from fer_xai.data.preparation.crop import (
    Square,
    cut,
    eye_line,
    face_square,
    inside,
    pack,
    sharpness,
    to_crop,
    unpack,
    whole_square,
)


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


def turned(points: np.ndarray, degrees: float, about: tuple[float, float]) -> np.ndarray:
    """Points turned clockwise as one sees them, y down."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return (np.asarray(points) - about) @ np.array([(cos, sin), (-sin, cos)]) + about


def test_eye_line_by_arithmetic() -> None:
    level = LANDMARKS.astype(float)
    level[36:42, 1] = level[42:48, 1] = 50.0
    assert eye_line(level) == 0
    for degrees in (-35.0, 12.5, 90.0):
        assert eye_line(turned(level, degrees, (7, 9))) == pytest.approx(degrees)


@given(st.floats(-180, 180), st.floats(0.5, 8), st.floats(-50, 300), st.floats(-50, 300))
def test_turning_a_face_turns_its_square_and_leaves_its_landmarks(
    angle: float, scale: float, x: float, y: float
) -> None:
    upright = LANDMARKS.astype(float) * scale
    there = turned(upright, angle, (0, 0)) + np.array([x, y])
    crops = [to_crop(points, face_square(points, 0.1, align=True), 224) for points in (upright, there)]
    # Squares are placed at whole pixels.
    slack = 1.5 * 224 / face_square(upright, 0.1, align=True).side
    assert np.abs(crops[0] - crops[1]).max() <= slack
    eyes = crops[1][36:48].reshape(2, 6, 2).mean(axis=1)
    assert abs(eyes[0, 1] - eyes[1, 1]) < 0.01


@pytest.mark.parametrize("size", [64, 224, 400])
def test_a_picture_that_is_turned_gives_the_same_aligned_crop(size: int) -> None:
    """A smooth picture and the same one turned by 20 degrees: equal up to interpolation, and far apart unaligned."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (14, 14, 3), dtype=np.uint8)
    image = cv2.resize(small, (420, 420), interpolation=cv2.INTER_CUBIC)
    points = LANDMARKS.astype(float) * 2.2 + (75, 95)
    matrix = cv2.getRotationMatrix2D((209.5, 209.5), -20, 1)
    image_turned = cv2.warpAffine(image, matrix, (420, 420), flags=cv2.INTER_CUBIC)
    points_turned = turned(points, 20, (209.5, 209.5))
    difference = {}
    for align in (True, False):
        one, two = (
            cut(picture, face_square(marks, 0.06, align), size).astype(float)
            for picture, marks in ((image, points), (image_turned, points_turned))
        )
        difference[align] = np.abs(one - two).mean()
    assert difference[True] < 3
    assert difference[False] > 20


@pytest.mark.parametrize("size", [60, 224])
def test_landmarks_and_pixels_are_turned_alike(size: int) -> None:
    square = Square(40, 30, 90, 25.0)
    crop = cut(ramp(200, 220), square, size).astype(float)
    there = np.array([[80.0, 75.0], [95.0, 60.0], [70.0, 90.0]])
    for (x, y), (u, v) in zip(there, to_crop(there, square, size), strict=True):
        left, top = int(u), int(v)
        patch = crop[top : top + 2, left : left + 2, :2]
        weight = np.outer([1 - (v - top), v - top], [1 - (u - left), u - left])[..., None]
        np.testing.assert_allclose((patch * weight).sum(axis=(0, 1)), [x, y], atol=0.8)


@given(st.integers(-80, 160), st.integers(-80, 160), st.integers(30, 150), st.floats(-180, 180))
def test_share_inside_is_that_of_the_pixels(left: int, top: int, side: int, angle: float) -> None:
    square = Square(left, top, side, angle)
    white = cut(np.full((120, 140, 3), 255, np.uint8), square, side)
    assert inside((120, 140), square) == pytest.approx((white > 127).mean(), abs=4 / side)


def test_whole_picture_stands_in_the_middle_of_its_square() -> None:
    assert whole_square((48, 48, 3)) == Square(0, 0, 48)
    assert (cut(ramp(48, 48), whole_square((48, 48)), 48) == ramp(48, 48)).all()
    wide = cut(ramp(40, 60) + 1, whole_square((40, 60)), 60)
    assert (wide[10:50] == ramp(40, 60) + 1).all()
    assert (wide[:10] == 0).all()
    assert (wide[50:] == 0).all()


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_packed_crops_come_back_as_they_were(seed: int, grey: bool) -> None:
    crop = np.random.default_rng(seed).integers(0, 256, (17, 17, 1 if grey else 3), dtype=np.uint8)
    crop = np.ascontiguousarray(np.broadcast_to(crop, (17, 17, 3)))
    packed = pack(crop)
    back = unpack(packed)
    assert back.dtype == np.uint8
    assert (back == crop).all()
    with pytest.raises(ValueError, match="not a packed crop"):
        unpack(packed[:9])
    with pytest.raises(ValueError, match="not a packed crop"):
        unpack(b"")
