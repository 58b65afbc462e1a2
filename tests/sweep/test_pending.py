"""What is known of a study's runs, and which of them are to be done."""

import json

import numpy as np
import pytest

from fer_xai.analysis.words.answer import passed_over
from fer_xai.results.heatmap_files import build_heatmaps
from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import Job, job_key, read_jobs, read_states, write_plan
from fer_xai.results.run import RunRecord, mark_jobs, read_run, sound_run, write_run
from fer_xai.results.study import read_study
from fer_xai.sweep.jobs import make_jobs
from fer_xai.sweep.pending import pending
from fer_xai.sweep.study_status import seconds_left, summary_line

MAPS = {"mean": np.ones((6, 5, 4)), "std": np.ones((6, 5, 4)), "count": np.ones((6, 5, 4)), "images": np.ones(6)}


def jobs_of(*folds: int) -> list[Job]:
    return make_jobs([["model=net", f"fold={fold}"] for fold in folds], "base")


def put(study: StudyPaths, name: str, status: str = "complete", **facts: object) -> None:
    record = RunRecord(name, status, "net", explainers=["x"], **facts)  # type: ignore[arg-type]
    write_run(study.run(name), record, heatmaps=build_heatmaps({"x": MAPS}) if status == "complete" else None)


@pytest.fixture
def study(tmp_path):
    return StudyPaths(tmp_path)


def same_data(monkeypatch, fingerprint: str = ""):
    monkeypatch.setattr("fer_xai.sweep.pending._data_fingerprint", lambda cfg: fingerprint)


def test_a_job_is_named_by_what_is_said_about_it():
    assert job_key(["a=1", "b=2"], "x") == job_key(["b=2", "a=1"], "x")
    assert len({job_key(["a=1"], "x"), job_key(["a=2"], "x"), job_key(["a=1"], "y")}) == 3
    told = make_jobs([["fold=0", "dry_run=true"], ["fold=0", "wait=false"], ["fold=1"]], "base")
    assert [job.overrides for job in told] == [("fold=0",), ("fold=1",)]


def test_states_follow_the_records(study):
    jobs = jobs_of(0, 1, 2)
    put(study, "a", jobs=[jobs[0].key], timings={"fit": 2.0, "explain": 1.0, "explain_x": 1.0})
    put(study, "b", "failed", reason="no memory", jobs=[jobs[1].key])
    put(study, "other", "not applicable", reason="never")
    (study.runs / "torn").mkdir()
    (study.runs / "torn" / "running.json").write_text(json.dumps({"host": "h", "pid": 1, "started": "now"}))
    (study.runs / "empty").mkdir()
    states = read_states(study, jobs)
    assert [state.status for state in states] == ["complete", "failed", "planned", "set aside", "set aside"]
    assert states[3].reason == "of an earlier command; not applicable: never"
    assert states[0].seconds == 3.0
    assert states[2].overrides == ("model=net", "fold=2")
    assert summary_line(states) == ("5 runs: 1 planned, 1 failed, 2 set aside, 1 complete; about 3 s left")
    assert seconds_left(states[:2]) == 0
    assert seconds_left(states[2:3]) is None


def test_plan_keeps_the_latest_jobs(study):
    jobs = jobs_of(0, 1)
    put(study, "a", jobs=[jobs[0].key])
    write_plan(study, jobs)
    assert read_jobs(study) == jobs
    put(study, "b", jobs=[jobs[1].key])
    assert [state.status for state in write_plan(study)] == ["complete", "complete"]
    study.plan.write_text("{")
    assert read_jobs(study) == []


def test_only_what_is_not_done_is_to_be_done(study, monkeypatch):
    same_data(monkeypatch)
    jobs = jobs_of(0, 1, 2, 3)
    put(study, "a", jobs=[jobs[0].key])
    put(study, "b", "failed", reason="no memory", jobs=[jobs[1].key])
    put(study, "c", "not applicable", reason="never", jobs=[jobs[2].key])

    def todo(**settings):
        return pending(study, read_states(study, jobs)[:4], jobs, lambda overrides: None, **settings)

    assert todo() == [jobs[1], jobs[3]]
    assert todo(retry=False) == [jobs[3]]
    study.run("a").heatmaps.write_bytes(b"damaged")
    assert todo() == [jobs[0], jobs[1], jobs[3]]
    record, wrong = sound_run(study.run("a"))
    assert record is None
    assert wrong.endswith("heatmaps.nc missing or changed since written")


def test_other_data_make_the_runs_again(study, monkeypatch):
    jobs = make_jobs([["data=one", "fold=0"], ["data=one", "fold=1"], ["data=two", "fold=0"]], "base")
    for name, job, data in zip("abc", jobs, ("one", "one", "two"), strict=True):
        put(study, name, jobs=[job.key], fold="abc".index(name), data={"fingerprint": data})
    asked = []

    def now(cfg):
        asked.append(cfg)
        return {"data=one": "one", "data=two": "changed"}[cfg[0]]

    monkeypatch.setattr("fer_xai.sweep.pending._data_fingerprint", now)
    assert pending(study, read_states(study, jobs), jobs, list) == [jobs[2]]
    assert len(asked) == 2


