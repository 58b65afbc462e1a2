import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from subprocess import run

import numpy as np
import pandas as pd
import pytest
from helpers.bands import bands
from helpers.made_up_study import NETWORKS, made_up_study

from fer_xai.analysis.analysis_files import read_analysis
from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.words.summary import Summary
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.files import write_csv
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.iou import IoU
from fer_xai.metrics.map_scores import score_map
from fer_xai.results.heatmap_files import read_dataset
from fer_xai.results.pool import pool_heatmaps
from fer_xai.results.run import METRIC_COLUMNS, write_run
from fer_xai.results.study import read_study
from fer_xai.scoring.run_scores import score_run

METRICS = ["iou", "kl_divergence"]


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    root = made_up_study(
        tmp_path_factory.mktemp("made") / "study", replicates=5, subjects=5, explainers=("gradcam", "lime")
    )
    return root, analyze_study(root, [bands(), bands("again")], metrics=shipped_metrics(METRICS))


def read(root: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(root / "analysis" / f"{name}.csv", keep_default_na=False, na_values=[""])


def test_scores_are_those_of_the_pooled_maps(analysed: tuple[Path, Summary]) -> None:
    root, _ = analysed
    metrics = read(root, "metrics")
    network = next(item for item in read_study(root).networks if item.label == "resnet50 (imagenet)")
    maps = pool_heatmaps(network.runs, "lime", EXPRESSIONS)
    rows = metrics.query(
        "network == 'resnet50' and pretrained == 'imagenet' and explainer == 'lime' and metric == 'iou'"
    )
    rows = rows[rows["fold"].isna() & rows["reference"].eq("bands")].set_index("expression")
    for number, name in enumerate(EXPRESSIONS):
        expected = score_map(
            np.nan_to_num(maps.mean[number]), maps.valid[number], bands().weights_of(name), shipped_metrics(["iou"])
        )["iou"].value
        assert rows.loc[name, "value"] == pytest.approx(expected)
        assert rows.loc[name, "n"] == rows.loc[name, "people"] == 10
    mean = rows[rows.index.isna()].iloc[0]
    assert mean["value"] == pytest.approx(rows.loc[list(EXPRESSIONS), "value"].mean())


def test_every_value_has_its_interval(analysed: tuple[Path, Summary]) -> None:
    root, _ = analysed
    for name in ("metrics", "means"):
        frame = read(root, name)
        # Where all replicates have the same overlap, none, there is no interval.
        without = frame["low"].isna()
        assert set(frame.loc[without, "reason"]) <= {"no interval: the bootstrap replicates do not differ"}
        assert without.mean() < 0.05
        frame = frame[~without]
        assert frame["value"].between(frame["low"], frame["high"]).all()
        assert (frame["low"] < frame["high"]).all()
    clusters = read(root, "clusters")
    assert ((clusters["low"] < clusters["root_height"]) & (clusters["root_height"] < clusters["high"])).all()
    ncc = read(root, "map_correlations")
    assert ((ncc["low"] <= ncc["ncc"]) & (ncc["ncc"] <= ncc["high"])).all()


def test_folds_stand_beside_the_whole(analysed: tuple[Path, Summary]) -> None:
    root, _ = analysed
    metrics = read(root, "metrics")
    sizes = metrics.groupby(["network", "pretrained", metrics["fold"].fillna(-1)]).size()
    assert len(sizes) == len(NETWORKS) * 3
    # 2 explainers, 2 references, 2 metrics (of networks as a whole, specific agreement, too), 6 expressions, their mean
    whole = sizes.index.get_level_values("fold") == -1
    assert (sizes[~whole] == 2 * 2 * 2 * 7).all()
    assert (sizes[whole] == 2 * 2 * 3 * 7).all()
    assert set(metrics["seed"]) == {0}


def test_tables_hold_rows_means_and_baselines(analysed: tuple[Path, Summary]) -> None:
    root, _ = analysed
    table = read(root, "iou").set_index("network")
    assert list(table.index) == ["resnet50 (none)", "resnet50 (imagenet)", "<b>net</b> & $x_1|%", "mean"]
    grid = table[list(EXPRESSIONS)]
    np.testing.assert_allclose(grid.loc["mean"], grid.iloc[:3].mean())
    np.testing.assert_allclose(table["mean"].iloc[:3], grid.iloc[:3].mean(axis=1))
    assert table["baselines"].str.contains("full frame").all()
    markdown = (root / "analysis" / "iou.md").read_text()
    assert "<b>" not in markdown
    assert r"\|" in markdown
    latex = (root / "analysis" / "iou.tex").read_text()
    assert r"\textless{}b\textgreater{}net\textless{}/b\textgreater{} \& \$x\_1\textbar{}\%" in latex
    for name in ("iou_gradcam_again", "iou_lime_bands", "kl_divergence"):
        assert {f"{name}.csv", f"{name}.md", f"{name}.tex"} <= {path.name for path in (root / "analysis").iterdir()}


def test_baselines_of_the_full_frame_and_other_masks(analysed: tuple[Path, Summary]) -> None:
    root, _ = analysed
    rows = read(root, "baselines")
    chosen = rows.query("explainer == 'gradcam' and reference == 'bands' and metric == 'iou' and expression == 'fear'")
    full = chosen[chosen["baseline"].eq("full frame") & chosen["network"].eq("mean")].iloc[0]
    # 12 x 12 pixels of the frame are invalid, above the band of fear.
    assert full["value"] == pytest.approx(60 * 224 / (275 * 224 - 144))
    pairs = rows[rows["baseline"].eq("pairings")]
    # Of a single expression nothing can stand out.
    assert pairs.loc[pairs["expression"].notna(), "of"].isna().all()
    pairs = pairs[pairs["expression"].isna()]
    assert (pairs["of"] == 720).all()
    assert ((pairs["p"] * 720).round(6) % 1 == 0).all()
    tested = rows[rows["p"].notna()]
    assert (tested["q"] >= tested["p"] - 1e-12).all()


def test_distances_are_symmetric_and_in_table_order(analysed: tuple[Path, Summary]) -> None:
    root, _ = analysed
    for name in EXPRESSIONS:
        frame = pd.read_csv(root / "analysis" / "similarity" / f"{name}.csv", index_col=0)
        assert list(frame.index) == list(frame.columns) == list(read(root, "iou")["network"])[:-1]
        np.testing.assert_array_equal(frame, frame.T)
        assert (np.diag(frame) == 0).all()
    folds = pd.read_csv(root / "analysis" / "similarity_folds" / "fear.csv", index_col=0)
    assert len(folds) == 6
    assert set(read(root, "fold_clusters")["factor"]) >= {"network", "fold", "pretrained"}


def test_networks_of_one_pretraining_cluster(analysed: tuple[Path, Summary]) -> None:
    root, summary = analysed
    clusters = read(root, "clusters").query("factor == 'pretrained' and k == 2 and explainer == 'gradcam'")
    assert list(clusters["expression"]) == [*EXPRESSIONS, "all"]
    assert (clusters["adjusted_rand"].iloc[:6] == 1).mean() >= 0.5
    assert "dendrogram equals" in " ".join(summary.sentences)
    assert any(sentence.startswith("By lime the mean IoU with bands is ") for sentence in summary.sentences)


def test_summary_answers(analysed: tuple[Path, Summary]) -> None:
    root, summary = analysed
    content = json.loads((root / "analysis" / "summary.json").read_text())
    table = read(root, "iou").set_index("network")
    assert content["mean"]["value"] == pytest.approx(table.loc["mean", "mean"])
    assert content["best_network"]["value"] == table["mean"].iloc[:3].max()
    assert content["worst_expression"]["value"] == table.loc["mean", list(EXPRESSIONS)].min()
    assert content["baselines"]["pairings"]["of"] == 720
    assert content["runs"] == {"complete": 6, "not applicable": 1, "unavailable": 1}
    assert "not shown to be above chance (1/6)" in " ".join(summary.sentences)
    assert tuple(content["sentences"]) == summary.sentences
    lower = next(item for item in content["tables"] if item["metric"] == "kl_divergence")
    assert lower["best_network"]["value"] < lower["worst_network"]["value"]


def test_reading_gives_the_tables_back(analysed: tuple[Path, Summary]) -> None:
    root, _ = analysed
    back = read_analysis(root / "analysis")
    assert len(back.tables) == 8
    written = read(root, "iou").astype({"below_floor": "boolean"})
    pd.testing.assert_frame_equal(back.tables["iou"].frame, written)


def test_accuracy_is_flagged_at_chance(analysed: tuple[Path, Summary]) -> None:
    root, _ = analysed
    rows = read(root, "accuracy")
    whole = rows[rows["fold"].isna() & rows["expression"].isna()].set_index("network")
    assert "chance" in whole.loc["<b>net</b> & $x_1|%", "remark"]
    assert (whole.loc["resnet50", "balanced_low"] > 1 / 6).all()
    # Every person shows every expression once.
    assert whole["balanced"].tolist() == pytest.approx(whole["value"].tolist())
    assert (whole["n"] == 60).all()


def test_order_by_score(analysed: tuple[Path, Summary], tmp_path: Path) -> None:
    root = made_up_study(tmp_path / "s", replicates=2, folds=1)
    analyze_study(root, [bands()], metrics=shipped_metrics(["iou"]), order="score")
    means = read(root, "iou")["mean"].iloc[:-1]
    assert means.is_monotonic_decreasing


@pytest.mark.slow
def test_explainers_side_by_side_give_the_same(
    analysed: tuple[Path, Summary], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "study"
    shutil.copytree(analysed[0], root)
    monkeypatch.setattr("fer_xai.analysis.study_tables._MANY", 0)
    monkeypatch.setattr("joblib.cpu_count", lambda: 2)
    analyze_study(root, [bands(), bands("again")], metrics=shipped_metrics(METRICS))
    tables = sorted(path.name for path in (root / "analysis").glob("*.csv"))
    assert "metrics.csv" in tables
    for name in tables:
        assert (root / "analysis" / name).read_bytes() == (analysed[0] / "analysis" / name).read_bytes(), name


def test_recorded_intervals_of_runs_are_taken_over(tmp_path: Path) -> None:
    root = made_up_study(tmp_path / "s", NETWORKS[:1], replicates=4, subjects=5)
    study = read_study(root)
    for item in study.complete:
        with read_dataset(item.paths.heatmaps) as heatmaps, read_dataset(item.paths.replicates) as replicates:
            scores = score_run(heatmaps.load(), replicates.load(), [bands()], shipped_metrics(["iou"]))
        assert list(scores.columns) == list(METRIC_COLUMNS)
        assert (scores["low"] <= scores["value"]).all()
        # Marked, so that they can be told from what the analysis would work out itself.
        write_csv(item.paths.metrics, scores.assign(low=-7.0))
    analyze_study(root, [bands()], metrics=shipped_metrics(["iou"]))
    metrics = read(root, "metrics")
    assert (metrics.loc[metrics["fold"].notna(), "low"] == -7).all()
    assert (metrics.loc[metrics["fold"].isna() & metrics["metric"].eq("iou"), "low"] >= 0).all()


def test_one_network_one_fold_no_face(tmp_path: Path) -> None:
    root = made_up_study(tmp_path / "s", NETWORKS[1:2], replicates=2, folds=1, face=False)
    summary = analyze_study(root, [bands()], metrics=shipped_metrics(["iou"]))
    assert "no dendrogram" in " ".join(summary.sentences)
    clusters = read(root, "clusters")
    assert clusters.loc[clusters["expression"].eq("anger"), "reason"].str.contains("fewer than two").all()
    assert read(root, "metrics")["fold"].isna().all()


def test_failed_analysis_leaves_the_old_one(analysed: tuple[Path, Summary], monkeypatch: pytest.MonkeyPatch) -> None:
    root, _ = analysed
    before = {path.name: path.read_bytes() for path in (root / "analysis").glob("*.csv")}

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fer_xai.analysis.analysis_files.write_json", broken)
    with pytest.raises(UserError, match="disk is full"):
        analyze_study(root, [bands()], metrics=shipped_metrics(["iou"]))
    assert {path.name: path.read_bytes() for path in (root / "analysis").glob("*.csv")} == before
    assert not [path for path in root.iterdir() if re.match(r"\.analysis", path.name)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"order": "name"}, "order=name"),
        ({"metrics": {}}, r"metrics=\[\]: choose at least one"),
        ({"metrics": {"fold_clusters": IoU()}}, "analysis/fold_clusters.csv is another table"),
        ({"metrics": {"map_correlation": IoU()}}, "pretraining.csv has rows of that name"),
        ({"references": []}, "give one or more"),
        ({"references": [bands(), bands()]}, "name of its own"),
        ({"margin": 0}, "margin=0: it has to be a positive number, in units of the primary measure"),
        ({"margin": "small"}, "margin=small"),
    ],
)
def test_bad_settings(analysed: tuple[Path, Summary], settings: dict[str, object], message: str) -> None:
    root, _ = analysed
    arguments = {"references": [bands()], "metrics": {"iou": IoU()}} | settings
    with pytest.raises(UserError, match=message):
        analyze_study(root, **arguments)  # type: ignore[arg-type]


def test_study_without_results(tmp_path: Path) -> None:
    root = made_up_study(tmp_path / "s", [])
    with pytest.raises(UserError, match="no complete run: 1 unavailable, 1 not applicable"):
        analyze_study(root, [bands()], shipped_metrics())


def test_no_torch() -> None:
    modules = "fer_xai.analysis.analyze_study, fer_xai.report.page, fer_xai.results.importing.study_of_maps"
    code = f"import sys, {modules}; print('torch' in sys.modules)"
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_explainers_that_do_not_fit_are_told_of_by_network(tmp_path: Path) -> None:
    root = made_up_study(tmp_path, NETWORKS[1:], folds=2, replicates=0, face=False)
    for one in read_study(root).complete:
        if one.record.pretrained == "none":
            write_run(one.paths, replace(one.record, left_out_explainers={"deeplift": "it multiplies by gates"}))
    told = [
        line
        for line in analyze_study(root, [bands()], metrics=shipped_metrics(["iou"])).sentences
        if line.startswith("deeplift")
    ]
    assert told == ["deeplift is left out for resnet50 (none): it multiplies by gates."]
