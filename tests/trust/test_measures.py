"""What the tests of explainers say of themselves agrees with what they give."""

from pathlib import Path

import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_xai.config.paths import conf_dir
from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.cam import GradCAM
from fer_xai.face.canonical import CANONICAL_POINTS
from fer_xai.face.warp import CanonicalWarp
from fer_xai.models.weinet import WeiNet
from fer_xai.trust.base import Frames, Trial
from fer_xai.trust.measures import as_plain, describe, from_plain

CONFIGS = sorted((conf_dir() / "trust").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_test_gives_what_it_describes(path: Path):
    """The measures, which of them are curves, and which only global maps have, are those of a run on two images."""
    test = instantiate(OmegaConf.load(path))
    torch.manual_seed(0)
    network, images = WeiNet(32).eval(), torch.rand(2, 3, 32, 32)
    landmarks = torch.tensor(CANONICAL_POINTS[:68], dtype=torch.float32).expand(2, -1, -1) / 9
    question = Question(images, torch.tensor([0, 1]), landmarks=landmarks, index=torch.arange(2))
    found = list(test.run(Trial(GradCAM(), network, "features", [question], 0, CanonicalWarp())))
    curves = {item.measure for item in found if isinstance(item, Frames) or item.step == item.step}
    of_maps = {name for item in found if isinstance(item, Frames) for name in (item.measure, f"area_{item.measure}")}
    single = {item.measure for item in found} - curves | {name for name in of_maps if name.startswith("area_")}
    described = describe(test)
    assert {measure.name for measure in described.measures if measure.curve is not None} == curves
    assert {measure.name for measure in described.measures if measure.curve is None} == single
    assert described.of_global_maps() == of_maps
    assert described.sentence.endswith(".")
    assert from_plain(as_plain({"x": described})) == {"x": described}


def test_test_that_says_nothing_of_itself_is_refused():
    class Silent:
        by_order = False

    with pytest.raises(UserError, match="Silent has no title"):
        describe(Silent())


def test_description_that_is_none_is_told():
    with pytest.raises(UserError, match="do the run again"):
        from_plain({"deletion": {"title": "Deletion"}})
