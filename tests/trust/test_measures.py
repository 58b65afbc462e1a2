"""What the tests of explainers say of themselves agrees with what they give."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from helpers.drawn_faces import ask_about, drawn_faces
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.cam import GradCAM
from fer_xai.face.warp import CanonicalWarp
from fer_xai.models.weinet import WeiNet
from fer_xai.trust.base import Frames, Trial
from fer_xai.trust.measures import Measure, as_plain, describe, from_plain

#: `planted_cue` asks about faces with a cue: its own tests hold it to the same.
CONFIGS = sorted(path for path in (conf_dir() / "trust").glob("*.yaml") if path.stem != "planted_cue")


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> Question:
    """About two drawn faces, in small."""
    cache, rows = tmp_path_factory.mktemp("drawn"), [3, 5]
    faces = drawn_faces(cache, people=1)
    ratio = 32 / faces.crops[0].shape[0]
    landmarks = torch.from_numpy(faces.landmarks[rows])
    asked = ask_about(faces, cache, rows, 32, landmarks=(landmarks + 0.5) * ratio - 0.5)
    return replace(asked, training=lambda number: asked)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_test_gives_what_it_describes(path: Path, question: Question):
    """The measures, which of them are curves, and which only global maps have, are those of a run on two images."""
    test = instantiate(OmegaConf.load(path))
    torch.manual_seed(0)
    found = list(test.run(Trial(GradCAM(), WeiNet(32).eval(), "features", [question], 0, CanonicalWarp())))
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

    with pytest.raises(UserError, match="trust: a Silent has no `run`"):
        describe(Silent())


class Said:
    """A test of explainers that says all that it has to."""

    title, sentence, by_order = "Said", "It says all.", False
    measures = (Measure("one", "One", higher_is_better=True),)

    def run(self, trial):
        return iter(())


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"sentence": ""}, "trust.mine: its attribute `sentence` has to be text"),
        ({"title": 3}, "trust.mine: its attribute `title` has to be text"),
        ({"measures": ()}, "trust.mine: its attribute `measures` has to list"),
        ({"measures": "one"}, "trust.mine: its attribute `measures` has to list"),
        ({"measures": ("one",)}, "trust.mine: its attribute `measures` has to list"),
        ({"measures": (Measure("one", "One", None),)}, "`higher_is_better` of its measure 'one' has to be True or"),  # type: ignore[arg-type]
    ],
)
def test_test_that_says_something_else_of_itself_is_refused(said, words):
    assert describe(Said()).title == "Said"
    with pytest.raises(UserError, match=re.escape(words)):
        describe(type("Other", (Said,), said)(), "trust.mine")


def test_description_that_is_none_is_told():
    with pytest.raises(UserError, match="do the run again"):
        from_plain({"deletion": {"title": "Deletion"}})
