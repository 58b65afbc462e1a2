"""Means over runs of what they recorded, by arithmetic."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t, ttest_1samp

from fer_xai.analysis.without_maps import collect_metrics, flag, mean_metrics
from fer_xai.errors import UserError
from fer_xai.results.classification import BALANCED
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import METRIC_COLUMNS, RunRecord, read_run, write_run
from fer_xai.results.study import read_study
from fer_xai.sweep.analyze import analyze_records


def put(root, name: str, values: list[float], **facts) -> None:
    rows = [
        ("gradcam", e, "masks", "iou", v, np.nan, np.nan, 3, 3, 0, "", "")
        for e, v in zip(("fear", ""), values, strict=True)
    ]
    record = RunRecord(name, "complete", "net", "none", explainers=["gradcam"], **facts)
    write_run(StudyPaths(root).run(name), record, metrics=pd.DataFrame(rows, columns=list(METRIC_COLUMNS)))


def test_means_and_intervals_over_runs(tmp_path):
    for fold, value in enumerate((0.1, 0.2, 0.6)):
        put(tmp_path, f"r{fold}", [value, value / 2], fold=fold)
    put(tmp_path, "r3", [np.nan, 0.4], fold=3)
    frame = collect_metrics(read_study(tmp_path).complete)
    assert frame.groupby("run", observed=True).size().to_dict() == {"r0": 2, "r1": 2, "r2": 2, "r3": 2}
    table = mean_metrics(frame).set_index("expression")
    fear = table.loc["fear"]
    assert fear["value"] == pytest.approx(0.3)
    interval = ttest_1samp([0.1, 0.2, 0.6], 0).confidence_interval()
    assert (fear["low"], fear["high"]) == pytest.approx((interval.low, interval.high))
    assert (fear["runs"], fear["skipped"]) == (3, 1)
    assert table.loc["", "value"] == pytest.approx((0.05 + 0.1 + 0.3 + 0.4) / 4)


def test_folds_and_seeds_are_not_taken_for_independent(tmp_path):
    # Folds differ by much and seeds by nothing: ten runs are worth five.
    folds = (0.1, 0.2, 0.6, 0.3, 0.4)
    for fold, value in enumerate(folds):
        for seed in range(2):
            put(tmp_path, f"r{fold}{seed}", [value, value], fold=fold, seed=seed)
    row = mean_metrics(collect_metrics(read_study(tmp_path).complete)).iloc[0]
    variance = np.var(folds, ddof=1) / 5
    assert row["high"] - row["value"] == pytest.approx(t.ppf(0.975, 4) * np.sqrt(variance))
    assert row["runs"] == 10


def test_one_run_has_no_interval(tmp_path):
    put(tmp_path, "r", [0.25, 0.5])
    path = analyze_records(tmp_path)
    table = pd.read_csv(path, keep_default_na=False)
    assert table["value"].tolist() == [0.25, 0.5]
    assert table["low"].tolist() == ["", ""]


def test_edited_scores_are_left_out_and_told_of(tmp_path, capsys):
    for fold in range(2):
        put(tmp_path, f"r{fold}", [0.25, 0.5], fold=fold)
    edited = StudyPaths(tmp_path).run("r0").metrics
    edited.write_text(edited.read_text().replace("0.25", "1.25"))
    table = pd.read_csv(analyze_records(tmp_path))
    assert table["value"].tolist() == [0.25, 0.5]
    told = capsys.readouterr().err
    assert "Run r0 is left out: metrics.csv missing or changed since written; the study's command" in told
    StudyPaths(tmp_path).run("r1").metrics.unlink()
    with pytest.raises(UserError, match=r"none of the runs of .* such as r0: metrics.csv missing"):
        analyze_records(tmp_path)


def test_other_columns_are_refused(tmp_path):
    put(tmp_path, "r", [0.25, 0.5])
    paths = StudyPaths(tmp_path).run("r")
    paths.metrics.write_text("a,b\n1,2\n")
    write_run(paths, read_run(paths.dir))
    with pytest.raises(UserError, match=r"metrics\.csv has the columns a,b"):
        analyze_records(tmp_path)


def test_networks_below_the_floor_are_flagged(tmp_path):
    for fold, value in enumerate((0.2, 0.3, 0.25)):
        # What always says the most frequent expression may have a high plain accuracy.
        figures = {"value": 0.9, "low": 0.8, "high": 1.0, "n": 9} | dict(zip(BALANCED, (value, 0.0, 1.0), strict=True))
        put(tmp_path, f"r{fold}", [0.5, 0.5], fold=fold, accuracy=figures)
    runs = read_study(tmp_path).complete
    table = mean_metrics(collect_metrics(runs))
    low = ttest_1samp([0.2, 0.3, 0.25], 0).confidence_interval().low
    assert flag(table, runs, low - 1e-6)["below_floor"].tolist() == [False, False]
    assert flag(table, runs, low + 1e-6)["below_floor"].tolist() == [True, True]
    assert flag(table, runs[:1], "chance")["below_floor"].tolist() == [True, True]
    assert "below_floor" in analyze_records(tmp_path).read_text().splitlines()[0]
    with pytest.raises(UserError, match="floor=luck"):
        analyze_records(tmp_path, "luck")
