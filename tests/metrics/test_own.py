"""A metric of a user's own: known while it is wanted, and held against what all of them are."""

import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import own_parts

from fer_xai.analysis.words.tables import metric_title
from fer_xai.errors import UserError
from fer_xai.metrics.own import own_metrics
from fer_xai.metrics.registry import METRICS
from fer_xai.metrics.scores import score_map, score_maps
from fer_xai.scoring.many_scores import against_references


@pytest.fixture(autouse=True)
def beside(monkeypatch):
    """Own modules lie beside the user."""
    monkeypatch.syspath_prepend(str(Path(own_parts.__file__).parent))
    yield
    sys.modules.pop("own_parts", None)


def test_an_own_metric_is_scored_as_its_shipped_equal():
    rng = np.random.default_rng(0)
    maps, weights, valid = rng.random((5, 12, 10)), rng.random((3, 12, 10)), rng.random((12, 10)) > 0.2
    with own_metrics({"coverage": {"_target_": "own_parts.Coverage"}}):
        assert metric_title("coverage") == "Coverage of the mask"
        found = score_maps(maps, valid, weights[0], ["coverage", "recall"])
        assert np.allclose(found["coverage"], found["recall"])
        own, recall = against_references(maps, valid, weights, ["coverage", "recall"])
        assert np.allclose(own, recall)
        assert score_map(0 * maps[0], None, weights[0], ["coverage"])["coverage"].reason == "constant map"
    assert "coverage" not in METRICS


@pytest.mark.parametrize(
    ("name", "target", "words"),
    [
        ("iou", "Coverage", "there is a metric of this name"),
        ("mine", "OutOfBounds", "outside its bounds"),
        ("mine", "WrongShape", "it has to give"),
        ("mine", "LacksDirection", "higher_is_better"),
        ("mine", "Nothing", "compares"),
    ],
)
def test_a_metric_that_is_none(name, target, words):
    with pytest.raises(UserError, match=words), own_metrics({name: {"_target_": f"own_parts.{target}"}}):
        pass
