"""What the report says of recognition, beside arithmetic."""

import math
from pathlib import Path

import pandas as pd
import pytest

from fer_xai.report.sections.accuracy import recognition
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import RunRecord, write_run
from fer_xai.results.study import read_study


def test_folds_of_a_network_are_taken_together(tmp_path: Path) -> None:
    """Over both folds: four images of anger, three found; one of fear taken for it; always 70 % sure, 60 % right."""
    parts = ((["anger", "anger", "anger"], ["anger", "anger", "fear"]), (["anger", "fear"], ["anger", "anger"]))
    for fold, (true, predicted) in enumerate(parts):
        frame = pd.DataFrame({"image": [f"{fold}{i}" for i in range(len(true))], "dataset": "d", "subject": ""})
        frame = frame.assign(true=true, predicted=predicted)
        for name in ("anger", "fear"):
            frame[f"p_{name}"] = (frame["predicted"] == name) * 0.4 + 0.3
        record = RunRecord(f"r{fold}", "complete", "net", "none", fold=fold, seed=0)
        write_run(StudyPaths(tmp_path).run(record.name), record, predictions=frame)
    (row,) = recognition(read_study(tmp_path), ["net"], ["anger", "fear", "neutral"])
    assert row["precision"][:2] == pytest.approx([3 / 4, 0.0])
    assert row["f1"][:2] == pytest.approx([3 / 4, 0.0])
    assert math.isnan(row["f1"][2])
    assert row["macro_f1"] == pytest.approx(3 / 8)
    assert row["calibration_error"] == pytest.approx(0.1)
