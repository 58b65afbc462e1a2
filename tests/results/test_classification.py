"""Scores of predictions, against arithmetic, scikit-learn and torchmetrics."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support
from torchmetrics.functional.classification import multiclass_calibration_error

from fer_xai.metrics.calibration import calibration_error
from fer_xai.metrics.proportion import mean_proportion, person_of_each, proportion
from fer_xai.results.classification import COLUMNS, classification_table, confusion_table
from fer_xai.results.paths import RunPaths
from fer_xai.results.run import RunRecord, read_run, write_run

CLASSES = ["anger", "fear", "neutral"]


def predictions(true: list[str], predicted: list[str], probability: float = 0.8) -> pd.DataFrame:
    names = [f"{i}.png" for i in range(len(true))]
    frame = pd.DataFrame({"image": names, "dataset": "d", "subject": names, "true": true, "predicted": predicted})
    rest = (1 - probability) / (len(CLASSES) - 1)
    for name in CLASSES:
        frame[f"p_{name}"] = np.where(frame["predicted"] == name, probability, rest)
    return frame


def value(table: pd.DataFrame, expression: str, metric: str) -> float:
    (row,) = table[(table["expression"] == expression) & (table["metric"] == metric)].to_dict("records")
    return row["value"]


def test_scores_by_arithmetic():
    """Anger: two of three found, one fear taken for it. Fear: one of two found. Neutral: no image, never predicted."""
    table = classification_table(predictions(["anger"] * 3 + ["fear"] * 2, ["anger", "anger", "fear", "fear", "anger"]))
    assert value(table, "anger", "precision") == pytest.approx(2 / 3)
    assert value(table, "anger", "recall") == pytest.approx(2 / 3)
    assert value(table, "fear", "f1") == pytest.approx(0.5)
    assert value(table, "fear", "support") == 2
    assert value(table, "", "accuracy") == pytest.approx(0.6)
    assert value(table, "", "recall") == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert value(table, "", "calibration_error") == pytest.approx(0.2)  # 80 % sure, 60 % right


def test_what_is_undefined_is_nan_and_says_why():
    table = classification_table(predictions(["anger", "fear"], ["anger", "anger"])).set_index(["expression", "metric"])
    assert np.isnan(table.loc[("neutral", "recall"), "value"])
    assert table.loc[("neutral", "recall"), "remark"] == "no image of it"
    assert table.loc[("fear", "precision"), "remark"] == "never predicted"
    assert table.loc[("neutral", "f1"), "remark"] == "no image of it, and never predicted"
    assert table.loc[("", "recall"), "remark"] == "mean of 2 of 3 expressions"
    assert table.loc[("fear", "f1"), "value"] == 0.0
    assert table.loc[("fear", "recall"), "value"] == 0.0
    bare = predictions(["anger"], ["anger"]).drop(columns=[f"p_{name}" for name in CLASSES])
    error = classification_table(bare).set_index("metric").loc["calibration_error"]
    assert np.isnan(error["value"])
    assert error["remark"] == "no probabilities"


def test_scores_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    true, said = rng.choice(CLASSES, 200).tolist(), rng.choice(CLASSES, 200).tolist()
    frame = predictions(true, said)
    table = classification_table(frame)
    expected = precision_recall_fscore_support(true, said, labels=CLASSES)
    for metric, scores in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert [value(table, name, metric) for name in CLASSES] == pytest.approx(list(scores))
    macro = precision_recall_fscore_support(true, said, labels=CLASSES, average="macro")
    assert [value(table, "", metric) for metric in ("precision", "recall", "f1")] == pytest.approx(macro[:3])
    assert value(table, "", "accuracy") == pytest.approx(accuracy_score(true, said))
    matrix = confusion_table(frame)
    assert matrix["true"].tolist() == CLASSES
    assert (matrix[CLASSES].to_numpy() == confusion_matrix(true, said, labels=CLASSES)).all()


def test_intervals_are_over_people():
    frame = predictions(["anger", "anger", "fear"] * 8, ["anger", "fear", "fear"] * 8).assign(
        subject=[f"s{i // 6}" for i in range(24)]
    )
    row = classification_table(frame).iloc[0]
    assert (row["value"], row["low"], row["high"]) == pytest.approx(
        proportion((frame["true"] == frame["predicted"]).to_numpy(), person_of_each(frame))
    )
    assert row["low"] < row["value"] < row["high"]
    mean = classification_table(frame).query("metric == 'recall' and expression == ''").iloc[0]
    assert (mean["value"], mean["low"], mean["high"]) == pytest.approx(
        mean_proportion(
            (frame["true"] == frame["predicted"]).to_numpy(), person_of_each(frame), frame["true"].to_numpy()
        )
    )


def test_images_without_a_subject_are_people_of_their_own():
    frame = pd.DataFrame({"image": ["a", "b", "c"], "subject": ["", "", "s"], "dataset": ["d", "d", "e"]})
    assert person_of_each(frame).tolist() == ["a", "b", "e/s"]


@pytest.mark.parametrize("seed", range(5))
def test_calibration_error_is_that_of_torchmetrics(seed):
    rng = np.random.default_rng(seed)
    probabilities = torch.from_numpy(rng.dirichlet(np.full(6, 0.5), 300))
    labels = torch.from_numpy(rng.integers(0, 6, 300))
    confidence, said = probabilities.max(1)
    expected = multiclass_calibration_error(probabilities, labels, num_classes=6, n_bins=15, norm="l1")
    found = calibration_error(confidence.numpy(), (said == labels).numpy())
    assert found == pytest.approx(float(expected), abs=1e-6)


def test_calibration_error_at_its_ends():
    assert calibration_error(np.ones(5), np.ones(5, bool)) == 0.0
    assert calibration_error(np.ones(5), np.zeros(5, bool)) == 1.0
    assert calibration_error(np.full(10, 0.5), np.arange(10) < 5) == pytest.approx(0.0)
    assert np.isnan(calibration_error(np.empty(0), np.empty(0, bool)))
    assert np.isnan(calibration_error(np.array([np.nan]), np.array([True])))


def test_a_run_keeps_both_tables(tmp_path):
    frame = predictions(["anger", "fear"], ["anger", "anger"])
    paths = RunPaths(tmp_path / "run")
    write_run(paths, RunRecord("run", "complete", "net"), predictions=frame)
    kept = pd.read_csv(paths.classification, keep_default_na=False, na_values=["nan"])
    assert tuple(kept.columns) == COLUMNS
    assert len(kept) == 5 + 4 * len(CLASSES)
    assert pd.read_csv(paths.confusion)[CLASSES].to_numpy().tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert {"classification.csv", "confusion.csv"} <= set(read_run(paths.dir).artefacts)
