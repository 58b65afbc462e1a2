"""Means over images with intervals over people."""

import numpy as np
import pandas as pd
import pytest

from fer_xai.metrics.bootstrap import poisson_weights
from fer_xai.scoring.means_over_people import means_over_people


def images(rows):
    return pd.DataFrame(rows, columns=["measure", "step", "expression", "group", "value"])


def test_means_and_counts_by_expression_and_over_expressions():
    frame = images(
        [
            ("a", np.nan, "fear", 1, 1.0),
            ("a", np.nan, "fear", 2, 2.0),
            ("a", np.nan, "fear", 2, np.nan),
            ("a", np.nan, "anger", 1, 5.0),
            ("a", 0.5, "anger", 1, 7.0),
        ]
    )
    rows = means_over_people(frame, ["measure", "step"], ["anger", "fear"]).rows()
    told = {(r["measure"], str(r["step"]), r["expression"]): (r["value"], r["n"]) for r in rows.to_dict("records")}
    assert told["a", "nan", "fear"] == (1.5, 2)
    assert told["a", "nan", "anger"] == (5.0, 1)
    # The mean over the expressions, not over the images.
    assert told["a", "nan", ""] == (3.25, 3)
    assert told["a", "0.5", ""] == (7.0, 1)
    assert np.isnan(told["a", "0.5", "fear"][0])


def test_replicates_draw_people_with_all_of_their_images():
    frame = images([("a", np.nan, "fear", g, v) for g, v in ((11, 1.0), (11, 3.0), (12, 10.0))])
    means = means_over_people(frame, ["measure", "step"], ["fear"], replicates=50)
    w11, w12 = (poisson_weights(0, g, 50).astype(float) for g in (11, 12))
    with np.errstate(invalid="ignore"):
        expected = (4 * w11 + 10 * w12) / (2 * w11 + w12)
    np.testing.assert_allclose(means.replicates[:, 0, 0], expected)


def test_interval_of_the_mean_of_many_is_that_of_the_normal_distribution():
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1, 400)
    frame = images([("a", np.nan, "fear", int(g), v) for g, v in enumerate(values)])
    row = means_over_people(frame, ["measure", "step"], ["fear"], replicates=1000).rows().iloc[0]
    assert row["high"] - row["low"] == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)
    assert row["low"] < row["value"] < row["high"]
