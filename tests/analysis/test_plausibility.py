"""Likeness to people beside faithfulness, on tables whose correlations are arithmetic."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from fer_xai.analysis.plausibility import ALL, WITHIN, plausibility_points, plausibility_table
from fer_xai.trust.measures import Curve, Description, Measure

TESTS = {
    "erase": Description(
        "Erase",
        "A test.",
        (
            Measure("area", "area", higher_is_better=False, faithful=True),
            Measure("kept", "kept", higher_is_better=True),
            Measure("curve", "curve", True, Curve("share", "value")),
        ),
    )
}


def points_of(score, faithfulness, metric="iou"):
    """Points of two tables (networks, explainers), NaN where there is none."""
    rows = [
        (f"n{i}", "none", f"e{j}", "people", metric, score[i, j], "erase", "area", faithfulness[i, j], f"n{i}")
        for i, j in np.ndindex(score.shape)
        if np.isfinite(score[i, j])
    ]
    names = ["network", "pretrained", "explainer", "reference", "metric", "score", "test", "measure", "faithfulness"]
    return pd.DataFrame(rows, columns=[*names, "label"])


def told(score, faithfulness, answering=None, up=None):
    names = [f"e{j}" for j in range(score.shape[1])] if answering is None else answering
    table = plausibility_table(points_of(score, faithfulness), names, up or {"iou": True}, TESTS)
    return table.set_index("over").to_dict("index")


def drawn(seed, shape, scatter=1.0):
    """Effects of networks, of explainers and of both together: exchangeable row by row and column by column."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(shape[0], 1)) + rng.normal(size=(1, shape[1])) + scatter * rng.normal(size=shape)


def test_correlations_are_scipys_turned_so_that_up_is_faithful():
    score, area = drawn(0, (3, 5)), drawn(1, (3, 5))
    found = told(score, area)
    # A small area of deletion is the faithful one.
    assert found[ALL]["r"] == pytest.approx(spearmanr(score.ravel(), -area.ravel()).statistic)
    by_network = [spearmanr(a, -b).statistic for a, b in zip(score, area, strict=True)]
    assert found[WITHIN]["r"] == pytest.approx(np.mean(by_network))
    distance = told(score, area, up={"iou": False})
    assert distance[ALL]["r"] == pytest.approx(-found[ALL]["r"])
    assert distance[ALL]["p"] == found[ALL]["p"]


def test_p_counts_all_orders_of_networks_and_of_explainers():
    score, area = drawn(2, (2, 4)), drawn(3, (2, 4))
    found = told(score, area)
    observed = abs(spearmanr(score.ravel(), area.ravel()).statistic)
    orders = list(itertools.product(itertools.permutations(range(2)), itertools.permutations(range(4))))
    as_large = [
        abs(spearmanr(score.ravel(), area[np.ix_(*order)].ravel()).statistic) >= observed - 1e-9 for order in orders
    ]
    assert (found[ALL]["permutations"], found[ALL]["exact"]) == (48, True)
    assert found[ALL]["p"] == pytest.approx(np.mean(as_large))
    # Within networks, explainers alone change places, the same in both.
    assert found[WITHIN]["permutations"] == 24
    means = [
        np.mean([spearmanr(a, b[list(order)]).statistic for a, b in zip(score, area, strict=True)])
        for order in itertools.permutations(range(4))
    ]
    assert found[WITHIN]["p"] == pytest.approx(np.mean(np.abs(means) >= abs(found[WITHIN]["r"]) - 1e-9))


def test_networks_of_different_levels_do_not_make_a_correlation_within():
    """Between networks both rise together, within each they fall: Simpson's paradox."""
    within = np.arange(5.0)
    level = 100 * np.arange(4.0)[:, None]
    found = told(level + within, -(level - within))
    assert found[ALL]["r"] > 0.8
    assert found[WITHIN]["r"] == pytest.approx(-1)


def test_the_test_holds_its_level_where_points_are_not_independent():
    """Pairs of tables that have nothing to do with each other: each point for itself would be far too sure."""
    shape, trials = (4, 4), 60
    pairs = [(drawn(2 * seed, shape, 0.3), drawn(2 * seed + 1, shape, 0.3)) for seed in range(trials)]
    points = pd.concat([points_of(*pair).assign(reference=f"r{n}") for n, pair in enumerate(pairs)])
    table = plausibility_table(points, [f"e{j}" for j in range(4)], {"iou": True}, TESTS)
    for _, part in table.groupby("over"):
        assert len(part) == trials
        assert (part["p"] <= 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / trials)
        assert (part["p"] <= 0.5).mean() == pytest.approx(0.5, abs=0.2)
    naive = [spearmanr(score.ravel(), area.ravel()).pvalue for score, area in pairs]
    assert np.mean(np.array(naive) <= 0.05) > 0.15


