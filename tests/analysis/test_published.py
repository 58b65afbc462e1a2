"""The published maps, from files to tables and dendrograms; skipped without the folder of env FER_XAI_SHARED."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.words.summary import Summary
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.page import build_report
from fer_xai.results.importing.study_of_maps import import_heatmaps

SHARED = os.environ.get("FER_XAI_SHARED")
pytestmark = pytest.mark.skipif(not SHARED, reason="set FER_XAI_SHARED to the folder that holds published/")


@pytest.fixture(scope="module")
def published() -> Path:
    return Path(str(SHARED)) / "published"


@pytest.fixture(scope="module")
def study(published: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    root = tmp_path_factory.mktemp("published") / "study"
    pattern = "{network}_{expression}_heatmap.png"
    report = import_heatmaps(published / "heatmaps_by_network", pattern, root, published / "factors.csv")
    assert (report.runs, report.heatmaps, report.lines) == (12, 72, ())
    reference = instantiate(OmegaConf.load(conf_dir() / "reference" / "friesen_ekman.yaml"))
    return root, analyze_study(root, [reference], metrics=shipped_metrics(["iou", "precision", "recall", "f1"]))


def test_iou_table(published: Path, study: tuple[Path, Summary]) -> None:
    expected = pd.read_csv(published / "iou_by_network.csv").set_index("network")
    found = pd.read_csv(study[0] / "analysis" / "iou.csv").set_index("network")
    # The row and the column of means as well.
    np.testing.assert_allclose(found.loc[expected.index, expected.columns], expected, atol=5e-5)


def test_dendrograms(published: Path, study: tuple[Path, Summary]) -> None:
    expected = pd.read_csv(published / "dendrogram_roots.csv").set_index("expression")
    clusters = pd.read_csv(study[0] / "analysis" / "clusters.csv")
    found = clusters.query("factor == 'pretrained' and k == 2 and expression != 'all'").set_index("expression")
    np.testing.assert_allclose(found["root_height"], expected.loc[found.index, "root_height"], atol=6e-5)
    ari = expected.loc[found.index, "two_cluster_cut_vs_pretraining_ari"]
    np.testing.assert_allclose(found["adjusted_rand"], ari, atol=6e-4)
    assert (clusters["cophenetic"] > 0.7).all()


def test_what_the_paper_does_not_say(study: tuple[Path, Summary]) -> None:
    _, summary = study
    baselines = summary.content["baselines"]
    assert baselines["full frame"]["value"] == pytest.approx(0.257, abs=6e-4)
    assert baselines["centred Gaussian"]["value"] == pytest.approx(0.408, abs=6e-4)
    assert baselines["other masks"]["value"] == pytest.approx(0.262, abs=6e-4)
    assert (baselines["pairings"]["as_good"], baselines["pairings"]["of"]) == (283, 720)
    told = " ".join(summary.sentences)
    assert "0.2689" in told
    assert "is unclear against the full frame (0.26), a centred Gaussian (0.41)" in told
    assert "is unclear: there are no bootstrap replicates" in told
    assert "283 of the 720 pairings are at least as good" in told
    assert "Their order is not tested: there are no bootstrap replicates." in told
    assert summary.content["best_network"]["name"] == "ResNet50"
    assert summary.content["worst_network"]["name"] == "AlexNet"
    assert summary.content["best_expression"]["name"] == "disgust"
    assert "exactly in 4 of 6 expressions" in told


@pytest.mark.slow
def test_the_page_says_nothing_of_which_is_higher_without_a_test(study: tuple[Path, Summary]) -> None:
    page = build_report(study[0]).read_text(encoding="utf-8")
    for words in ("beats", "loses to", "better than", "worse than"):
        assert words not in page
    assert "unclear" in page
    assert "no bootstrap replicates" in page


def test_no_interval_without_replicates(study: tuple[Path, Summary]) -> None:
    metrics = pd.read_csv(study[0] / "analysis" / "metrics.csv")
    assert metrics[["low", "high", "n"]].isna().all(axis=None)
    assert "no intervals" in " ".join(study[1].sentences)


def test_pretraining_makes_a_difference_to_the_maps(study: tuple[Path, Summary]) -> None:
    """PERMANOVA of all 495 ways in which four of twelve networks could be those without pretraining."""
    table = pd.read_csv(study[0] / "analysis" / "permanova.csv")
    rows = table.query("factor == 'pretrained' and test == 'permanova'").set_index("expression")
    assert len(rows) == 7
    np.testing.assert_allclose(rows["p"], 1 / 495)
    assert rows["exact"].all()
    own = rows.drop(index="all")["r2"].round(2)
    assert (own.min(), own.max()) == (0.37, 0.69)
    where = pd.read_csv(study[0] / "analysis" / "map_differences.csv")
    assert where["kind"].eq("pretraining, over networks").all()
    assert (where["networks"].eq(12) & where["permutations"].eq(495) & where["exact"]).all()
    assert (where["p"] <= 0.05).all()
    clusters = pd.read_csv(study[0] / "analysis" / "clusters.csv")
    assert clusters.query("factor == 'pretrained' and k == 2 and expression == 'disgust'")["p"].item() == 1 / 495
