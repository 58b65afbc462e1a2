import itertools

import numpy as np
import pandas as pd
import pytest

from fer_xai.analysis.effects.variance_components import (
    INTERACTION,
    drawn_intervals,
    jackknife_over_networks,
    shares,
    sums_of_squares,
)
from fer_xai.analysis.effects.variance_shares import map_shares, mixed_model, score_shares


def grid(**sizes: int) -> pd.DataFrame:
    frame = pd.DataFrame(list(itertools.product(*(range(size) for size in sizes.values()))), columns=list(sizes))
    return frame.astype(str)


def drawn(cells: pd.DataFrame, strengths: dict[str, float], seed: int, size: int = 1) -> np.ndarray:
    """Normal effects with these standard deviations, and residuals of 1."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((len(cells), size))
    for name, strength in strengths.items():
        level = cells.groupby(name.split(":")).ngroup().to_numpy()
        values += strength * rng.standard_normal((level.max() + 1, size))[level]
    return values


def test_the_closed_form_written_out() -> None:
    """Network x expression x fold, every mean square by loops over means."""
    cells = grid(network=4, expression=3, fold=2)
    y = drawn(cells, {"network": 2, "expression": 2, INTERACTION: 2, "fold": 1}, 0)[:, 0]
    cube = y.reshape(4, 3, 2)
    mean, n, e, f = cube.mean(), cube.mean((1, 2)), cube.mean((0, 2)), cube.mean((0, 1))
    cell = cube.mean(2)
    ms_n = 6 * ((n - mean) ** 2).sum() / 3
    ms_e = 8 * ((e - mean) ** 2).sum() / 2
    ms_ne = 2 * ((cell - n[:, None] - e + mean) ** 2).sum() / 6
    ms_f = 12 * ((f - mean) ** 2).sum() / 1
    ms_r = ((cube - cell[..., None] - f + mean) ** 2).sum() / 11
    expected = [(ms_n - ms_ne) / 6, (ms_e - ms_ne) / 8, (ms_f - ms_r) / 12, (ms_ne - ms_r) / 2, ms_r]
    squares = sums_of_squares(np.outer(y, y), cells)
    assert squares.terms == ("network", "expression", "fold", INTERACTION, "residual")
    np.testing.assert_allclose(squares.components(), np.maximum(expected, 0))


def test_the_mixed_model_is_the_closed_form_of_balanced_figures() -> None:
    """Where no component is negative, restricted maximum likelihood and the closed form are the same."""
    cells = grid(network=6, expression=4, fold=3)
    y = drawn(cells, {"network": 2, "expression": 2, INTERACTION: 1.5, "fold": 1.5}, 1)[:, 0]
    closed = sums_of_squares(np.outer(y, y), cells)
    assert (closed.components() > 0).all()
    terms, components, converged = mixed_model(y, cells)
    assert (terms, converged) == (closed.terms, True)
    np.testing.assert_allclose(shares(components), shares(closed.components()), atol=2e-3)


def test_shares_of_maps_are_those_that_made_them() -> None:
    cells = grid(network=20, expression=20, fold=3)
    maps = drawn(cells, {"network": 1, "expression": 2, INTERACTION: 1}, 0, size=300)
    maps -= maps.mean(1, keepdims=True)
    maps /= np.linalg.norm(maps, axis=1, keepdims=True)
    rows = {row["factor"]: row for row in map_shares(maps @ maps.T, cells, "gradcam")}
    for name, share in {"network": 1 / 7, "expression": 4 / 7, INTERACTION: 1 / 7, "residual": 1 / 7}.items():
        assert rows[name]["share"] == pytest.approx(share, abs=0.03)
        assert rows[name]["low"] <= rows[name]["share"] <= rows[name]["high"]
    assert rows["fold"]["share"] == pytest.approx(0, abs=0.01)
    assert sum(float(row["share"]) for row in rows.values()) == pytest.approx(1)  # type: ignore[arg-type]


def test_what_cannot_be_shared_out_says_why() -> None:
    cells = grid(network=3, expression=2)
    maps = np.random.default_rng(0).standard_normal((6, 9))
    ncc = np.corrcoef(maps)
    assert "the interaction is in the residual" in str(map_shares(ncc, cells, "x")[-1]["reason"])
    ncc[0] = ncc[:, 0] = np.nan
    assert map_shares(ncc, cells, "x")[-1]["reason"].endswith("left out (undefined maps): 0")  # type: ignore[attr-defined]
    holes = map_shares(ncc[1:, 1:], cells[1:].reset_index(drop=True), "x")
    assert str(holes[-1]["reason"]).endswith("left out (not every expression, fold and seed): 0")
    assert holes[0]["share"] == map_shares(ncc[2:, 2:], cells[2:].reset_index(drop=True), "x")[0]["share"]
    few = map_shares(ncc[1:4, 1:4], cells[1:4].reset_index(drop=True), "x")
    assert str(few[0]["reason"]) == "not every network has a map of every expression, fold and seed"
    one = grid(network=3, expression=1)
    assert "without replication" in str(map_shares(np.corrcoef(maps[:3]), one, "x")[0]["reason"])
    same = score_shares(cells.assign(value=1.0), {}, mixed=True)
    assert same[0]["reason"] == "fewer than three scores, or all the same"


def test_unbalanced_scores_go_to_the_mixed_model() -> None:
    cells = grid(network=5, expression=3, fold=2)
    y = drawn(cells, {"network": 2, "expression": 1}, 2)[:, 0]
    y[3] = np.nan
    rows = score_shares(cells.assign(value=y), {"metric": "iou"}, mixed=True)
    assert "mixed model" in str(rows[0]["reason"])
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1)  # type: ignore[arg-type]
    assert "first metric" in str(score_shares(cells.assign(value=y), {}, mixed=False)[0]["reason"])


def coverage(studies: int, networks: int) -> tuple[float, float]:
    """How often the intervals of the share of networks hold the truth: of single figures, and of maps."""
    cells = grid(network=networks, expression=6, fold=3)
    strengths = {"network": 1.0, "expression": 1.0, INTERACTION: 0.7}
    truth = 1 / (1 + 1 + 0.49 + 1)
    hits = np.zeros(2)
    for seed in range(studies):
        y = drawn(cells, strengths, seed)
        low, high = drawn_intervals(sums_of_squares(y @ y.T, cells))
        hits[0] += low[0] <= truth <= high[0]
        maps = drawn(cells, strengths, seed, size=40)
        low, high = jackknife_over_networks(maps @ maps.T, cells)
        hits[1] += low[0] <= truth <= high[0]
    return float(hits[0] / studies), float(hits[1] / studies)


@pytest.mark.slow
def test_intervals_hold_the_truth() -> None:
    figures, maps = coverage(400, 12)
    assert figures > 0.92
    assert maps > 0.88
