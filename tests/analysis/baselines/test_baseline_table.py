"""Verdicts over the tables of several explainers and references: each kind of test is one family."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from fer_xai.analysis.baselines.baseline_scores import Baselines
from fer_xai.analysis.baselines.baseline_table import COLUMNS, baseline_table, with_verdicts
from fer_xai.metrics.chosen import shipped_metrics


def _table(explainer: str, rows: list[tuple[object, ...]]) -> pd.DataFrame:
    """Rows: metric, network, expression, baseline, p, p_same."""
    names = ["metric", "network", "expression", "baseline", "p", "p_same"]
    frame = pd.DataFrame(rows, columns=names).assign(explainer=explainer, difference=0.1, higher=True, beats="unclear")
    frame["pretrained"] = frame["network"].map(lambda name: None if name == "mean" else "none")
    return frame.reindex(columns=[*COLUMNS, "difference", "higher"])


def test_families_span_explainers_references_and_measures() -> None:
    tables = [
        _table(
            "gradcam",
            [
                ("ncc", "net", None, "full frame", 0.02, 0.3),
                ("ncc", "mean", None, "other masks", 0.04, 0.01),
                ("ncc", "net", None, "pairings", 0.01, np.nan),
                ("iou", "net", None, "pairings", 0.04, np.nan),
                ("ncc", "net", "fear", "all shifts", 0.02, np.nan),
                ("ncc", "net", None, "all shifts", 0.03, np.nan),
            ],
        ),
        _table(
            "lime", [("ncc", "net", None, "pairings", 0.9, np.nan), ("ncc", "mean", None, "pairings", 0.03, np.nan)]
        ),
    ]
    table = with_verdicts(tables)
    q = table["q"].tolist()
    # The t tests together; pairings of networks by every measure and explainer; cells, networks and the mean apart.
    np.testing.assert_allclose(q[:2], false_discovery_control([0.02, 0.04]))
    np.testing.assert_allclose([q[2], q[3], q[6]], false_discovery_control([0.01, 0.04, 0.9]))
    assert [q[4], q[5], q[7]] == [0.02, 0.03, 0.03]
    np.testing.assert_allclose(table["q_same"][:2], false_discovery_control([0.3, 0.01]))
    assert table["beats"].tolist() == ["yes", "yes", "yes", "no", "yes", "yes", "no", "yes"]


def test_what_is_within_the_margin_and_not_told_apart_is_the_same() -> None:
    table = with_verdicts([_table("gradcam", [("ncc", "net", None, "full frame", 0.2, 0.01)])])
    assert table["beats"].tolist() == ["same"]


def test_baselines_are_over_the_cells_that_a_network_has() -> None:
    """A network without a map of the first expression is held against the baselines of the others, not of all."""
    fixed = np.array([[[0.1, 0.5, 0.9], [0.1, 0.5, 0.9]]])
    masks = np.full((1, 2, 3, 3), 0.2)
    masks[0, :, range(3), range(3)] = 0.6
    masks[0, 1, 0] = np.nan
    baselines = Baselines(shipped_metrics(["ncc"]), {"centred Gaussian": fixed}, masks, np.arange(3), {})
    words = ("anger", "disgust", "fear")
    key = {"fold": None, "seed": None, "explainer": "gradcam", "reference": "masks", "metric": "ncc"}
    rows = [
        key | {"network": network, "pretrained": pretrained, "expression": expression, "value": 0.6}
        for network, pretrained in (("whole", "none"), ("part", "none"), ("mean", None))
        for expression in (*words, None)
    ]
    scores = [row | {"low": np.nan, "high": np.nan} for row in rows]
    groups = [{"network": name, "pretrained": "none"} for name in ("whole", "part")]
    table = baseline_table(scores, baselines, groups)
    means = table[table["expression"].isna() & table["baseline"].eq("centred Gaussian")].set_index("network")["value"]
    assert means["whole"] == pytest.approx((0.1 + 0.5 + 0.9) / 3)
    assert means["part"] == pytest.approx((0.5 + 0.9) / 2)
    assert means["mean"] == pytest.approx((0.1 + 0.5 + 0.9 + 0.5 + 0.9) / 5)
    others = table[table["expression"].isna() & table["baseline"].eq("other masks")]["value"]
    assert others.to_numpy() == pytest.approx(0.2)
