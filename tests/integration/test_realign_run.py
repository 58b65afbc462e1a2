"""A tiny run that tries other alignments, as a user would ask for it."""

import json
import shutil

import pandas as pd
import pytest

from fer_xai.cli import run
from fer_xai.results.paths import StudyPaths
from fer_xai.results.realigned_maps import OWN, read_realigned


@pytest.mark.slow
def test_alignments_are_tried_without_another_training(tiny_run, tmp_path):
    own = [*tiny_run, "model=songnet", "explainer=[gaussian,saliency]", f"hydra.run.dir={tmp_path}"]
    assert run(["train", *own, "analyse=false"]) == 0
    paths = StudyPaths(tmp_path)
    assert not list(paths.runs.glob("*/realigned.nc"))
    assert run(["train", *own, "realign=[noise_5,similarity]"]) == 0
    assert len(list(paths.trained.iterdir())) == 1
    before, after = sorted((json.loads(file.read_text()) for file in paths.runs.glob("*/run.json")), key=started)
    assert before["training_fingerprint"] == after["training_fingerprint"]
    assert before["run_fingerprint"] != after["run_fingerprint"]
    (file,) = paths.runs.glob("*/realigned.nc")
    tried = read_realigned(file)
    # A blob in the middle looks at no network.
    assert tried.explainer == "saliency"
    assert list(tried.titles) == [OWN, "noise_5", "similarity"]
    # The same place in tables twice is refused.
    shutil.rmtree(paths.run(before["name"]).dir)
    assert run(["analyze", f"study_dir={tmp_path}", "report=false"]) == 0
    table = pd.read_csv(paths.analysis / "realigned.csv")
    likeness = table[table["measure"].eq("likeness") & table["expression"].isna()].set_index("alignment")["value"]
    assert (likeness.abs() < 1).all()
    assert likeness["noise_5"] > 0.5


def started(record):
    return record["started"]


def test_alignment_that_cannot_work_is_left_out_with_a_line(tiny_run, tmp_path):
    nowhere = f"+realign.mediapipe.finder.packages={tmp_path}"
    own = ["model=songnet", "realign=[noise_2,mediapipe]", nowhere, "analyse=false"]
    assert run(["train", *tiny_run, *own, f"hydra.run.dir={tmp_path}"]) == 0
    (file,) = StudyPaths(tmp_path).runs.glob("*/realigned.nc")
    tried = read_realigned(file)
    assert list(tried.titles) == [OWN, "noise_2"]
    assert "pip install" in tried.left_out["mediapipe"]


def test_noise_of_no_size_is_told_in_one_line_before_any_work(tiny_run, tmp_path, capsys):
    own = ["model=songnet", "realign=noise_5", "realign.noise_5.share=0"]
    assert run(["train", *tiny_run, *own, f"hydra.run.dir={tmp_path}"]) == 2
    assert "noise of share=0" in capsys.readouterr().err
    assert not list(StudyPaths(tmp_path).trained.glob("*/last.ckpt"))