def test_runs_from_a_file_of_weights_look_for_themselves(study, monkeypatch):
    same_data(monkeypatch)
    jobs = make_jobs([["pretrained=true"], ["pretrained=w.safetensors"]], "base")
    for name, job in zip("ab", jobs, strict=True):
        put(study, name, jobs=[job.key], fold="ab".index(name))
    assert pending(study, read_states(study, jobs), jobs, list) == [jobs[1]]


def test_record_notes_every_job_that_led_to_it(study):
    put(study, "a", jobs=["one"])
    record = mark_jobs(study.run("a"), read_run(study.run("a").dir), ["two"])
    assert record.jobs == ["one", "two"]
    assert read_run(study.run("a").dir) == record
    assert sound_run(study.run("a")) == (record, "")


def test_runs_that_the_latest_command_replaces_are_set_aside(study):
    old, new = jobs_of(0), jobs_of(1)
    put(study, "old", jobs=[old[0].key], fold=0, settings={"recipe": "paper"})
    put(study, "new", jobs=[new[0].key], fold=1, settings={"recipe": "matched"})
    write_plan(study, new)
    found = read_study(study.root)
    assert [run.record.name for run in found.complete] == ["new"]
    assert found.set_aside == {"old": ("recipe",)}
    assert passed_over(found) == ["Set aside: 1 run of earlier commands, which differs in recipe."]
    states = read_states(study)
    assert [(state.name, state.status) for state in states] == [("new", "complete"), ("old", "set aside")]
    assert states[1].reason == "of an earlier command; differs in recipe"


def test_runs_without_result_that_the_latest_command_does_not_ask_for_are_no_part_of_the_study(study):
    old, new = jobs_of(0, 1), jobs_of(2, 3)
    put(study, "mistaken", "failed", jobs=[old[0].key], reason="no such file")
    put(study, "weights", "weights", jobs=[old[1].key])
    put(study, "failed", "failed", jobs=[new[0].key], reason="no memory")
    put(study, "done", jobs=[new[1].key])
    states = write_plan(study, new)
    assert summary_line(states) == "4 runs: 1 failed, 1 set aside, 1 weights, 1 complete"
    assert read_study(study.root).statuses == {"complete": 1, "failed": 1, "weights": 1}


def test_command_of_which_nothing_is_complete_leaves_the_newest_runs(study):
    old, new, failed = jobs_of(0, 1, 2)
    recipes = {"one": "paper", "two": "matched"}
    for name, job, day in (("one", old, 1), ("two", new, 2)):
        put(study, name, jobs=[job.key], fold=0, settings={"recipe": recipes[name]}, finished=f"2026-01-0{day}")
    put(study, "three", "failed", jobs=[failed.key], reason="no memory")
    write_plan(study, [failed])
    found = read_study(study.root)
    assert [run.record.name for run in found.complete] == ["two"]
    assert found.set_aside == {"one": ("recipe",)}


def test_of_two_runs_of_one_job_the_newer_one_counts(study):
    (job,) = jobs_of(0)
    for name, day in (("a", 2), ("b", 1)):
        put(study, name, jobs=[job.key], data={"fingerprint": name}, finished=f"2026-01-0{day}")
    states = write_plan(study, [job])
    assert [(state.name, state.status) for state in states] == [("a", "complete"), ("b", "set aside")]
    assert read_study(study.root).set_aside == {"b": ("data.fingerprint",)}


def test_place_that_was_filled_anew_is_done_again(study):
    old, new = jobs_of(0, 1)
    put(study, "old", jobs=[old.key], fold=0, finished="2026-01-01")
    put(study, "new", jobs=[new.key], fold=0, finished="2026-01-02")
    write_plan(study, [new])
    assert read_study(study.root).set_aside == {"old": ()}
    assert read_states(study)[1].reason == "of an earlier command; done again by a later one"


def test_renamed_folder_is_nobodys_result_and_blocks_nothing(study, monkeypatch):
    same_data(monkeypatch)
    jobs = jobs_of(0, 1)
    put(study, "a", jobs=[jobs[0].key])
    put(study, "b", jobs=[jobs[1].key])
    study.run("a").dir.rename(study.run("mine").dir)
    states = read_states(study, jobs)
    assert [(state.status, state.name) for state in states] == [("planned", ""), ("complete", "b"), ("damaged", "mine")]
    assert "renamed or copied: it is that of run a" in states[2].reason
    assert pending(study, states[:2], jobs, lambda overrides: None) == [jobs[0]]


def test_runs_of_one_trained_network_are_joined(study):
    for name, explainer, images in (("a", "x", {"fear": 3}), ("b", "x", {"anger": 4}), ("c", "y", {"anger": 4})):
        record = RunRecord(name, "complete", "net", fold=0, seed=0, explainers=[explainer], images=images)
        write_run(study.run(name), record, heatmaps=build_heatmaps({explainer: MAPS}))
    found = read_study(study.root).networks
    assert len(found) == 1
    assert [len(runs) for runs in found[0].places] == [3]
    assert len(found[0].trained) == 1
