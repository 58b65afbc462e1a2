"""Contrasts of pretraining, by arithmetic on the tables and replicates that they rest on."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.bands import bands
from helpers.made_up_study import made_up_study

from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.per_explainer import analyse_explainer
from fer_xai.analysis.pretraining_contrasts import Pairs, pair_up
from fer_xai.analysis.words.summary import Summary
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.page import build_report
from fer_xai.results.study import read_study
from fer_xai.scoring.intervals import PEOPLE_AND_TRAININGS, interval
from fer_xai.scoring.pooled_maps import all_runs, pool_maps
from fer_xai.scoring.replicates import replicate_figures
from fer_xai.scoring.resampled import Resampled

#: "low" is at chance without pretraining, "alone" has no counterpart.
NETWORKS = (
    *(("good", "none", 0.8), ("good", "imagenet", 0.9), ("low", "none", 0.15), ("low", "imagenet", 0.9)),
    *(("alone", "none", 0.7), ("other", "none", 0.7), ("other", "imagenet", 0.8)),
)


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    root = made_up_study(tmp_path_factory.mktemp("contrast") / "s", NETWORKS, replicates=8, subjects=4)
    return root, analyze_study(root, [bands()], metrics=shipped_metrics(["iou", "ncc"]))


def read(root: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(root / "analysis" / f"{name}.csv", keep_default_na=False, na_values=[""])


def test_differences_are_those_of_the_scores(analysed: tuple[Path, Summary]) -> None:
    root, _ = analysed
    table = read(root, "pretraining")
    metrics = read(root, "metrics")
    scores = metrics[metrics["fold"].isna()].fillna({"expression": ""})
    of = scores.set_index(["network", "pretrained", "metric", "expression"])["value"]
    rows = table[table["metric"].isin(["iou", "ncc"])].fillna({"expression": ""})
    assert set(rows["network"]) == {"good", "other", "mean"}
    for row in rows.to_dict("records"):
        names = ["good", "other"] if row["network"] == "mean" else [row["network"]]
        before, after = (
            np.mean([of[name, word, row["metric"], row["expression"]] for name in names])
            for word in ("none", "imagenet")
        )
        assert row["scratch"] == pytest.approx(before)
        assert row["trained"] == pytest.approx(after)
        assert row["value"] == pytest.approx(after - before)
        assert row["low"] <= row["value"] <= row["high"]
        assert row["cells"] == len(names) * (1 if row["expression"] else 6)


def test_intervals_are_of_paired_replicates(analysed: tuple[Path, Summary]) -> None:
    root, _ = analysed
    networks = [n for n in read_study(root).networks if n.name == "good"]
    rows = pool_maps([all_runs(network) for network in networks], "gradcam", EXPRESSIONS)
    drawn = replicate_figures(rows, [bands()], shipped_metrics(["iou"]), with_ncc=False).scores["bands"]
    sign = {"none": -1, "imagenet": 1}
    rows_of = drawn.rows[..., 0]
    difference = sum(sign[network.pretrained] * rows_of[:, g] for g, network in enumerate(networks)).mean(1)
    table = read(root, "pretraining").query("network == 'good' and metric == 'iou'")
    row = table[table["expression"].isna()].iloc[0]
    of = interval(row["value"], Resampled(difference, drawn.layout), (-1, 1), 8, corrected=False)
    assert (row["low"], row["high"]) == pytest.approx((of.low, of.high))
    assert (row["holds"], row["people"]) == (PEOPLE_AND_TRAININGS, 8)
    assert row["p"] == pytest.approx(of.p())


def test_correlations_are_those_of_the_similarities(analysed: tuple[Path, Summary]) -> None:
    root, _ = analysed
    between = read(root, "map_correlations")
    table = read(root, "pretraining").query("metric == 'map_correlation'")
    for name in ("good", "other"):
        for expression in EXPRESSIONS:
            here = between[between["expression"].eq(expression)]
            same = here[here["a"].str.startswith(name) & here["b"].str.startswith(name)].iloc[0]
            row = table[table["network"].eq(name) & table["expression"].eq(expression)].iloc[0]
            assert tuple(row[["value", "low", "high"]]) == pytest.approx(tuple(same[["ncc", "low", "high"]]))


def test_networks_left_out_are_named_with_the_reason(analysed: tuple[Path, Summary]) -> None:
    root, summary = analysed
    left = read(root, "pretraining").query("metric.isna()").set_index("network")
    assert dict(left["reason"]) == {
        "low": "its balanced accuracy without pretraining is not told apart from chance (1/6)",
        "alone": "it has no complete run with pretraining imagenet",
    }
    assert dict(left["below_floor"]) == {"low": True, "alone": False}
    sentence = next(text for text in summary.sentences if text.startswith("Pretraining imagenet changes the mean NCC"))
    assert "the 2 networks" in sentence
    assert "Left out, for reasons given in pretraining.csv: alone and low." in sentence
    answers = json.loads((root / "analysis" / "summary.json").read_text())["pretraining"]
    assert [item["metric"] for item in answers[:3]] == ["ncc", "iou", "map_correlation"]
    assert answers[0]["value"] == pytest.approx(answers[0]["trained"] - answers[0]["scratch"])


def test_every_table_flags_the_network_below_the_floor(analysed: tuple[Path, Summary]) -> None:
    root, _ = analysed
    for name in ("metrics", "baselines", "accuracy"):
        frame = read(root, name)
        rows = frame[frame["fold"].isna() & frame["network"].ne("mean")]
        if name == "accuracy":
            rows = rows[rows["expression"].isna()]
        flagged = rows[rows["below_floor"].astype(bool)]
        assert set(zip(flagged["network"], flagged["pretrained"], strict=True)) == {("low", "none")}, name
        assert len(flagged) == len(rows) / len(NETWORKS)
    wide = read(root, "iou").set_index("network")["below_floor"]
    assert wide[wide.eq(True)].index.tolist() == ["low (none)"]
    assert np.isnan(wide["mean"])
    pairs = read(root, "map_correlations")
    expected = pairs["a"].str.startswith("low (none)") | pairs["b"].str.startswith("low (none)")
    assert pairs["below_floor"].tolist() == expected.tolist()
    markdown = (root / "analysis" / "iou.md").read_text(encoding="utf-8")
    assert "| low (none) † " in markdown
    assert markdown.count("†") == 2
    assert "† The network's balanced test accuracy is not shown to be above chance (1/6)" in markdown
    latex = (root / "analysis" / "ncc.tex").read_text(encoding="utf-8")
    assert r"low (none) \textdagger{} &" in latex
    assert r"\textdagger{} The network's balanced test accuracy" in latex


@pytest.mark.slow
def test_report_tells_of_them(analysed: tuple[Path, Summary]) -> None:
    root, _ = analysed
    page = build_report(root)
    text = page.read_text(encoding="utf-8")
    section = text[text.index("What pretraining changes</h2>") : text.index("Whether the explainers can be trusted")]
    assert "low (its balanced accuracy without pretraining is not told apart from chance (1/6))" in section
    assert section.count('<th scope="row">') == 3
    assert (page.parent / "figures" / "pretraining.svg").exists()
    assert "at chance" in text


@pytest.mark.slow
def test_a_number_as_floor(tmp_path: Path) -> None:
    root = made_up_study(tmp_path / "s", NETWORKS[:2], replicates=0, folds=1, subjects=4)
    summary = analyze_study(root, [bands()], metrics=shipped_metrics(["iou"]), floor=0.99)
    table = read(root, "pretraining")
    assert table["reason"].str.contains("the floor of 0.99").all()
    assert table["value"].isna().all()
    assert "No network can be contrasted with and without pretraining imagenet" in " ".join(summary.sentences)
    assert "the floor of 0.99" in (root / "analysis" / "iou.md").read_text(encoding="utf-8")
    assert "None of" not in build_report(root).read_text(encoding="utf-8")
    with pytest.raises(UserError, match="floor=2: give chance"):
        analyze_study(root, [bands()], metrics=shipped_metrics(["iou"]), floor=2)


def test_without_replicates_there_is_no_interval(tmp_path: Path) -> None:
    root = made_up_study(tmp_path / "s", NETWORKS[:2], replicates=0, folds=1, subjects=6)
    summary = analyze_study(root, [bands()], metrics=shipped_metrics(["iou"]))
    table = read(root, "pretraining")
    assert table["value"].notna().all()
    assert table["low"].isna().all()
    told = " ".join(summary.sentences)
    assert "unclear: there are no bootstrap replicates" in told
    assert "whether that is more than chance is unclear, for there is no interval" in told


def test_studies_of_one_pretraining_have_no_contrasts(tmp_path: Path) -> None:
    root = made_up_study(tmp_path / "s", NETWORKS[4:6], replicates=0, folds=1, subjects=3)
    analyze_study(root, [bands()], metrics=shipped_metrics(["iou"]))
    assert not (root / "analysis" / "pretraining.csv").exists()
    networks = read_study(root).networks
    assert pair_up(networks, {}, [n.label for n in networks]) == Pairs({}, ())
    assert (
        analyse_explainer(
            "gradcam", networks, EXPRESSIONS, [bands()], shipped_metrics(["iou"]), Pairs({}, ()), {}, {}
        ).pretraining
        == []
    )
