"""Study folders in the forms of earlier versions: read, or refused in one line that says to do the run again."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from helpers.made_up_study import made_up_study

from fer_xai.cli import run
from fer_xai.errors import UserError
from fer_xai.results import run as records
from fer_xai.results.paths import RunPaths, StudyPaths
from fer_xai.results.plan import read_states
from fer_xai.results.run import sound_run
from fer_xai.results.stamps import stamps
from fer_xai.results.study import read_results, read_study

NETWORKS = (("songnet", "none", 0.7), ("weinet", "none", 0.5))


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = made_up_study(tmp_path_factory.mktemp("once"), NETWORKS, folds=1, subjects=2, replicates=3, people=True)
    for unavailable in ("away", "gone"):
        shutil.rmtree(root / "runs" / unavailable)
    return root


@pytest.fixture
def study(once: Path, tmp_path: Path) -> StudyPaths:
    """A study of two complete runs."""
    return StudyPaths(shutil.copytree(once, tmp_path / "study"))


def first(study: StudyPaths) -> RunPaths:
    return RunPaths(sorted(study.runs.iterdir())[0])


def written_by_an_earlier_version(paths: RunPaths, change: Callable[[dict], None] = lambda content: None) -> None:
    """Rewrite a record as an earlier version would have: its schema, its stamps, its seal."""
    content = json.loads(paths.record.read_text(encoding="utf-8"))
    content["schema"] = 1
    content["artefacts"] = stamps(path for path in paths.dir.iterdir() if path.name in RunPaths.artefact_names())
    change(content)
    if "seal" in content:
        content["seal"] = records._seal(content)
    paths.record.write_text(json.dumps(content), encoding="utf-8")


def drop(*path: str) -> Callable[[dict], None]:
    def change(content: dict) -> None:
        for key in path[:-1]:
            content = content[key]
        del content[path[-1]]

    return change


def put(key: str, value: object) -> Callable[[dict], None]:
    return lambda content: content.update({key: value})


def rename(old: str, new: str) -> Callable[[dict], None]:
    def change(content: dict) -> None:
        content[new] = content.pop(old)

    return change


def of_the_first_version(content: dict) -> None:
    """What records said when there were neither seals nor stamps."""
    later = {"jobs", "mistake", "baselines", "explainer_titles", "true_maps", "left_out_explainers", "planted"}
    for key in later | {"alignment", "validation", "weights", "artefacts", "seal"}:
        content.pop(key)
    for key in [key for key in content["accuracy"] if key.startswith("balanced")]:
        content["accuracy"].pop(key)


@pytest.mark.parametrize(
    "change",
    [
        of_the_first_version,
        drop("seal"),
        drop("artefacts"),
        drop("accuracy", "balanced"),
        drop("schema"),
        drop("data", "left_out"),
        put("data", {}),
        put("settings", {}),
        put("timings", {}),
        put("images", {}),
        put("accuracy", None),
        put("earlier_word", 3),
    ],
)
def test_records_that_say_less_are_read(study: StudyPaths, change: Callable[[dict], None]) -> None:
    written_by_an_earlier_version(first(study), change)
    assert len(read_results(study.root).complete) == 2
    assert {state.status for state in read_states(study)} == {"complete"}
    assert sound_run(first(study))[0] is not None


ALIGNED = {"reference": "observers", "map": "grad_cam", "strength": 1.0, "distance": "ncc", "of_others": False}
PLANTED = {"cue": "mark", "expression": "anger", "rate": 0.9, "base_rate": 0.1}


def without(entry: dict, key: str) -> dict:
    return {name: value for name, value in entry.items() if name != key}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        *((rename(key, f"{key}s"), f"it has no {key}") for key in ("network", "pretrained", "fold", "seed", "images")),
        (drop("explainers"), "it has no explainers"),
        (put("status", "done"), "status is 'done'"),
        (put("fold", "0"), "fold is '0'"),
        (put("explainers", {"gradcam": {}}), "explainers is"),
        *((put("alignment", without(ALIGNED, key)), f"its alignment has no {key}") for key in ALIGNED),
        *((put("planted", without(PLANTED, key)), f"its planted has no {key}") for key in PLANTED),
        (put("planted", PLANTED | {"rate": "high"}), "planted.rate is 'high', expected float"),
        (put("weights", {"name": "own"}), "its weights has no sha256"),
        (drop("accuracy", "low"), "its accuracy has no low"),
        (put("validation", {"value": 0.5}), "its validation has no accuracy"),
    ],
)
def test_records_that_would_be_misread_are_refused(
    study: StudyPaths, change: Callable[[dict], None], words: str
) -> None:
    paths = first(study)
    written_by_an_earlier_version(paths, change)
    left_out = read_results(study.root).left_out
    assert words in left_out[paths.dir.name]
    assert "the study's command does again what is missing" in left_out[paths.dir.name]
    state = read_states(study)[0]
    assert state.status == "damaged"
    assert words in state.reason
    done, why = sound_run(paths)
    assert done is None
    assert words in why


def without_columns(name: str, *columns: str) -> Callable[[RunPaths], None]:
    def change(paths: RunPaths) -> None:
        path = getattr(paths, name)
        pd.read_csv(path, keep_default_na=False).drop(columns=list(columns)).to_csv(path, index=False)

    return change


def without_variable(name: str, variable: str) -> Callable[[RunPaths], None]:
    def change(paths: RunPaths) -> None:
        with h5py.File(getattr(paths, name), "a") as file:
            file.move(variable, f"{variable}_of_old")

    return change


def old_metrics(paths: RunPaths) -> None:
    """The table as it was before scores had intervals over people."""
    paths.metrics.write_text("explainer,expression,reference,metric,value,low,high,n,skipped\n", encoding="utf-8")


FILES = [
    (old_metrics, "metrics.csv", "no column holds, reason, people"),
    (without_columns("predictions", "dataset"), "predictions.csv", "no column dataset"),
    (without_columns("classification", "expression"), "classification.csv", "no column expression"),
    (without_variable("heatmaps", "images"), "heatmaps.nc", "no variable images"),
    (without_variable("replicates", "count"), "replicates.nc", "no variable count"),
    (without_variable("people", "scale"), "people.nc", "no variable scale"),
]


@pytest.mark.parametrize(("change", "name", "words"), FILES, ids=[name for _, name, _ in FILES])
def test_files_in_an_earlier_form_are_told_by_name(
    study: StudyPaths, change: Callable[[RunPaths], None], name: str, words: str
) -> None:
    paths = first(study)
    change(paths)
    written_by_an_earlier_version(paths)
    why = f"{name} is in the form of an earlier version ({words})"
    assert read_results(study.root).left_out == {paths.dir.name: f"{why}; the study's command does it again"}
    assert read_states(study)[0].reason == f"{why}; the study's command does it again"
    assert sound_run(paths) == (None, f"{paths.dir}: {why}")


def test_files_of_this_version_lack_nothing(study: StudyPaths) -> None:
    for item in RunPaths.files().values():
        assert item.lacking(first(study)) == "", item.file


def test_an_earlier_schema_whose_files_are_as_now_is_read(study: StudyPaths) -> None:
    for folder in study.runs.iterdir():
        written_by_an_earlier_version(RunPaths(folder))
    assert len(read_study(study.root).complete) == 2


def test_study_of_old_runs_alone_is_one_line_by_every_command(study: StudyPaths, capsys) -> None:
    """And so is what lies beside the runs: the plan, tables and page of the earlier analysis."""
    for folder in study.runs.iterdir():
        old_metrics(RunPaths(folder))
        written_by_an_earlier_version(RunPaths(folder))
    study.plan.write_text(json.dumps([{"name": "songnet", "state": "done"}]), encoding="utf-8")
    study.analysis.mkdir()
    study.analysed.write_text("[]", encoding="utf-8")
    (study.analysis / "scores.csv").write_text("network,value\nsongnet,0.5\n", encoding="utf-8")
    with pytest.raises(UserError, match="does it again"):
        read_results(study.root)
    assert run(["status", str(study.root)]) == 0
    assert "2 runs: 2 damaged" in capsys.readouterr().out
    for command in (["analyze", f"study_dir={study.root}"], ["submit", str(study.root)], ["power", str(study.root)]):
        assert run(command) == 2, command
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("fer-xai: none of the runs of "), command
        assert line.endswith("the study's command does it again"), command


@pytest.mark.parametrize("content", ["[]", "{}", '{"runs": 3}', '{"runs": [{"job": "x"}]}', '{"runs": [3]}', "no json"])
def test_plans_of_other_forms_are_no_plan(study: StudyPaths, content: str) -> None:
    study.plan.write_text(content, encoding="utf-8")
    assert {state.status for state in read_states(study)} == {"complete"}
    assert len(read_study(study.root).complete) == 2


@pytest.mark.parametrize("dims", [("x", "y", "expression", "explainer"), ("expression", "explainer", "x", "y")])
def test_dimensions_are_known_by_name(study: StudyPaths, dims: tuple[str, ...]) -> None:
    """Other programs may write arrays in another order."""
    from fer_xai.expressions import EXPRESSIONS
    from fer_xai.results.heatmap_files import read_dataset
    from fer_xai.results.pool import maps_of, pool_heatmaps

    (one, _) = read_results(study.root).complete
    before = pool_heatmaps([one], "gradcam", EXPRESSIONS)
    with read_dataset(one.paths.heatmaps) as dataset:
        turned = dataset.load().transpose(*dims, ...)
    turned.to_netcdf(one.paths.heatmaps, engine="h5netcdf")
    for after in (pool_heatmaps([one], "gradcam", EXPRESSIONS), maps_of(turned, "gradcam")):
        assert after.mean.shape == before.mean.shape
        np.testing.assert_array_equal(after.mean, before.mean)
        np.testing.assert_array_equal(after.count, before.count)
