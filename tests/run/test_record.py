"""What is written down of a run, with and without results."""

import pytest
from helpers.made_up_run import composed, prepared_run

from fer_xai.config.fingerprint import IN_NAME
from fer_xai.errors import UserError
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import read_run, write_run
from fer_xai.run.fit import fit_and_test
from fer_xai.run.record import (
    absent_paths,
    complete_record,
    explainers_that_say,
    failed_record,
    forget_absence,
    record_absence,
    run_name,
)


def test_complete_record_tells_of_the_run_and_is_read_back(tmp_path):
    run = prepared_run(tmp_path, "explainer=[saliency,noise]", "job=abc", "seed=3")
    fit_and_test(run)
    record = complete_record(run, "2026-01-01T00:00:00+00:00")
    assert record.complete
    assert (record.network, record.pretrained, record.fold, record.seed) == ("songnet", "none", 0, 3)
    assert (record.explainers, record.baselines, record.jobs) == (["saliency", "noise"], ["noise"], ["abc"])
    assert record.data["expressions"] == dict.fromkeys(record.data["expressions"], 12)
    assert (record.data["n_images"], record.data["subjects"], record.data["names"]) == (72, 12, ["made_up"])
    right = run.context.predictions["true"] == run.context.predictions["predicted"]
    assert record.accuracy["value"] == right.mean()
    assert record.accuracy["n"] == 12
    # Which part is tested differs between runs of one study, how it is split must not.
    assert (record.settings["folds"], record.data["tested"], "tested" in record.settings) == (2, "0", False)
    write_run(run.context.paths, record, **run.context.contents())
    assert read_run(run.context.paths.dir).accuracy == record.accuracy


def test_name_begins_with_what_tells_runs_apart(tmp_path):
    name = run_name(composed(tmp_path, "fold=1", "seed=2"), "0123456789abcdef")
    assert name == "songnet-none-fold1-seed2-" + "0123456789abcdef"[:IN_NAME]
    assert "/" not in run_name(composed(tmp_path, "pretrained=a/b/mine.safetensors"), "0" * 64)


@pytest.mark.parametrize(
    ("error", "reason", "mistake"),
    [
        (UserError("data.csv=x\n is not there"), "data.csv=x is not there", True),
        (KeyError("x"), "KeyError: 'x'", False),
    ],
)
def test_failure_is_one_line(tmp_path, error, reason, mistake):
    cfg = composed(tmp_path)
    record = failed_record(cfg, StudyPaths(tmp_path).run("one"), error, "")
    assert (record.name, record.status, record.reason, record.mistake) == ("one", "failed", reason, mistake)


def test_absence_is_recorded_by_its_settings_until_there_is_a_result(tmp_path):
    cfg, other, study = composed(tmp_path), composed(tmp_path, "seed=9"), StudyPaths(tmp_path)
    for one in (cfg, other):
        record_absence(one, study, "unavailable", "no network", "")
    assert read_run(absent_paths(cfg, study).dir).reason == "no network"
    forget_absence(cfg, study)
    assert [path.name for path in study.runs.iterdir()] == [absent_paths(other, study).dir.name]


def test_baselines_say_so_themselves(tmp_path):
    explainers = composed(tmp_path, "explainer=[noise,gradcam,intervention,edges]").explainer
    assert explainers_that_say("baseline", explainers) == ["noise", "edges"]
    assert explainers_that_say("true_map", explainers) == ["intervention"]
