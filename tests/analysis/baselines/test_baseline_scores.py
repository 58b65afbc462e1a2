import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from fer_xai.analysis.baselines.baseline_scores import controlled
from fer_xai.analysis.words.verdicts import beats, brief, verdict
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.scores import score_map
from fer_xai.scoring.many_scores import against_references, spread_scores

METRICS = shipped_metrics()


def test_many_references_at_once_equal_one_by_one() -> None:
    rng = np.random.default_rng(0)
    maps, valid = rng.random((3, 12, 9)).round(1), rng.random((12, 9)) < 0.8
    weights = (rng.random((4, 12, 9)) * 2).clip(0, 1).astype(np.float32)
    found = against_references(maps, valid, weights, METRICS)
    assert found.shape == (len(METRICS), 3, 4)
    for n, m in np.ndindex(3, 4):
        single = score_map(maps[n], valid, weights[m], METRICS)
        np.testing.assert_allclose(found[:, n, m], [single[name].value for name in METRICS], atol=1e-12)
    assert np.isnan(against_references(maps, np.zeros_like(valid), weights, METRICS)).all()


def test_replicates_are_scored_as_maps() -> None:
    rng = np.random.default_rng(1)
    maps, valid = rng.random((5, 12, 10)), np.ones((12, 10), dtype=bool)
    maps[:, 0, 0] = np.nan
    weights = (rng.random((12, 10)) < 0.4).astype(np.float32)
    found = spread_scores(maps, valid, weights[None], shipped_metrics(["ncc", "iou"]))[:, 0]
    valid[0, 0] = False
    expected = [score_map(np.nan_to_num(item), valid, weights, METRICS)["iou"].value for item in maps]
    np.testing.assert_allclose(found[:, 1], expected)
    assert np.isfinite(found[:, 0]).all()


def test_false_discovery_control_by_hand() -> None:
    q = controlled(pd.Series([0.01, 0.04, 0.03, np.nan]))
    np.testing.assert_allclose(q[:3], [0.03, 0.04, 0.04])
    assert np.isnan(q[3])
    p = np.random.default_rng(2).random(50).round(1)
    np.testing.assert_allclose(controlled(pd.Series(p)), false_discovery_control(p))
    assert np.isnan(controlled(pd.Series([np.nan, np.nan]))).all()


@pytest.mark.parametrize(
    ("value", "low", "high", "baseline", "higher", "answer"),
    [
        (0.5, np.nan, np.nan, 0.4, True, "yes"),
        (0.5, np.nan, np.nan, 0.4, False, "no"),
        (0.3, np.nan, np.nan, 0.4, True, "no"),
        (0.4, np.nan, np.nan, 0.4, True, "no"),
        (0.4, np.nan, np.nan, 0.4, False, "no"),
        (0.5, 0.39, 0.6, 0.4, True, "unclear"),
        (0.5, 0.41, 0.6, 0.4, True, "yes"),
        (np.nan, np.nan, np.nan, 0.4, True, "undefined"),
        (0.5, np.nan, np.nan, np.nan, True, "undefined"),
    ],
)
def test_beats(value: float, low: float, high: float, baseline: float, higher: bool, answer: str) -> None:
    assert beats(value, low, high, baseline, higher) == answer


def test_verdict_in_words() -> None:
    nothing = np.nan
    rows = pd.DataFrame(
        [
            ("full frame", 0.257, "yes", nothing, nothing, nothing),
            ("centred Gaussian", 0.408, "no", nothing, nothing, nothing),
            ("other masks", 0.262, "unclear", nothing, nothing, nothing),
            ("random shifts", 0.16, "no", 18, 199, 0.095),
            ("pairings", 0.26, "no", 283, 720, 0.393),
        ],
        columns=["baseline", "value", "beats", "as_good", "of", "p"],
    ).assign(score=0.2689)
    told = rows.to_dict("records")
    assert verdict(told) == (
        "beats the full frame (0.26); loses to a centred Gaussian (0.41); is not told apart from the other "
        "expressions' masks (0.26) and random shifts (0.16); 283 of the 720 pairings are at least as good (p = 0.393)"
    )
    assert "worse than centred Gaussian 0.41" in brief(told)
    assert "full frame 0.257" in brief([row | {"score": 0.2601} for row in told]), "as many digits as tell them apart"
    assert "full frame 0.2570" in brief([row | {"score": 0.257} for row in told])
    assert verdict([row | {"beats": "undefined"} for row in told]) == "is undefined"
