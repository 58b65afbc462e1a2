"""Means over runs of figures of global maps: intervals against t tests, and what single runs give."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp

from fer_xai.scoring.explainer_test_rows import RUN_COLUMNS
from fer_xai.scoring.intervals import PEOPLE, PEOPLE_AND_TRAININGS
from fer_xai.scoring.means_over_runs import means_over_runs


def _runs(values: dict[str, list[float]], seeds: list[int] | None = None, n: list[int] | None = None) -> pd.DataFrame:
    """A row per run, each a fold or one of the seeds; every run has an interval of 0.1 on each side."""
    rows = [
        (
            *("a", "randomisation", "area", np.nan, "all", "", value, value - 0.1, value + 0.1),
            *(n[place] if n else 10, network, "none", None if seeds else place, seeds[place] if seeds else 0),
        )
        for network, of_runs in values.items()
        for place, value in enumerate(of_runs)
    ]
    return pd.DataFrame(rows, columns=[*RUN_COLUMNS, "network", "pretrained", "fold", "seed"])


@pytest.mark.parametrize("seeds", [None, [3, 4, 5, 6]])
def test_interval_over_runs_is_that_of_a_t_test(seeds: list[int] | None) -> None:
    values = [0.2, 0.5, 0.4, 0.9]
    row = means_over_runs(_runs({"net": values}, seeds)).set_index("network").loc["net"]
    expected = ttest_1samp(values, 0).confidence_interval()
    assert row[["value", "low", "high"]].tolist() == pytest.approx([0.5, expected.low, expected.high])
    assert (row["holds"], row["n"]) == (PEOPLE_AND_TRAININGS, 40)


def test_mean_over_networks_is_that_of_paired_runs() -> None:
    """What runs of one fold have in common does not cancel out."""
    one, other = np.array([0.2, 0.5, 0.4]), np.array([0.3, 0.7, 0.5])
    table = means_over_runs(_runs({"net": one.tolist(), "other": other.tolist()})).set_index("network")
    expected = ttest_1samp((one + other) / 2, 0).confidence_interval()
    assert table.loc["", ["low", "high"]].tolist() == pytest.approx([expected.low, expected.high])


def test_runs_count_by_their_images() -> None:
    row = means_over_runs(_runs({"net": [0.2, 0.8]}, n=[2, 4])).iloc[0]
    assert row["value"] == pytest.approx(0.6)
    # Without the one, then without the other: 0.8 and 0.2; (n - 1) times their variance.
    assert row["high"] - row["value"] == pytest.approx(12.7062 * 0.3, rel=1e-4)


def test_a_single_run_keeps_its_own_interval_and_a_mean_of_several_has_none() -> None:
    table = means_over_runs(_runs({"net": [0.4], "other": [0.6]})).set_index("network")
    assert table.loc["net", ["low", "high", "holds"]].tolist() == [pytest.approx(0.3), pytest.approx(0.5), PEOPLE]
    assert table.loc["", "value"] == 0.5
    assert table.loc["", ["low", "high"]].isna().all()
    assert table.loc["", "holds"] == ""
    alone = means_over_runs(_runs({"net": [0.4]})).set_index("network")
    assert alone.loc["", ["low", "high"]].tolist() == alone.loc["net", ["low", "high"]].tolist()


def test_folds_and_seeds_are_both_counted() -> None:
    frame = pd.concat(
        [_runs({"net": [0.2, 0.5, 0.4]}).assign(seed=seed, value=lambda f, s=seed: f["value"] + s) for seed in (0, 1)]
    )
    row = means_over_runs(frame).iloc[0]
    # Purely additive: folds vary by their own, seeds by theirs, and what single runs share is in both.
    folds, seeds = np.array([0.2, 0.5, 0.4]), np.array([0.0, 1.0])
    cells = (folds[:, None] + seeds).ravel()
    without = (cells.sum() - cells) / 5
    of_folds, of_seeds = folds.var(ddof=1) / 3, seeds.var(ddof=1) / 2
    # Where there is nothing but the two, taking off what both hold would leave less than one of them.
    variance = max(of_seeds, of_folds + of_seeds - 5 * without.var())
    assert row["high"] - row["value"] == pytest.approx(12.7062 * np.sqrt(variance), rel=1e-4)
