import numpy as np
import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError
from fer_xai.explainers.face_regions import FaceRegions
from fer_xai.face.canonical import CANONICAL_POINTS, FRAME_SHAPE


@pytest.fixture(scope="module")
def shipped() -> FaceRegions:
    return instantiate(OmegaConf.load(conf_dir() / "explainer" / "region_shap.yaml")).regions


def region_at(regions: FaceRegions, x: float, y: float) -> str:
    return regions.names[int(regions.canonical[round(y), round(x)])]


#: A point that must lie in each region: the mean of these landmarks, counted from 1.
INSIDE = {
    "nose": [29, 31],
    "mouth": [52, 58],
    "chin": [9, 58],
    "cheeks": [3, 49],
    "eyes": [38, 39, 41, 42],
}


@pytest.mark.parametrize("name", INSIDE)
def test_regions_lie_where_their_names_say(shipped, name):
    x, y = CANONICAL_POINTS[np.array(INSIDE[name]) - 1].mean(axis=0)
    assert region_at(shipped, x, y) == name
    if name in {"eyes", "cheeks"}:
        assert region_at(shipped, 2 * CANONICAL_POINTS[27, 0] - x, y) == name  # of both sides


def test_brows_forehead_and_background(shipped):
    left_brow, above = CANONICAL_POINTS[19], CANONICAL_POINTS[27] * (1, 0.25)
    assert region_at(shipped, left_brow[0], left_brow[1] + 3) == "brows"
    assert region_at(shipped, *above) == "forehead"
    assert region_at(shipped, 0, 0) == region_at(shipped, FRAME_SHAPE[1] - 1, FRAME_SHAPE[0] - 1) == "background"


def test_every_region_has_as_much_on_the_left_as_on_the_right(shipped):
    """The canonical face is symmetric to a few pixels, and so are its regions."""
    middle = round(CANONICAL_POINTS[27, 0])
    for number, name in enumerate(shipped.names):
        of_region = shipped.canonical == number
        left, right = of_region[:, :middle].sum(), of_region[:, middle:].sum()
        assert 0.7 < left / right < 1.4, name


def test_a_face_in_the_canonical_place_has_the_canonical_regions(shipped):
    landmarks = torch.tensor(CANONICAL_POINTS[None, :68])
    assert torch.equal(shipped.labels(landmarks, FRAME_SHAPE)[0], shipped.canonical)


def test_regions_follow_the_landmarks(shipped):
    """A face of half the size, moved: what was at the mouth's middle is the mouth again."""
    landmarks = torch.tensor(CANONICAL_POINTS[None, :68]) * 0.5 + torch.tensor([40.0, 30.0])
    labels = shipped.labels(landmarks, (200, 200))[0]
    for name, points in INSIDE.items():
        x, y = (CANONICAL_POINTS[np.array(points) - 1].mean(axis=0) * 0.5 + (40, 30)).round().astype(int)
        assert shipped.names[int(labels[y, x])] == name
    assert shipped.names[int(labels[199, 0])] == "background"


@pytest.mark.parametrize(
    ("regions", "message"),
    [
        ({}, "at least one is needed"),
        ({"background": [[1, 2, 3]]}, "none of the name background"),
        ({"nose": [[1, 200, 3]]}, r"regions\.nose: there is no canonical point 200"),
        ({"eye": [[37, 38, 39]], "face": [[86, 87, 89, 88]]}, r"regions\.eye: nothing is left of it"),
    ],
)
def test_wrong_regions_are_one_line(regions, message):
    with pytest.raises(UserError, match=message):
        FaceRegions(regions)
