"""Explainers of a run put to the test, on made-up faces."""

import numpy as np
import pandas as pd
import pytest
import pytorch_lightning as pl
import torch
from helpers.testing_run import Brightness, context_for, made_up_faces
from torch import nn

from fer_xai.callbacks.explain import Explain
from fer_xai.callbacks.predictions import Predictions
from fer_xai.callbacks.trust_tests import Trust
from fer_xai.data.datamodule import FacesDataset
from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.cam import GradCAM
from fer_xai.expressions import EXPRESSIONS
from fer_xai.models.module import ExpressionModule
from fer_xai.models.network import Network
from fer_xai.trust.base import ImageFigures
from fer_xai.trust.deletion import Deletion
from fer_xai.trust.measures import Measure
from fer_xai.trust.pixel_ranks import BASELINES
from fer_xai.trust.randomisation import Randomisation
from fer_xai.trust.stability import Stability


class Picky:
    """Explains the four batches of the run, and no more."""

    local_scale, positive = "none", False

    def __init__(self):
        self.calls = 0

    def explain(self, network, layer, question):
        self.calls += 1
        if self.calls > 4:
            raise NotApplicableError("no more")
        return question.images[:, 0]


class Mark:
    """A slope over the picture; blind to everything."""

    local_scale, positive = "none", False

    def explain(self, network, layer, question):
        return torch.linspace(0, 1, 49).view(1, 7, 7).repeat(len(question), 1, 1)


@pytest.fixture
def module():
    torch.manual_seed(0)
    network = Network(nn.Conv2d(3, 3, 1, bias=False), Brightness())
    with torch.no_grad():
        network.features.weight.copy_(torch.eye(3)[..., None, None])
    return ExpressionModule(network, input_size=56, optimizer=torch.optim.SGD)


def put(tmp_path, module, explainers, tests, **settings):
    faces = made_up_faces(3)
    context = context_for(faces, tmp_path)
    explain = Explain(explainers, "features", context, batch_size=5, replicates=3)
    trust = Trust(tests, context, replicates=10, **settings)
    trainer = pl.Trainer(
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[Predictions(context), explain, trust],
    )
    loader = torch.utils.data.DataLoader(FacesDataset(faces, np.arange(len(faces))), batch_size=7)
    trainer.test(module, loader, verbose=False)
    return context


def test_without_tests_there_is_nothing(module, tmp_path):
    context = put(tmp_path, module, {"mark": Mark()}, {})
    assert context.trust is None
    assert context.trust_images is None


def test_every_explainer_is_tested_and_the_network_stays_as_it_is(module, tmp_path):
    before = {key: value.clone() for key, value in module.network.state_dict().items()}
    tests = {"randomisation": Randomisation(shares=[1.0]), "deletion": Deletion(steps=2), "stability": Stability()}
    context = put(tmp_path, module, {"gradcam": GradCAM(), "mark": Mark()}, tests, images=2)
    assert all(torch.equal(value, before[key]) for key, value in module.network.state_dict().items())
    table, images = context.trust, context.trust_images
    # Two images of each expression, baselines only where the order is all that counts.
    found = {key: set(part["test"]) for key, part in table.groupby("explainer")}
    assert found == {
        "gradcam": {"randomisation", "deletion", "stability"},
        "mark": {"randomisation", "deletion", "stability"},
        **{key: {"deletion"} for key in BASELINES},
    }
    assert images.groupby(["explainer", "measure", "step"], dropna=False).size().unique().tolist() == [12]
    mark = table[table["explainer"].eq("mark") & table["expression"].eq("")].set_index("measure")
    assert mark.loc["area_ncc", "value"] == pytest.approx(1)
    assert mark.loc["area_global_ncc", "value"] == pytest.approx(1)
    assert mark.loc["repeat", "value"] == pytest.approx(1)
    assert mark.loc["repeat", "n"] == 12
    assert set(table["expression"]) == {"", *EXPRESSIONS}
    assert context.timings["trust"] > 0


