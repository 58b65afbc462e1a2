import pytest
import torch

from fer_xai.errors import UserError
from fer_xai.explainers.steps import averageable, keep_positive, local_scale, upsample

MAPS = torch.tensor([[[1.0, -3.0], [0.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]])


def test_keep_positive_drops_what_speaks_against_the_class():
    assert keep_positive(MAPS)[0].tolist() == [[1.0, 0.0], [0.0, 4.0]]


@pytest.mark.parametrize(
    ("scale", "expected"),
    [("none", [[1, -3], [0, 4]]), ("mass", [[1 / 8, -3 / 8], [0, 4 / 8]]), ("maximum", [[1 / 4, -3 / 4], [0, 1]])],
)
def test_local_scale_by_arithmetic(scale, expected):
    torch.testing.assert_close(local_scale(MAPS, scale)[0], torch.tensor(expected, dtype=torch.float32))


@pytest.mark.parametrize("scale", ["none", "mass", "maximum"])
def test_an_all_zero_map_stays_zero_and_is_not_nan(scale):
    assert local_scale(MAPS, scale)[1].tolist() == [[0, 0], [0, 0]]


def test_a_weaker_map_stays_weaker_without_scaling():
    """The trap: scaling image by image inside a method would make both the same."""
    assert torch.equal(local_scale(MAPS * 1e-3, "none"), MAPS * 1e-3)


def test_unknown_scale_is_one_line():
    with pytest.raises(UserError, match="choose one of none, mass, maximum"):
        local_scale(MAPS, "minmax")


def test_upsampling_aligns_pixel_areas():
    """A 1 x 2 row (0, 1) drawn twice as wide: 0, 1/4, 3/4, 1 (half-pixel centres)."""
    row = upsample(torch.tensor([[[0.0, 1.0], [0.0, 1.0]]]), 4)[0, 0]
    torch.testing.assert_close(row, torch.tensor([0.0, 0.25, 0.75, 1.0]))


def test_upsampling_to_the_same_size_changes_nothing():
    assert upsample(MAPS, 2) is MAPS


def test_averageable_maps_have_lost_what_speaks_against_and_weigh_alike():
    """By mass, each map sums to 1; what the ReLU leaves nothing of tells nothing."""
    raw = torch.tensor([[[1.0, -5.0], [3.0, 0.0]], [[-1.0, -1.0], [0.0, 0.0]]])
    maps, told = averageable(raw, 2, positive=True, scale="mass")
    assert maps.tolist() == [[[0.25, 0.0], [0.75, 0.0]], [[0.0, 0.0], [0.0, 0.0]]]
    assert told.tolist() == [True, False]
    maps, told = averageable(raw, 2, positive=False, scale="none")
    assert torch.equal(maps, raw)
    assert told.tolist() == [True, True]
