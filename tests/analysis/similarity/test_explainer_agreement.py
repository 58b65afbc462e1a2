"""Agreement of explainers with each other, and of networks under each."""

import numpy as np
import pytest
from helpers.made_up_study import NETWORKS, made_up_study

from fer_xai.analysis.similarity.explainer_agreement import agreement
from fer_xai.analysis.similarity.map_correlations import Similarity, SimilarityTables
from fer_xai.results.heatmap_files import read_dataset, write_heatmaps
from fer_xai.results.paths import RunPaths
from fer_xai.results.run import read_run, write_run
from fer_xai.results.study import read_study
from fer_xai.scoring.pooled_maps import all_runs, pool_maps
from fer_xai.scoring.replicates import replicate_figures


def similarities(study, explainer):
    """NCC between networks as the analysis has it."""
    rows = pooled(study, explainer)
    resampled = replicate_figures(rows, [], [])
    people = np.array([maps.people[0] for maps in rows.maps])
    labels = tuple(pool.label for pool in rows.pools)
    ncc = {name: np.ones((len(labels), len(labels))) * 0.25 for name in study.expressions}
    return SimilarityTables(explainer, {n: Similarity(labels, ncc[n], resampled.ncc[n], 1.0, people) for n in ncc})


def pooled(study, explainer):
    return pool_maps([all_runs(network) for network in study.networks], explainer, study.expressions)


def maps_of(study):
    """Of every explainer."""
    return [pooled(study, name) for name in study.explainers]


def copied(root, change):
    """A study of two explainers, the second of which gives what `change` makes of the first."""
    made_up_study(root, NETWORKS[1:], explainers=("one", "two"), replicates=6)
    for path in root.glob("runs/*/*.nc"):
        with read_dataset(path) as dataset:
            full = dataset.load()
        if "mean" in full:
            full["mean"].loc[{"explainer": "two"}] = change(full["mean"].sel(explainer="one").values)
            write_heatmaps(path, full)
            write_run(RunPaths(path.parent), read_run(path.parent))
    return read_study(root)


@pytest.mark.parametrize(
    ("change", "expected"), [(lambda x: 3 * x + 1, 1.0), pytest.param(lambda x: -x, -1.0, marks=pytest.mark.slow)]
)
def test_explainers_that_say_the_same_agree_and_opposed_ones_do_not(change, expected, tmp_path):
    study = copied(tmp_path / "s", change)
    both = [similarities(study, name) for name in study.explainers]
    table = agreement(maps_of(study), study.expressions, both)
    between = table[table["a"].ne(table["b"])]
    assert len(between) == 7
    np.testing.assert_allclose(between["ncc"], expected, atol=1e-6)
    # Where all replicates say the same, to the last digit, there is no interval.
    np.testing.assert_allclose(between["low"].fillna(between["ncc"]), expected, atol=1e-3)
    assert between["n"].tolist() == [2] * 7
    # Beside them: networks under the same explainer, one pair of two networks.
    under = table[table["a"].eq(table["b"])]
    assert under["a"].unique().tolist() == ["one", "two"]
    np.testing.assert_allclose(under["ncc"], 0.25)
    assert under["n"].tolist() == [1] * 14


def test_mean_over_expressions_and_interval_about_it(tmp_path):
    study = read_study(made_up_study(tmp_path / "s", NETWORKS[:2], explainers=("one", "two"), replicates=20))
    table = agreement(maps_of(study), study.expressions, [])
    cells, mean = table[table["expression"].ne("")], table[table["expression"].eq("")].iloc[0]
    assert mean["ncc"] == pytest.approx(cells["ncc"].mean())
    assert mean["low"] < mean["ncc"] < mean["high"]
    # The two come from the same pattern with noise of their own.
    assert 0 < mean["ncc"] < 1


def test_one_network_and_one_explainer_have_nothing_to_compare(tmp_path):
    study = read_study(made_up_study(tmp_path / "s", NETWORKS[1:2], replicates=2, folds=1))
    assert agreement(maps_of(study), study.expressions, [similarities(study, "gradcam")]).empty
