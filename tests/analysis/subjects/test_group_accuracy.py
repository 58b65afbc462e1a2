"""Accuracy of groups of people: figures by hand, a planted difference, and no more errors than the level allows."""

import numpy as np
import pandas as pd
import pytest
from helpers.null_maps import at_most

from fer_xai.analysis.subjects.group_accuracy import accuracy_rows, studentised
from fer_xai.analysis.subjects.groupings import groupings


def predictions(rng: np.random.Generator, shares: list[float], images: list[int]) -> pd.DataFrame:
    """People who are recognised at their own rate, half of them of either sex, with unequal numbers of images."""
    rows = [
        (f"{person}_{number}", "d", f"p{person}", ("fear", "anger")[number % 2], rng.random() < share)
        for person, (share, n) in enumerate(zip(shares, images, strict=True))
        for number in range(n)
    ]
    frame = pd.DataFrame(rows, columns=["image", "dataset", "subject", "true", "right"])
    frame["predicted"] = frame["true"].where(frame["right"], "surprise")
    frame["sex"] = np.where(frame["subject"].str[1:].astype(int) < len(shares) // 2, "female", "male")
    return frame


def table(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(accuracy_rows(frame, groupings(frame)[0], {"network": "net"}))


def test_figures_by_hand() -> None:
    frame = predictions(np.random.default_rng(0), [1.0] * 10 + [0.5] * 10, [4] * 20)
    found = table(frame)
    assert found["expression"].isna().sum() == 3
    male = frame[frame["sex"].eq("male")]
    recall = male["right"].groupby(male["true"]).mean()
    own = found[found["against"].isna()].set_index(["level", "metric"])
    assert own.loc[("male", "recall")].set_index("expression").loc["fear", "value"] == pytest.approx(recall["fear"])
    assert own.loc[("male", "balanced accuracy"), "value"].item() == pytest.approx(recall.mean())
    assert own.loc[("female", "balanced accuracy"), "value"].item() == 1
    (row,) = found[found["against"].eq("male") & found["expression"].isna()].to_dict("records")
    assert row["value"] == pytest.approx(1 - recall.mean())
    assert row["low"] < row["value"] < row["high"]
    assert row["p"] <= 0.01
    assert (row["people"], row["images"]) == (20, 80)


def test_the_statistic_by_a_loop_over_labels() -> None:
    rng = np.random.default_rng(1)
    counts = rng.integers(1, 4, (8, 2)).astype(float)
    hits = np.minimum(rng.integers(0, 4, (8, 2)), counts)
    inside = rng.permuted(np.repeat([[True] * 3 + [False] * 5], 5, axis=0), axis=1)
    expected = []
    for chosen in inside:
        figures = []
        for group in (chosen, ~chosen):
            share = hits[group].sum(0) / counts[group].sum(0)
            residual = ((hits[group] - share * counts[group]) / counts[group].sum(0) / 2).sum(1)
            n = group.sum()
            figures.append((share.mean(), (residual**2).sum() * n / (n - 1)))
        (one, spread), (other, spread2) = figures
        expected.append((one - other) / np.sqrt(spread + spread2))
    np.testing.assert_allclose(studentised(inside, hits, counts), expected)


def test_groups_that_are_all_alike_or_all_different() -> None:
    alike = predictions(np.random.default_rng(0), [1.0] * 12, [2] * 12)
    found = table(alike)
    assert found.loc[found["against"].notna(), "p"].eq(1).all()
    apart = predictions(np.random.default_rng(0), [1.0] * 6 + [0.0] * 6, [2] * 12)
    found = table(apart)
    # Of 924 ways to draw six of twelve people, two are as far apart.
    np.testing.assert_allclose(found.loc[found["against"].notna(), "p"], 2 / 924)


def test_an_expression_that_one_group_lacks_is_not_tested() -> None:
    frame = predictions(np.random.default_rng(0), [0.5] * 12, [2] * 12)
    frame = frame[~(frame["sex"].eq("male") & frame["true"].eq("fear"))]
    found = table(frame)
    row = found[found["against"].notna() & found["expression"].eq("fear")].iloc[0]
    assert row["reason"] == "fewer than two people with such images in a group"
    assert np.isnan(row["value"])


def false_alarms(studies: int) -> float:
    """People differ, and of one sex some have many images; both sexes are recognised alike."""
    wrong = []
    for seed in range(studies):
        rng = np.random.default_rng(seed)
        shares = rng.choice([0.4, 0.8], 24)
        found = table(predictions(rng, list(shares), [2] * 12 + list(rng.integers(2, 10, 12))))
        wrong.append(found.loc[found["metric"].eq("balanced accuracy") & found["against"].notna(), "p"].iloc[0] <= 0.05)
    return float(np.mean(wrong))


def test_groups_of_unequal_size_and_spread_seldom_differ_by_mistake() -> None:
    assert false_alarms(100) <= at_most(0.05, 100)


@pytest.mark.slow
def test_groups_of_unequal_size_and_spread_seldom_differ_by_mistake_in_many_studies() -> None:
    rate = false_alarms(1000)
    assert 0.025 <= rate <= at_most(0.05, 1000), rate
