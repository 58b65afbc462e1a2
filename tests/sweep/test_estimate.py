"""What runs may take where none has told yet: how timed steps are added up."""

from argparse import Namespace
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
import torch
from helpers.made_up_run import composed
from omegaconf import OmegaConf
from torch import nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.intervention import Intervention
from fer_xai.sweep import estimate
from fer_xai.sweep.estimate import Estimator
from fer_xai.sweep.redrawing_time import seconds_per_redrawing
from fer_xai.synthetic.picture_plan import Picture, drawing_id

WORDS = ("anger", "fear")


@pytest.fixture
def frame():
    """Four people with three images of each expression: two folds of twelve images."""
    rows = [(f"{p}{w}{i}", p, w, "d") for p in "abcd" for w in WORDS for i in range(3)]
    return pd.DataFrame(rows, columns=["image", "subject", "expression", "dataset"])


def config(**more):
    known = {
        "split": {"_target_": "fer_xai.data.splits.kfold.KFold", "folds": 2, "validation": 0.5},
        "recipe": {"max_epochs": 5},
        "realign": {},
        "callbacks": {"explain": {"images_per_expression": 4}},
        "task": {"_target_": "fer_xai.run.train.train"},
        "model": {"name": "net", "weights": {"tag": None}},
        "explainer": {},
        "trainer": {},
        "data": {},
        "prepare": {"workers": 1, "crop_size": 64},
        "normalise": "unit",
        "classes": list(WORDS),
        "expressions": None,
        "pretrained": False,
        "fold": 0,
    }
    return OmegaConf.create(known | more)


@pytest.fixture
def known(monkeypatch):
    """Costs that are known, of every network; how often they are asked for."""
    asked = []
    cost = estimate._Cost(train=10.0, test=1.0, explain=100.0, read=0.5, untimed=frozenset({"scorecam"}))
    monkeypatch.setattr(estimate, "_cost", lambda config: asked.append(config) or cost)
    return asked


def test_every_image_is_counted_as_often_as_it_is_seen(frame, known):
    """Of 24 images 12 are tested, 6 trained on and 6 validated on; 4 of each expression are explained."""
    estimator = Estimator()
    fit = 5 * (6 * 10.5 + 6 * 1.5)
    assert estimator.seconds(config(), frame) == pytest.approx(fit + 12 * 1.5 + 8 * 100)
    assert estimator.untimed == {"scorecam"}
    assert estimator.seconds(config(expressions="fear"), frame) == pytest.approx(fit + 12 * 1.5 + 4 * 100)
    weights = config(task={"_target_": "fer_xai.run.learn_people.train_identity"})
    assert estimator.seconds(weights, frame) == pytest.approx(fit)
    # One network at one size is timed once.
    assert len(known) == 1
    estimator.seconds(config(recipe={"max_epochs": 6}), frame)
    assert len(known) == 2


def test_faces_are_drawn_again_once_for_all_runs_of_the_same_data(frame, monkeypatch):
    """8 of them are explained, each drawn again 40 times by two workers."""
    nothing = estimate._Cost(train=0.0, test=0.0, explain=0.0, read=0.0, redrawings=40)
    monkeypatch.setattr(estimate, "_cost", lambda config: nothing)
    monkeypatch.setattr(estimate, "seconds_per_redrawing", lambda frame, crop_size: 0.5)
    estimator, prepare = Estimator(), {"workers": 2, "crop_size": 64}
    assert estimator.seconds(config(prepare=prepare), frame) == 8 * 40 * 0.5 / 2
    assert estimator.seconds(config(prepare=prepare, model={"name": "other", "weights": {"tag": None}}), frame) == 0
    assert estimator.seconds(config(prepare=prepare, data={"seed": 1}), frame) == 8 * 40 * 0.5 / 2
    weights = config(prepare=prepare, data={}, task={"_target_": "fer_xai.run.learn_people.train_identity"})
    assert estimator.seconds(weights, frame) == 0


def test_drawing_a_face_again_is_timed_where_there_are_drawn_ones(frame):
    assert seconds_per_redrawing(frame, 64) == 0
    drawn = frame.assign(drawing=[""] * 3 + [drawing_id(Picture(seed=0, subject=0, index=0), 224)] * 21)
    assert seconds_per_redrawing(drawn, 64) > 0