def test_explainer_that_cannot_be_tested_is_told_and_the_others_go_on(module, tmp_path, caplog):
    tests = {"stability": Stability()}
    context = put(tmp_path, module, {"picky": Picky(), "mark": Mark()}, tests, images=1)
    rows = context.trust.set_index("explainer")
    assert rows.loc["picky", "measure"] == "not done"
    assert rows.loc["picky", "n"] == 0
    assert set(rows.loc["mark", "measure"]) == {"repeat", "shift", "mirror", "seed"}
    assert "stability of picky is left out: no more" in caplog.text


class Gives:
    """A test that describes one measure, and gives whatever it is told to."""

    title, sentence, by_order = "Gives", "Gives something.", False
    measures = (Measure("one", "One", higher_is_better=True),)

    def __init__(self, *results):
        self.results = results

    def run(self, trial):
        return iter(self.results)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (ImageFigures("other", np.zeros(6)), "its `run` gives 'other', and its `measures` are one"),
        (ImageFigures("one", np.zeros(5)), "its 'one' has shape (5,) for 6 images"),
        (("one", 0.5), "its `run` gives a tuple; it has to give ImageFigures or Frames"),
    ],
)
def test_test_that_gives_what_it_does_not_describe_is_told(module, tmp_path, caplog, result, words):
    tests = {"wrong": Gives(result), "right": Gives(ImageFigures("one", np.ones(6)))}
    context = put(tmp_path, module, {"mark": Mark()}, tests, images=1)
    rows = context.trust[context.trust["expression"].eq("")].set_index("test")
    assert rows.loc["wrong", "measure"] == "not done"
    assert rows.loc["right", "value"] == 1
    assert f"wrong of mark is left out: {words}" in caplog.text


class Counted(GradCAM):
    """Grad-CAM that counts the images that it explains."""

    images = 0

    def explain(self, network, layer, question):
        self.images += len(question)
        return super().explain(network, layer, question)


def test_maps_are_not_made_twice(module, tmp_path, monkeypatch):
    explainer, tests = Counted(), {"deletion": Deletion(steps=3)}
    once = put(tmp_path / "once", module, {"gradcam": explainer}, tests, images=2)
    explained = sum(once.images.values())
    assert explained > 12
    assert explainer.images == explained
    monkeypatch.setattr(Trust, "on_test_start", lambda *_: None)
    twice = put(tmp_path / "twice", module, {"gradcam": explainer}, tests, images=2)
    assert explainer.images == 2 * explained + 12
    pd.testing.assert_frame_equal(once.trust_images, twice.trust_images, check_exact=True)


@pytest.mark.slow
def test_two_processes_find_what_one_finds(module, tmp_path, monkeypatch):
    tests = {"randomisation": Randomisation(shares=[0.5, 1.0]), "deletion": Deletion(steps=2), "stability": Stability()}
    explainers = {"gradcam": GradCAM(), "mark": Mark()}
    alone = put(tmp_path, module, explainers, tests, images=2)
    shares = []
    for rank in (0, 1):
        # What either process would send to the other.
        monkeypatch.setattr(pl.Trainer, "global_rank", rank)
        monkeypatch.setattr(pl.Trainer, "world_size", 2)
        monkeypatch.setattr("fer_xai.callbacks.trust_tests.gathered", lambda own: shares.append(own) or [own])
        put(tmp_path, module, explainers, tests, images=2)
    assert [len(share.images) for share in shares] == [6, 6]
    monkeypatch.setattr("fer_xai.callbacks.trust_tests.gathered", lambda own: shares)
    both = put(tmp_path, module, explainers, tests, images=2)
    key = ["explainer", "test", "measure", "step", "expression"]
    expected, told = (c.trust.sort_values(key, ignore_index=True) for c in (alone, both))
    pd.testing.assert_frame_equal(told, expected, check_exact=False, atol=1e-5)


def test_no_images_are_refused(module, tmp_path):
    with pytest.raises(UserError, match=r"callbacks\.trust\.images=0"):
        put(tmp_path, module, {"mark": Mark()}, {"stability": Stability()}, images=0)
