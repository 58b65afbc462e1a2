"""The metrics of a config, and one of a user's own: it is held against what all of them are."""

import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import own_parts
from omegaconf import OmegaConf

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError
from fer_xai.face.masks import Reference
from fer_xai.metrics.chosen import as_metric, check_primary, chosen_metrics, shipped_metrics
from fer_xai.metrics.map_scores import score_map, score_maps
from fer_xai.metrics.metric import Needs, describe, plain_descriptions, read_descriptions
from fer_xai.scoring.many_scores import against_references, spread_scores


@pytest.fixture(autouse=True)
def beside(monkeypatch):
    """Own modules lie beside the user."""
    monkeypatch.syspath_prepend(str(Path(own_parts.__file__).parent))
    yield
    sys.modules.pop("own_parts", None)


def own(name: str) -> dict:
    return chosen_metrics({"mine": OmegaConf.create({"_target_": f"own_parts.{name}"})})


def test_every_file_of_the_config_group_is_a_metric_that_is_scored_by_default():
    names = {path.stem for path in (conf_dir() / "metrics").glob("*.yaml")} - {"default"}
    assert set(shipped_metrics()) == names
    for metric in shipped_metrics().values():
        assert type(metric).__doc__
        assert {"title", "compares", "higher_is_better", "bounds"} <= set(vars(type(metric))), "says so for itself"


def test_a_primary_measure_is_chosen_or_known():
    check_primary("ncc", ["iou"])
    check_primary("mine", ["iou", "mine"])
    for name in ("mine", "default", ""):
        with pytest.raises(
            UserError, match=f"^primary={name}: there is no such metric; those that are chosen are iou$"
        ):
            check_primary(name, ["iou"])


def test_an_own_metric_is_scored_as_its_shipped_equal():
    rng = np.random.default_rng(0)
    maps, weights, valid = rng.random((5, 12, 10)), rng.random((3, 12, 10)), rng.random((12, 10)) > 0.2
    metrics = own("Coverage") | shipped_metrics(["recall"])
    assert metrics["mine"].title == "Coverage of the mask"
    found = score_maps(maps, valid, weights[0], metrics)
    np.testing.assert_allclose(found["mine"], found["recall"])
    mine, recall = against_references(maps, valid, weights, metrics)
    np.testing.assert_allclose(mine, recall)
    assert score_map(0 * maps[0], None, weights[0], metrics)["mine"].reason == "constant map"
    assert np.isnan(against_references(0 * maps, valid, weights, metrics)).all()


def test_what_a_metric_needs_is_its_own_to_say():
    rng = np.random.default_rng(1)
    maps, weights, valid = rng.random((4, 12, 10)), rng.random((12, 10)), np.ones((12, 10), dtype=bool)
    metrics = own("NoIntervals") | shipped_metrics(["recall", "ncc"])
    assert metrics["mine"].needs == Needs(replicates=False)
    spread = spread_scores(maps, valid, weights[None], metrics)[:, 0]
    assert np.isnan(spread[:, 0]).all()
    assert np.isfinite(spread[:, 1:]).all()


def test_a_metric_that_fails_later_is_undefined_and_leaves_the_others_alone(capsys):
    rng = np.random.default_rng(2)
    metrics = own("FailsOnLargeMaps") | shipped_metrics(["iou"])
    scores = score_map(rng.random((12, 10)), None, rng.random((12, 10)), metrics)
    assert np.isnan(scores["mine"].value)
    assert "metrics.mine failed: ValueError: too large (" in scores["mine"].reason
    assert np.isfinite(scores["iou"].value)
    assert "its scores are undefined" in capsys.readouterr().err


def test_descriptions_survive_the_way_to_a_file():
    described = describe(shipped_metrics() | own("Coverage"))
    assert read_descriptions(plain_descriptions(described)) == described
    assert plain_descriptions(described)["kl_divergence"]["bounds"] == [0.0, None]
    with pytest.raises(UserError, match="analyse the study again"):
        read_descriptions({"iou": {"title": "IoU"}})


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("OutOfBounds", "metrics.mine: `score` gives .*, outside its bounds"),
        ("WrongShape", r"shape \(\) for maps \(3, 4, 5\)"),
        ("GivesWords", "it has to give numbers"),
        ("LacksDirection", "`higher_is_better` has to be True or False"),
        ("Nothing", "`compares` has to be 'sets'"),
        ("ComparesAList", "`compares` has to be 'sets'"),
        ("BoundsInWords", "`bounds` has to be"),
        ("SetsOfWeights", "`reference` has to be 'mask'"),
        ("NeedsMuch", "`needs` has to be a fer_xai.metrics.metric.Needs"),
        ("LacksScore", "has no method score"),
        ("FailsAtOnce", r"metrics.mine: own_parts.FailsAtOnce failed: KeyError: 'weights' \("),
    ],
)
def test_a_metric_that_is_none(target, words):
    with pytest.raises(UserError, match=words) as refusal:
        own(target)
    assert "\n" not in str(refusal.value)


def test_nothing_chosen_is_one_line():
    with pytest.raises(UserError, match=r"metrics=\[\]: choose at least one"):
        chosen_metrics({})
    with pytest.raises(UserError, match=r"metrics\.other: its attribute"):
        as_metric("other", Reference)
