import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from fer_xai.analysis.baselines.baseline_scores import controlled
from fer_xai.analysis.words.verdicts import ONE_TRAINING, beats, brief, reasons, verdict, why_unclear
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.map_scores import score_map
from fer_xai.scoring.intervals import PEOPLE, PEOPLE_AND_TRAININGS, Interval
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
    ("q", "q_same", "difference", "higher", "answer"),
    [
        (0.01, 0.5, 0.1, True, "yes"),
        (0.01, 0.5, 0.1, False, "no"),
        (0.01, 0.5, -0.1, True, "no"),
        (0.05, 0.5, -0.1, False, "yes"),
        (0.06, 0.5, 0.1, True, "unclear"),
        (0.06, 0.05, 0.1, True, "same"),
        # A difference that is shown is told even where it is small.
        (0.01, 0.01, 0.1, True, "yes"),
        (np.nan, np.nan, 0.1, True, "unclear"),
    ],
)
def test_beats(q: float, q_same: float, difference: float, higher: bool, answer: str) -> None:
    assert beats(q, q_same, difference, higher) == answer


def test_nothing_is_said_of_a_network_that_was_trained_once_or_has_no_interval() -> None:
    assert why_unclear(Interval(0.1, 0.2, holds=PEOPLE)) == ONE_TRAINING
    assert why_unclear(Interval(reason="no interval: too few people")) == "too few people"
    assert why_unclear(Interval(0.1, 0.2, holds=PEOPLE_AND_TRAININGS)) == ""


def _told() -> list[dict]:
    nothing = np.nan
    rows = pd.DataFrame(
        [
            ("full frame", 0.257, "yes", nothing, nothing, 0.01),
            ("centred Gaussian", 0.408, "no", nothing, nothing, 0.01),
            ("other masks", 0.262, "unclear", nothing, nothing, nothing),
            ("all shifts", 0.16, "no", 1800, 61600, 0.029),
            ("pairings", 0.26, "no", 283, 720, 0.393),
        ],
        columns=["baseline", "value", "beats", "as_good", "of", "p"],
    )
    return rows.assign(score=0.2689, reason="nobody knows", q=0.5, margin=0.02).to_dict("records")


def test_verdict_in_words() -> None:
    told = _told()
    assert verdict(told) == (
        "beats the full frame (0.26) by t tests; loses to a centred Gaussian (0.41) by t tests; is unclear against "
        "the other expressions' masks (0.26); 1800 of the 61600 shifts are at least as good (p = 0.029, q = 0.5); 283 "
        "of the 720 pairings are at least as good (p = 0.393, q = 0.5)"
    )
    assert "worse than centred Gaussian 0.41" in brief(told)
    assert "1800/61600 shifts as good" in brief(told)
    assert "full frame 0.257" in brief([row | {"score": 0.2601} for row in told]), "as many digits as tell them apart"
    assert "full frame 0.2570" in brief([row | {"score": 0.257} for row in told])
    assert verdict([row | {"beats": "undefined"} for row in told]) == "is undefined"
    assert reasons(told) == ["nobody knows"]
    same = [row | {"beats": "same"} for row in told[:1]]
    assert verdict(same) == "is as good as the full frame (0.26, within 0.02) by two one-sided t tests"
    tested = [row | {"p": 0.2} if row["beats"] == "unclear" else row for row in told]
    assert "is unclear against the other expressions' masks (0.26) by t tests;" in verdict(tested)
    assert brief(same) == "as good as full frame 0.257, within 0.02".replace("0.257", "0.26")


def test_without_a_test_baselines_stand_beside() -> None:
    told = [row | {"beats": ""} for row in _told()[:2]]
    assert verdict(told) == "stands beside the full frame (0.26) and a centred Gaussian (0.41)"
    assert brief(told) == "beside full frame 0.26, centred Gaussian 0.41"


@pytest.mark.parametrize("name", ["iou", "precision", "recall", "f1", "ncc"])
def test_all_shifts_at_once_equal_one_by_one(name: str) -> None:
    rng = np.random.default_rng(0)
    map_, valid = rng.random((7, 6)), rng.random((7, 6)) < 0.8
    reference = rng.random((7, 6))
    metric = METRICS[name]
    if metric.compares == "sets":
        map_, reference = map_ > 0.5, reference > 0.4
    found = metric.over_shifts(map_, reference, valid)
    for dy, dx in np.ndindex(7, 6):
        moved = np.roll(reference, (-dy, -dx), (0, 1))
        assert found[dy, dx] == pytest.approx(float(metric.score(map_, moved, valid)), abs=1e-9)
