import cv2
import numpy as np
import pytest
from skimage.filters import threshold_otsu

from fer_xai.metrics.otsu import COMPETING, competing_thresholds, otsu_threshold, relevant_pixels, to_uint8
from fer_xai.metrics.stretch import stretch


def made_up_levels(kind: int, rng: np.random.Generator) -> np.ndarray:
    shape = tuple(rng.integers(2, 40, 2))
    levels = [
        lambda: rng.integers(0, 256, shape),
        lambda: rng.choice(rng.integers(0, 256, 4), shape),
        lambda: np.clip(rng.normal(100, 30, shape), 0, 255),
        lambda: rng.choice([0, 255], shape),
        lambda: rng.choice([0, 1, 254, 255], shape),
        lambda: np.where(rng.random(shape) < 0.5, rng.integers(0, 10, shape), rng.integers(200, 256, shape)),
    ][kind]()
    return levels.astype(np.uint8)


@pytest.mark.parametrize("kind", range(6))
def test_threshold_equals_opencv(kind: int) -> None:
    rng = np.random.default_rng(kind)
    for _ in range(60):
        levels = made_up_levels(kind, rng)
        expected, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_OTSU)
        assert otsu_threshold(levels) == expected


def test_threshold_separates_as_scikit_image_does() -> None:
    rng = np.random.default_rng(7)
    for _ in range(30):
        levels = made_up_levels(2, rng)
        np.testing.assert_array_equal(levels > otsu_threshold(levels), levels > threshold_otsu(levels))


def test_many_maps_at_once_give_the_same() -> None:
    levels = np.random.default_rng(1).integers(0, 256, (2, 3, 20, 30)).astype(np.uint8)
    together = otsu_threshold(levels)
    assert together.shape == (2, 3)
    assert together[1, 2] == otsu_threshold(levels[1, 2])


def test_invalid_pixels_take_no_part() -> None:
    rng = np.random.default_rng(2)
    levels = made_up_levels(5, rng)
    valid = rng.random(levels.shape) < 0.5
    kept = levels[valid][None, :]
    assert otsu_threshold(levels, valid) == otsu_threshold(kept)


def test_values_are_truncated_to_grey_levels() -> None:
    maps = np.array([[0.0, 0.5, 0.999, 1.0, -0.2, 1.3, np.nan]])
    assert to_uint8(maps).tolist() == [[0, 127, 254, 255, 0, 255, 0]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_eight_bit_maps_survive_the_way_over_floating_numbers(dtype: type) -> None:
    levels = np.arange(256, dtype=np.uint8)[None]
    np.testing.assert_array_equal(to_uint8(stretch((levels / 255).astype(dtype))), levels)


def test_stretch_takes_extremes_from_valid_pixels() -> None:
    maps = np.array([[[9.0, 2.0, 4.0, 3.0]], [[-5.0, 1.0, 0.0, 1.0]]])
    valid = np.array([[False, True, True, True]])
    expected = [[[np.nan, 0.0, 1.0, 0.5]], [[np.nan, 1.0, 0.0, 1.0]]]
    np.testing.assert_array_equal(stretch(maps, valid), expected)
    assert stretch(maps.astype(np.float32)).dtype == np.float32


def test_a_constant_map_cannot_be_stretched_and_has_no_relevant_pixel() -> None:
    assert np.isnan(stretch(np.full((3, 3), 0.4))).all()
    assert not relevant_pixels(np.full((3, 3), 0.4)).any()
    assert stretch(np.full((3, 3), 1)).dtype == np.float64


def test_relevant_lies_above_the_threshold() -> None:
    maps = np.array([[0.0, 0.15, 0.2, 0.9, 1.0]])
    assert relevant_pixels(maps).tolist() == [[False, False, False, True, True]]
    valid = np.array([[True, True, True, False, False]])
    assert relevant_pixels(maps, valid).tolist() == [[False, True, True, False, False]]


def _three_levels(middle: int, shares: tuple[int, int, int] = (40, 40, 40)) -> np.ndarray:
    levels = np.repeat([0.0, middle, 255.0], shares)
    return levels.reshape(12, 10) / 255


def test_thresholds_on_both_sides_of_a_class_in_the_middle_compete() -> None:
    # Symmetric: cutting below the middle class is as good as cutting above it.
    assert competing_thresholds(_three_levels(127))
    # Far from the middle, one of the two is better by far.
    assert not competing_thresholds(_three_levels(30))
    assert not competing_thresholds(_three_levels(127, (100, 10, 10)))


def test_competing_is_judged_by_the_height_of_the_second_peak() -> None:
    """The variances between classes of three levels are arithmetic."""
    for middle in (90, 100, 110, 120, 127):
        points = np.array([0.0, middle, 255.0])
        between = [(points[:1].mean() - points[1:].mean()) ** 2 * 2 / 9, (points[:2].mean() - 255) ** 2 * 2 / 9]
        assert competing_thresholds(_three_levels(middle)) == (min(between) >= COMPETING * max(between)), middle


def test_two_classes_one_class_and_bell_shapes_have_one_threshold() -> None:
    rng = np.random.default_rng(0)
    maps = np.stack(
        [rng.choice([0.0, 1.0], (40, 40)), np.ones((40, 40)), np.clip(rng.normal(0.5, 0.1, (40, 40)), 0, 1)]
    )
    assert not competing_thresholds(maps).any()


def test_only_valid_pixels_compete() -> None:
    maps = _three_levels(127)
    assert not competing_thresholds(maps, maps < 1)
