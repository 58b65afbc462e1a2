"""Threshold-free measures against pysaliency and scikit-learn, then their edges."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, roc_auc_score

from fer_xai.metrics.chosen import shipped_metrics


def _pysaliency_metrics():
    """pysaliency's file of measures by itself: the package around it imports pkg_resources, which is gone."""
    package = importlib.util.find_spec("pysaliency")
    path = Path(package.origin).with_name("metrics.py")
    spec = importlib.util.spec_from_file_location("pysaliency_metrics", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pysaliency = _pysaliency_metrics()
METRICS = {name: metric.score for name, metric in shipped_metrics().items() if metric.compares == "values"}
auc, average_precision, area_matched_iou = (METRICS[name] for name in ("auc", "average_precision", "area_matched_iou"))
nss, ncc, sim, kl_divergence = (METRICS[name] for name in ("nss", "ncc", "sim", "kl_divergence"))
spearman = METRICS["spearman"]
pointing_game, energy = METRICS["pointing_game"], METRICS["energy"]


def made_up(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A map with ties and a mask, neither square."""
    rng = np.random.default_rng(seed)
    maps = np.round(rng.random((13, 9)) ** 2, 1 + seed % 3)
    return maps, rng.random((13, 9)) < 0.3


def nss_oracle(maps: np.ndarray, mask: np.ndarray) -> float:
    ys, xs = np.nonzero(mask)
    return pysaliency.NSS(maps, xs, ys).mean()


ORACLES = [
    (auc, lambda maps, mask: roc_auc_score(mask.ravel(), maps.ravel())),
    (average_precision, lambda maps, mask: average_precision_score(mask.ravel(), maps.ravel())),
    (nss, nss_oracle),
    (ncc, lambda maps, mask: pysaliency.CC(maps, mask.astype(float))),
    (sim, lambda maps, mask: pysaliency.SIM(maps, mask.astype(float))),
    (kl_divergence, lambda maps, mask: pysaliency.MIT_KLDiv(maps, mask.astype(float))),
    (spearman, lambda maps, mask: spearmanr(maps.ravel(), mask.ravel()).statistic),
]


IDS = ["auc", "average_precision", "nss", "ncc", "sim", "kl_divergence", "spearman"]


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize(("metric", "oracle"), ORACLES, ids=IDS)
def test_equals_the_field_s_libraries(metric, oracle) -> None:
    for seed in range(12):
        maps, mask = made_up(seed)
        expected = oracle(maps, mask)
        assert metric(maps, mask) == pytest.approx(expected, rel=1e-9, abs=1e-12)
        narrow = maps.astype(np.float32)
        assert metric(narrow, mask) == pytest.approx(oracle(narrow.astype(float), mask), rel=1e-6, abs=1e-7)


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize(("metric", "oracle"), ORACLES[3:], ids=IDS[3:])
def test_weighted_references_equal_pysaliency(metric, oracle) -> None:
    weights = np.random.default_rng(5).random((13, 9))
    for seed in range(5):
        maps, _ = made_up(seed)
        assert metric(maps, weights) == pytest.approx(oracle(maps, weights), rel=1e-9)
    assert oracle(maps, weights) != pytest.approx(oracle(weights, maps)) or metric is not kl_divergence


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_only_valid_pixels_take_part(metric) -> None:
    maps, mask = made_up(3)
    valid = np.random.default_rng(4).random(maps.shape) < 0.7
    expected = metric(maps[valid][None], mask[valid][None])
    assert metric(maps, mask, valid) == pytest.approx(expected, rel=1e-12)
    spoilt = np.where(valid, maps, np.nan)
    assert metric(spoilt, mask, valid) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_batches_give_what_single_maps_give(metric) -> None:
    maps = np.stack([made_up(seed)[0] for seed in range(6)]).reshape(2, 3, 13, 9)
    mask = made_up(9)[1]
    together = metric(maps, mask)
    assert together.shape == (2, 3)
    np.testing.assert_allclose(together, [[metric(one, mask) for one in row] for row in maps], rtol=1e-12)
    assert metric(maps[:0], mask).shape == (0, 3)


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_undefined_cases_are_nan(metric) -> None:
    maps, mask = made_up(0)
    assert np.isnan(metric(np.full_like(maps, 0.1), mask)), "constant map"
    assert np.isnan(metric(maps, np.zeros_like(mask))), "empty mask"
    assert np.isnan(metric(maps, mask, np.zeros_like(mask))), "no valid pixel"
    assert np.isnan(metric(np.where(mask, np.nan, maps), mask)), "map not finite"
    assert np.isnan(metric(np.where(mask, np.inf, maps), mask)), "map not finite"
    if metric in (auc, average_precision, area_matched_iou, pointing_game, ncc, spearman):
        assert np.isnan(metric(maps, np.ones_like(mask))), "nothing outside the mask"


def test_perfect_and_worst_maps() -> None:
    _, mask = made_up(2)
    perfect, worst = mask.astype(float), 1.0 - mask
    for metric in (auc, average_precision, area_matched_iou, ncc, sim, energy, pointing_game):
        assert metric(perfect, mask) == pytest.approx(1)
    assert kl_divergence(perfect, mask) == pytest.approx(0, abs=1e-9)
    assert auc(worst, mask) == area_matched_iou(worst, mask) == sim(worst, mask) == energy(worst, mask) == 0
    assert ncc(worst, mask) == pytest.approx(-1)
    assert spearman(worst, mask) == pytest.approx(-1)
    assert spearman(perfect, mask) == pytest.approx(1)
    assert pointing_game(worst, mask) == 0
    assert kl_divergence(worst, mask) > 30
    assert nss(worst, mask) < 0 < nss(perfect, mask)


def test_area_matched_iou_by_arithmetic() -> None:
    mask = np.array([[True, True, False, False, False]])
    assert area_matched_iou(np.array([[0.9, 0.1, 0.8, 0.0, 0.2]]), mask) == 1 / 3
    # One pixel above the cut, four equal ones for the one place left: a quarter of a hit is expected there.
    assert area_matched_iou(np.array([[0.5, 0.5, 0.9, 0.5, 0.5]]), mask) == pytest.approx(0.5 / (4 - 0.5))


def test_area_matched_iou_equals_the_largest_pixels() -> None:
    rng = np.random.default_rng(8)
    maps, mask = rng.random((20, 15)), rng.random((20, 15)) < 0.3
    chosen = np.zeros(300, dtype=bool)
    chosen[np.argsort(-maps.ravel())[: mask.sum()]] = True
    expected = (chosen & mask.ravel()).sum() / (chosen | mask.ravel()).sum()
    assert area_matched_iou(maps, mask) == pytest.approx(expected, abs=1e-12)


def test_pointing_game_shares_a_hit_between_equal_maxima() -> None:
    maps, mask = np.array([[1.0, 1.0, 0.0, 1.0]]), np.array([[True, False, True, False]])
    assert pointing_game(maps, mask) == pytest.approx(1 / 3)


def test_energy_and_nss_weigh_a_weighted_reference() -> None:
    maps, weights = np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[0.0, 0.5, 0.0, 1.0]])
    assert energy(maps, weights) == pytest.approx((1 + 4) / 10)
    assert nss(maps, weights) == pytest.approx(((2 * 0.5 + 4) / 1.5 - 2.5) / np.std([1, 2, 3, 4]))


def test_scale_of_a_map_does_not_matter() -> None:
    maps, mask = made_up(1)
    for metric in METRICS.values():
        assert metric(1e-6 * maps, mask) == pytest.approx(metric(maps, mask), rel=1e-6)


def test_ranks_are_those_among_the_valid_pixels() -> None:
    maps = np.array([[3.0, 1.0, 1.0, 9.0], [3.0, 9.0, 1.0, 2.0]])[:, None]
    valid = np.array([[True, True, True, False], [True, False, True, True]])[:, None]
    weights = np.array([[0.1, 0.3, 0.2, 0.4]])
    expected = [spearmanr(maps[i, valid[i]], weights[valid[i, 0][None]]).statistic for i in range(2)]
    np.testing.assert_allclose(spearman(maps, weights, valid), expected, rtol=1e-12)


def test_ranking_of_negative_numbers_and_signed_zeros() -> None:
    values = np.array([[-1.5, 0.0, -0.0, 2.0, -3.0, 1e-30, -1e-30]], dtype=np.float32)
    mask = np.array([[True, True, False, False, True, False, True]])
    assert auc(values, mask) == pytest.approx(roc_auc_score(mask[0], values[0]))