def test_interval_is_the_jackknifes_over_networks_and_explainers():
    score, area = drawn(4, (3, 5)), drawn(5, (3, 5))

    def rho(rows, columns):
        return spearmanr(score[np.ix_(rows, columns)].ravel(), -area[np.ix_(rows, columns)].ravel()).statistic

    networks = [rho([n for n in range(3) if n != i], range(5)) for i in range(3)]
    explainers = [rho(range(3), [n for n in range(5) if n != i]) for i in range(5)]
    variance = 2 * np.var(networks) + 4 * np.var(explainers)
    found = told(score, area)[ALL]
    middle = rho(range(3), range(5))
    assert found["holds"] == "networks and explainers"
    # Between the quantiles of 1 and of very many degrees of freedom, and cut at -1 and 1.
    assert found["low"] <= max(-1, middle - 1.96 * np.sqrt(variance)) + 1e-12
    assert found["high"] >= min(1, middle + 1.96 * np.sqrt(variance)) - 1e-12
    assert -1 <= found["low"] < middle < found["high"] <= 1


def test_explainers_that_not_all_networks_have_and_blind_ones_take_no_part():
    score, area = drawn(6, (3, 5)), drawn(7, (3, 5))
    full = told(score[:, :4], area[:, :4])
    score[1, 4] = np.nan
    found = told(score, area)
    assert found[ALL]["explainers"] == 4
    assert found[ALL]["r"] == pytest.approx(full[ALL]["r"])
    assert told(score, area, answering=["e0", "e1", "e2", "e3"]) == full


def test_what_cannot_be_tested_says_why():
    score, area = drawn(8, (3, 5)), drawn(9, (3, 5))
    assert told(score[:, :2], area[:, :2])[ALL]["reason"] == "fewer than 3 explainers that all networks have"
    assert told(np.ones((3, 5)), area)[ALL]["reason"] == "all figures are the same"
    alone = told(score[:1], area[:1])
    assert set(alone) == {WITHIN}
    assert alone[WITHIN]["permutations"] == 120
    assert alone[WITHIN]["reason"] == "no interval: one network"
    assert np.isnan(alone[WITHIN]["low"])


def test_many_orders_are_drawn_and_q_is_over_the_measures():
    score = drawn(10, (8, 6))
    points = pd.concat([points_of(score, -score), points_of(score, drawn(11, (8, 6))).assign(measure="kept")])
    table = plausibility_table(points, [f"e{j}" for j in range(6)], {"iou": True}, TESTS).set_index(["measure", "over"])
    sure = table.loc[("area", ALL)]
    assert (sure["permutations"], sure["exact"], sure["p"]) == (9999, False, pytest.approx(1 / 10_000))
    assert sure["q"] == pytest.approx(2 / 10_000)
    assert table.loc[("kept", ALL), "q"] == pytest.approx(table.loc[("kept", ALL), "p"])


def test_points_are_means_over_expressions_of_whole_networks():
    scores = pd.DataFrame(
        [
            ("a", "e0", None, 0.5, True),
            ("a", "e0", "fear", 0.9, True),
            ("a", "e0", None, 0.7, False),
            ("a", "e1", None, np.nan, True),
            ("b", "e0", None, 0.1, True),
        ],
        columns=["network", "explainer", "expression", "value", "whole"],
    ).assign(label=lambda frame: frame["network"], pretrained="none", reference="people", metric="iou")
    trust = pd.DataFrame(
        [
            ("a", "e0", "area", np.nan, "all", "", 0.3),
            ("a", "e0", "area", np.nan, "right", "", 0.8),
            ("a", "e0", "area", np.nan, "all", "fear", 0.8),
            ("a", "e0", "curve", 0.5, "all", "", 0.8),
            ("a", "e0", "kept", np.nan, "all", "", 0.8),
            ("a", "e1", "area", np.nan, "all", "", 0.8),
            ("", "e0", "area", np.nan, "all", "", 0.8),
        ],
        columns=["network", "explainer", "measure", "step", "answers", "expression", "value"],
    ).assign(label=lambda frame: frame["network"], test="erase")
    points = plausibility_points(scores, trust, TESTS)
    assert points[["network", "explainer", "score", "measure", "faithfulness"]].to_numpy().tolist() == [
        ["a", "e0", 0.5, "area", 0.3]
    ]
    assert plausibility_points(scores, trust, {}).empty
    assert plausibility_table(points.iloc[:0], ["e0"], {"iou": True}, TESTS).empty
