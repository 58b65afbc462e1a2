"""Noise ceilings: observers whose agreement is known by arithmetic, and how often intervals hold the truth."""

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter

from fer_xai.face.observers.maps import ObserverMaps, ObserversReference
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.scoring.ceilings import COLUMNS, KINDS, NO_FORMULA, NOT_RELIABLE, reference_ceilings
from fer_xai.scoring.observer_halves import half_means, left_out, random_halves
from fer_xai.scoring.reliability import jackknife_interval, spearman_brown

SHAPE = (40, 32)
COMPARING = ["ncc", "spearman", "auc", "nss", "kl_divergence", "sim", "area_matched_iou"]


def observers(maps: np.ndarray, sizes: tuple[int, ...] | None = None, unit: str = "observer") -> ObserverMaps:
    names = tuple(f"p{number}" for number in range(len(maps)))
    return ObserverMaps(names, maps.astype(np.float32), sizes or (1,) * len(maps), unit)


def ceilings(maps: dict[str, ObserverMaps], metrics: tuple[str, ...] = ("ncc",)) -> pd.DataFrame:
    reference = ObserversReference("people", maps, frame=SHAPE)
    frame = reference_ceilings(reference, shipped_metrics(metrics))
    assert tuple(frame.columns) == COLUMNS
    return frame.set_index(["metric", "expression", "kind"])


def smooth(rng: np.random.Generator, n: int) -> np.ndarray:
    fields = gaussian_filter(rng.normal(size=(n, *SHAPE)), (0, 3, 3))
    return fields / fields.std((1, 2), keepdims=True)


def test_observers_who_all_used_the_same_tile_have_a_ceiling_of_one() -> None:
    tile = np.zeros(SHAPE)
    tile[8:16, 10:20] = 1
    found = ceilings({"anger": observers(np.stack([tile] * 6))}, tuple(COMPARING))
    for metric in ("ncc", "spearman"):
        for kind in KINDS:
            row = found.loc[(metric, "anger", kind)]
            np.testing.assert_allclose(row[["value", "low", "high"]].astype(float), 1, atol=1e-6)
            assert (row["n"], row["reason"]) == (6, "")
    for metric in ("auc", "sim", "area_matched_iou"):
        for kind in ("split_half", "leave_one_out"):
            assert found.loc[(metric, "anger", kind), "value"] == pytest.approx(1, abs=0.02)
    assert found.loc[("kl_divergence", "anger", "split_half"), "value"] == pytest.approx(0, abs=1e-6)


def test_observers_at_random_have_a_reliability_whose_interval_holds_0() -> None:
    rng = np.random.default_rng(3)
    for n in (3, 8, 30):
        found = ceilings({"fear": observers(smooth(rng, n)), "anger": observers(smooth(rng, n))}, ("ncc", "spearman"))
        for metric in ("ncc", "spearman"):
            rows = found.xs((metric, "reliability"), level=("metric", "kind"))
            assert ((rows["low"] < 0) & (rows["high"] > 0)).all()
        undefined = found[found["reason"] == NOT_RELIABLE]
        assert undefined["value"].isna().all()
        assert set(undefined.index.get_level_values("kind")) <= {"ceiling"}


@pytest.mark.parametrize("sizes", [(1,) * 9, (3, 5, 2, 7, 4, 9, 1, 6)])
def test_signal_and_noise_give_the_reliability_of_the_formula(sizes: tuple[int, ...]) -> None:
    """Of n observers: R = S / (S + N / n), from groups as from single people."""
    rng = np.random.default_rng(0)
    signal, noise = smooth(rng, 1)[0], 3.0
    maps = np.stack([signal + rng.normal(size=(size, *SHAPE), scale=noise).mean(0) for size in sizes])
    n = sum(sizes)
    found = ceilings({"anger": observers(maps, sizes, "group")})
    expected = 1 / (1 + noise**2 / n)
    row = found.loc[("ncc", "anger", "reliability")]
    assert row["value"] == pytest.approx(expected, abs=0.06)
    assert row["n"] == n
    assert found.loc[("ncc", "anger", "ceiling"), "value"] == pytest.approx(row["value"] ** 0.5)