def test_interventions_take_a_pass_for_every_drawing():
    asked = Question(torch.zeros(3, 3, 2, 2), torch.zeros(3, dtype=torch.int64))
    settings = OmegaConf.create({"classes": list(WORDS), "model": {"layer": ""}})
    assert estimate._explaining(Intervention(drawings=50), nn.Identity(), settings, asked, 0.1) == 3 * 50 * 0.1


def test_weights_that_there_never_were_take_no_time(frame, known):
    assert Estimator().seconds(config(pretrained=True), frame) == 0
    assert known == []


def test_what_cannot_be_split_or_built_is_not_guessed(frame, monkeypatch, tmp_path):
    assert Estimator().seconds(config(fold=7), frame) is None
    # What is in the files is not known before they are opened.
    (tmp_path / "split.csv").write_text("content,part\n0123,train\n4567,test\n")
    by_content = {"_target_": "fer_xai.data.splits.from_file.FromFile", "file": str(tmp_path / "split.csv")}
    assert Estimator().seconds(config(split=by_content), frame) is None
    monkeypatch.setattr(estimate, "_cost", lambda config: None)
    assert Estimator().seconds(config(), frame) is None


class _Perturbing:
    """Passes every image so many times."""

    def explain(self, network: nn.Module, layer: str, question: Question) -> torch.Tensor:
        for _ in range(7):
            logits = network(question.images)
        return logits


class _Looking:
    """Wants a layer of the network itself."""

    def explain(self, network: nn.Module, layer: str, question: Question) -> torch.Tensor:
        network(question.images)
        return network.get_submodule("features")(question.images)


def test_an_explainer_that_takes_long_is_told_by_its_passes(monkeypatch):
    """One pass of an image would take 10 s here."""
    monkeypatch.setattr(estimate.time, "perf_counter", lambda: 0.0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(12, 2))
    asked = Question(torch.zeros(3, 3, 2, 2), torch.zeros(3, dtype=torch.int64))
    settings = OmegaConf.create({"classes": list(WORDS), "model": {"layer": ""}})
    assert estimate._explaining(_Perturbing(), network, settings, asked, 10.0) == 3 * 7 * 10
    assert estimate._explaining(_Looking(), network, settings, asked, 10.0) is None
    # Who does not fit the network is left out of the run, too.
    assert estimate._explaining(_Looking(), network, settings, asked, 0.1) == 0


class _Placing:
    """Another alignment, which takes a second per face by the clock of the test."""

    title = "elsewhere"

    def __init__(self, clock: list[float], works: bool = True) -> None:
        self.clock, self.works = clock, works

    def check(self) -> None:
        if not self.works:
            raise UserError("it cannot")

    def place(self, landmarks: np.ndarray, crops: np.ndarray, images: Sequence[str]) -> np.ndarray:
        assert (landmarks.shape, crops.shape, len(images)) == ((3, 68, 2), (3, 8, 8, 3), 3)
        self.clock[0] += len(landmarks)
        return landmarks


def test_other_alignments_place_landmarks_where_they_can_work(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(estimate.time, "perf_counter", lambda: clock[0])
    asked = Question(torch.zeros(3, 3, 2, 2), torch.zeros(3, dtype=torch.int64), landmarks=torch.zeros(3, 68, 2))
    crops = torch.zeros(8, 3, 8, 8, dtype=torch.uint8)
    assert estimate._placing(_Placing(clock), asked, crops) == 3
    assert estimate._placing(_Placing(clock, works=False), asked, crops) == 0


def test_other_alignments_ask_the_first_explainer_that_looks_once_more():
    explainers = {"blob": Namespace(baseline=True), "own": Namespace(), "other": Namespace()}
    took = {"blob": 2.0, "own": 10.0, "other": 30.0}
    assert estimate._realigning(took, explainers, [3.0, 0.0]) == 13
    assert estimate._realigning(took, explainers, []) == 0
    # Who takes too long to be timed is told apart.
    assert estimate._realigning({"blob": 2.0, "own": None}, explainers, [3.0]) == 3
    assert estimate._realigning({"blob": 2.0}, explainers, [3.0]) == 3


def test_what_alignments_take_is_in_the_cost_of_an_explained_image(tmp_path, monkeypatch):
    """Two images are timed, with two alignments of 1000 s."""
    monkeypatch.setattr(estimate, "_placing", lambda alignment, asked, crops: 1000.0)
    cost = estimate._cost(composed(tmp_path, "explainer=saliency", "realign=[noise_5,similarity]"))
    assert 1000 < cost.explain < 1010
