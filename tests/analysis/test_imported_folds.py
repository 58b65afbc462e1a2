"""Maps of folds that were made elsewhere: shares of their variance are those of the model that made them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.cli import run
from fer_xai.data.sources.table import POINTS
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import CANONICAL_POINTS, FRAME_SHAPE
from fer_xai.face.masks import Reference
from fer_xai.metrics.chosen import shipped_metrics

NETWORKS, FOLDS = 5, 3
#: Pixels of one patch of a made-up map.
PATCH = (11, 14)
#: Standard deviations of what network, expression, both together, and fold make of a map; the rest has 1.
EFFECTS = {"network": 0.6, "expression": 1.0, "network:expression": 1.2, "fold": 0.5}


def crossed_maps(rng: np.random.Generator) -> np.ndarray:
    """(network, expression, fold, y, x) positive maps that are the sum of effects, each a random field of patches."""
    frame = [size // patch for size, patch in zip(FRAME_SHAPE, PATCH, strict=True)]

    def field(*levels: int) -> np.ndarray:
        return rng.standard_normal((*levels, *frame))

    maps = field(NETWORKS, 6, FOLDS) + EFFECTS["network"] * field(NETWORKS, 1, 1)
    maps = maps + EFFECTS["expression"] * field(1, 6, 1) + EFFECTS["network:expression"] * field(NETWORKS, 6, 1)
    maps = maps + EFFECTS["fold"] * field(1, 1, FOLDS)
    return np.repeat(np.repeat(maps + 20, PATCH[0], axis=-2), PATCH[1], axis=-1)


def closed_form(maps: np.ndarray) -> dict[str, float]:
    """Shares of the components of the balanced crossed model, from mean squares written out; maps standardised."""
    n, e, f = maps.shape[:3]
    flat = maps.reshape(n, e, f, -1)
    flat = flat - flat.mean(-1, keepdims=True)
    flat = flat / np.linalg.norm(flat, axis=-1, keepdims=True)
    mean = flat.mean((0, 1, 2))
    of_network, of_expression, of_fold = flat.mean((1, 2)), flat.mean((0, 2)), flat.mean((0, 1))
    cell = flat.mean(2)
    both = cell - of_network[:, None] - of_expression + mean
    rest = flat - cell[:, :, None] - of_fold + mean
    squares = {
        "network": e * f * ((of_network - mean) ** 2).sum() / (n - 1),
        "expression": n * f * ((of_expression - mean) ** 2).sum() / (e - 1),
        "fold": n * e * ((of_fold - mean) ** 2).sum() / (f - 1),
        "network:expression": f * (both**2).sum() / ((n - 1) * (e - 1)),
        "residual": (rest**2).sum() / ((n * e - 1) * (f - 1)),
    }
    components = {
        "network": (squares["network"] - squares["network:expression"]) / (e * f),
        "expression": (squares["expression"] - squares["network:expression"]) / (n * f),
        "fold": (squares["fold"] - squares["residual"]) / (n * e),
        "network:expression": (squares["network:expression"] - squares["residual"]) / f,
        "residual": squares["residual"],
    }
    assert min(components.values()) > 0
    return {name: value / sum(components.values()) for name, value in components.items()}


def global_import(folder: Path, maps: np.ndarray) -> list[str]:
    """Global heatmaps, the fold in the names of the files."""
    for (network, expression, fold), one in _each(maps):
        np.save(folder / f"net{network}-fold{fold}-{EXPRESSIONS[expression]}.npy", one)
    return ["--source", str(folder), "--pattern", "{network}-fold{fold}-{expression}.npy"]


def local_import(folder: Path, maps: np.ndarray) -> list[str]:
    """A heatmap of one image, in pixels of the canonical face itself, for every fold; the fold in a column."""
    rows = []
    for (network, expression, fold), one in _each(maps):
        name = f"{network}{expression}{fold}.npy"
        np.save(folder / name, one)
        rows.append((name, EXPRESSIONS[expression], f"net{network}", fold, *CANONICAL_POINTS[:68].reshape(-1)))
    columns = ["heatmap", "expression", "network", "fold", *POINTS]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "maps.csv", index=False)
    return ["--table", str(folder / "maps.csv"), "--replicates", "0"]


def _each(maps: np.ndarray) -> list[tuple[tuple[int, ...], np.ndarray]]:
    return [(place, maps[place].astype(np.float32)) for place in np.ndindex(maps.shape[:3])]


def analysed(folder: Path, arguments: list[str]) -> pd.DataFrame:
    """Shares of the variance of an imported study's maps."""
    assert run(["import-heatmaps", *arguments, "--out", str(folder / "study")]) == 0
    mask = np.zeros((6, *FRAME_SHAPE), dtype=np.float32)
    mask[:, 40:120, 30:150] = 1
    analyze_study(folder / "study", [Reference("a rectangle", mask)], shipped_metrics(["ncc"]))
    return pd.read_csv(folder / "study" / "analysis" / "variance_shares.csv").query("what == 'maps'")


@pytest.mark.slow
@pytest.mark.parametrize("imported", [global_import, local_import])
def test_shares_of_the_maps_of_folds_are_those_of_the_closed_form(imported, tmp_path):
    maps = crossed_maps(np.random.default_rng(0))
    shares = analysed(tmp_path, imported(tmp_path, maps)).set_index("factor")
    expected = closed_form(maps)
    assert set(shares.index) == set(expected)
    for name, share in expected.items():
        assert shares["share"][name] == pytest.approx(share, abs=1e-5), name
    # What the maps were made with, of a few networks and folds.
    total = 1 + sum(strength**2 for strength in EFFECTS.values())
    for name, strength in EFFECTS.items():
        assert shares["share"][name] == pytest.approx(strength**2 / total, abs=0.05), name


@pytest.mark.slow
def test_a_network_that_lacks_a_fold_is_left_out_of_the_shares_and_named(tmp_path):
    maps = crossed_maps(np.random.default_rng(1))
    arguments = global_import(tmp_path, maps)
    for path in tmp_path.glob("net4-fold2-*.npy"):
        path.unlink()
    (tmp_path / "net3-fold1-fear.npy").unlink()
    shares = analysed(tmp_path, arguments).set_index("factor")
    for name, share in closed_form(maps[:3]).items():
        assert shares["share"][name] == pytest.approx(share, abs=1e-5), name
    said = "left out (undefined maps): net3; left out (not every expression, fold and seed): net4"
    assert shares["reason"].eq(said).all()