def test_spearman_brown_is_exact_for_halves_of_any_size() -> None:
    share = np.array([0.5, 0.3, 0.1])
    noise = 0.4
    r = 1 / np.sqrt((1 + noise / share) * (1 + noise / (1 - share)))
    np.testing.assert_allclose(spearman_brown(r, share), 1 / (1 + noise))
    np.testing.assert_allclose(spearman_brown(r[0]), 2 * r[0] / (1 + r[0]))
    assert spearman_brown(0.0) == 0


def test_halves_are_halves() -> None:
    assert len(random_halves(10)) == 100
    assert (random_halves(11).sum(axis=1) == 5).all()
    few = random_halves(6)
    assert len(few) == 10
    assert len({frozenset([tuple(row), tuple(~row)]) for row in few}) == 10


def test_ways_that_leave_nobody_in_a_half_are_passed_over() -> None:
    maps = np.arange(12.0).reshape(4, 3)
    maps[2, 0] = np.nan
    halves = half_means(maps, (2, 1, 1, 0), np.array([[True, True, False, False], [False, False, False, True]]))
    np.testing.assert_allclose(halves.first, [[2, 3]])
    np.testing.assert_allclose(halves.second, [[7, 8]])
    np.testing.assert_allclose(halves.shares, [0.75])


def test_parts_hold_everybody_once() -> None:
    names = [f"p{number}" for number in range(47)]
    parts = left_out(names)
    assert len(parts) == 20
    assert sorted(name for part in parts for name in part) == sorted(names)
    assert [len(part) for part in left_out(names[:3])] == [1, 1, 1]


def test_the_jackknife_s_interval_is_that_of_a_mean() -> None:
    """Of a mean it is Student's interval."""
    values = np.random.default_rng(1).normal(size=12)
    without = (values.sum() - values) / 11
    low, high = jackknife_interval(float(values.mean()), without)
    margin = 2.200985 * values.std(ddof=1) / np.sqrt(12)
    np.testing.assert_allclose([low, high], [values.mean() - margin, values.mean() + margin], rtol=1e-6)
    assert np.isnan(jackknife_interval(0.5, [0.4, 0.6])).all()


def test_one_observer_has_no_ceiling_and_says_so() -> None:
    rng = np.random.default_rng(2)
    found = ceilings({"anger": observers(smooth(rng, 1)), "fear": observers(smooth(rng, 5))}, ("ncc", "nss"))
    assert set(found.xs("anger", level="expression")["reason"]) == {
        "one observer only: nobody to agree with",
        "one observer only for anger: nobody to agree with",
        NO_FORMULA,
    }
    assert found.xs("anger", level="expression")["value"].isna().all()
    assert np.isfinite(found.loc[("ncc", "fear", "split_half"), "value"])


def test_pixels_that_few_observers_know_are_no_hindrance() -> None:
    rng = np.random.default_rng(4)
    maps = smooth(rng, 1) + 0.5 * smooth(rng, 8)
    whole = ceilings({"anger": observers(maps)}).loc[("ncc", "anger", "reliability"), "value"]
    maps[0, :10] = np.nan
    maps[1] = np.nan
    part = ceilings({"anger": observers(maps)}).loc[("ncc", "anger", "reliability")]
    assert part["value"] == pytest.approx(whole, abs=0.05)
    assert part["n"] == 7


@pytest.mark.slow
@pytest.mark.parametrize(("n", "strength"), [(6, 0.7), (10, 0.5), (20, 0.3), (40, 0.3)])
def test_intervals_hold_the_true_reliability(n: int, strength: float) -> None:
    """Over new observers of the same kind; 95 % intervals should hold it in about 95 of 100 experiments, not fewer."""
    rng = np.random.default_rng(n)
    signal = smooth(rng, 1)[0]

    def experiment() -> np.ndarray:
        return strength * signal + smooth(rng, n)

    means = [(experiment().mean(0), experiment().mean(0)) for _ in range(500)]
    # Two experiments correlate as the reliability says.
    truth = float(np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in means]))
    rows = [ceilings({"anger": observers(experiment())}).loc[("ncc", "anger", "reliability")] for _ in range(150)]
    held = np.mean([row["low"] <= truth <= row["high"] for row in rows])
    assert 0.90 <= held <= 1
    assert np.mean([row["value"] for row in rows]) == pytest.approx(truth, abs=0.03)
