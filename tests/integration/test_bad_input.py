"""A user's mistake: one clear line, exit status 2, nothing lost. A single bad image: left out, status 0."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from fer_xai.cli import run
from fer_xai.results.run import read_run
from fer_xai.results.study import read_study


@pytest.fixture
def faces(tiny_faces: Path, tmp_path: Path) -> Path:
    """A copy of the tiny table that a test may spoil."""
    return Path(shutil.copytree(tiny_faces, tmp_path / "faces"))


@pytest.fixture
def on_table(tiny_run: list[str]) -> list[str]:
    return ["train", *(text for text in tiny_run if not text.startswith("data."))]


def spoil(faces: Path, change) -> Path:
    table = pd.read_csv(faces / "labels.csv")
    change(table).to_csv(faces / "labels.csv", index=False)
    return faces / "labels.csv"


def one_line(capsys, *parts: str) -> None:
    error = capsys.readouterr().err
    last = error.strip().splitlines()[-1]
    assert last.startswith("fer-xai: ")
    assert "Traceback" not in error
    assert "Error executing" not in error
    for part in parts:
        assert part in last


def test_missing_csv(on_table, tmp_path, capsys):
    assert run([*on_table, "data=table", f"data.csv={tmp_path}/none.csv", f"hydra.run.dir={tmp_path}/s"]) == 2
    one_line(capsys, "none.csv")


def test_missing_csv_in_a_sweep(on_table, tmp_path, capsys):
    sweep = ["-m", "fold=0,1", "data=table", f"data.csv={tmp_path}/none.csv", f"hydra.sweep.dir={tmp_path}/s"]
    assert run([*on_table, *sweep]) == 2
    error = capsys.readouterr().err
    assert error.count("failed: ") == 2
    assert "Traceback" not in error


@pytest.mark.parametrize("more", [[], ["dry_run=true"]])
@pytest.mark.parametrize(
    ("mistake", "words"), [("model=songnet,songet", "songet"), ("explainer=[]", "choose at least one")]
)
def test_mistake_in_a_whole_sweep_begins_no_run(tiny_run, untimed, tmp_path, capsys, mistake, words, more):
    sweep = ["train", "-m", *tiny_run, "fold=0,1", mistake, *more, f"hydra.sweep.dir={tmp_path}/s"]
    assert run(sweep) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith("fer-xai: ")
    assert words in error
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (["fold=0,7"], "fold=7: the folds are numbered 0 to 1 (split=kfold) (1 of 2 runs)"),
        pytest.param(
            ["fold=0,1", "split.folds=2,7"], "fewer subjects (6) than folds (7): more people", marks=pytest.mark.slow
        ),
        pytest.param(
            ["fold=0,-1", "model=songnet,weinet"],
            "fold=-1: the folds are numbered 0 to 1 (split=kfold) (2 of 4 runs)",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_folds_that_cannot_be_begin_no_run(tiny_run, untimed, tmp_path, capsys, mistake, words):
    """Nothing is prepared for them, either."""
    sweep = ["train", "-m", *tiny_run, *mistake, f"cache_dir={tmp_path}/cache", f"hydra.sweep.dir={tmp_path}/s"]
    for more in ([], ["dry_run=true"]):
        assert run([*sweep, *more]) == 2
        out, error = capsys.readouterr()
        assert error.count("\n") == 1
        assert words in error
    assert out.count(f"cannot begin: {words.split(' (split')[0]}") == (1 if "(1 of" in words else 2)
    assert not (tmp_path / "s").exists()
    assert not list((tmp_path / "cache").rglob("*.png"))


def test_folds_that_cannot_be_for_lack_of_faces_begin_no_run(faces, on_table, tmp_path, capsys):
    """Six people, of whom two have no picture that can be read."""
    for image in pd.read_csv(faces / "labels.csv").query("subject in ['s0001', 's0004']")["image"]:
        (faces / image).write_bytes(b"")
    table = ["data=table", f"data.csv={faces}/labels.csv", "split.folds=5", "fold=0,1"]
    assert run([on_table[0], "-m", *on_table[1:], *table, f"hydra.sweep.dir={tmp_path}/s"]) == 2
    one_line(capsys, "fewer subjects (4) than folds (5)")
    assert not (tmp_path / "s" / "runs").exists()


def test_fold_of_a_single_run_that_cannot_be_is_seen_before_any_work(tiny_run, tmp_path, capsys):
    assert run(["train", *tiny_run, "fold=2", f"cache_dir={tmp_path}/cache", f"hydra.run.dir={tmp_path}/s"]) == 2
    one_line(capsys, "fold=2: the folds are numbered 0 to 1")
    assert not list((tmp_path / "cache").rglob("*.png"))


def test_dry_run_tells_of_each_run_what_is_wrong(tiny_run, untimed, tmp_path, capsys):
    sweep = ["train", "-m", *tiny_run, "dry_run=true", f"hydra.sweep.dir={tmp_path}/s"]
    assert run([*sweep, "fold=0,1", "normalise=unit,no", "model=songnet,songet"]) == 2
    out, error = capsys.readouterr()
    lines = out.splitlines()[:-1]
    assert len(lines) == 8
    for line in lines:
        assert ("cannot begin: " in line) == ("normalise=no " in line or "model=songet " in line)
        assert "data.subjects" not in line
    assert "choose weights or unit" in lines[2]
    assert "(6 of 8 runs)" in error
    assert not (tmp_path / "s").exists()


def test_dry_run_names_the_key_that_was_meant(tiny_run, untimed, tmp_path, capsys):
    sweep = ["train", "-m", *tiny_run, "recipe.epochs=5,6", "dry_run=true", f"hydra.sweep.dir={tmp_path}/s"]
    assert run(sweep) == 2
    out, error = capsys.readouterr()
    assert out.count("cannot begin: ") == 2
    assert out.count("max_epochs") == 2
    assert error.count("max_epochs") == 1


@pytest.mark.slow
def test_dry_run_of_a_single_run(tiny_run, tmp_path, capsys):
    """It lists the run as that of a sweep is listed, before and after it is done."""
    arguments = ["train", *tiny_run, "model=songnet", f"hydra.run.dir={tmp_path}/a/s"]
    assert run([*arguments, "dry_run=true"]) == 0
    line, summary = capsys.readouterr().out.splitlines()
    assert line == "model=songnet  planned  would be done"
    assert summary.startswith("1 runs: 1 planned; about ")
    assert "an estimate from a few timed steps" in summary
    assert not (tmp_path / "a").exists()
    assert run([*arguments, "dry_run=true", "fold=2"]) == 2
    assert "cannot begin: fold=2: the folds are numbered 0 to 1" in capsys.readouterr().out
    assert run(arguments) == 0
    told = capsys.readouterr().err
    assert run([*arguments, "dry_run=true"]) == 0
    line, summary = capsys.readouterr().out.splitlines()
    assert "complete  would not be done" in line
    assert summary == "1 runs: 1 complete; nothing to do"
    # The run took as long on the terminal and in its log as in the list.
    took = line.split("would not be done")[1].strip()
    assert f"({took})" in told
    assert f"took {took} (" in next(tmp_path.glob("a/s/runs/*/log.txt")).read_text()


@pytest.mark.slow
def test_mistake_in_one_run_leaves_the_others(tiny_run, tmp_path):
    sweep = ["-m", "model=songnet", "normalise=unit,none", f"hydra.sweep.dir={tmp_path}/s"]
    assert run(["train", *tiny_run, *sweep]) == 1
    assert read_study(tmp_path / "s").statuses == {"complete": 1, "failed": 1}


def test_missing_folder(on_table, tmp_path, capsys):
    assert run([*on_table, "data=folder", f"data.root={tmp_path}/none", f"hydra.run.dir={tmp_path}/s"]) == 2
    one_line(capsys, f"{tmp_path}/none")


def test_csv_that_is_not_given(on_table, tmp_path, capsys):
    assert run([*on_table, "data=table", f"hydra.run.dir={tmp_path}/s"]) == 2
    one_line(capsys, "data.csv")


@pytest.mark.parametrize("column", ["image", "expression"])
def test_csv_without_a_needed_column(faces, on_table, tmp_path, capsys, column):
    csv = spoil(faces, lambda t: t.rename(columns={column: "other"}))
    assert run([*on_table, "data=table", f"data.csv={csv}", f"hydra.run.dir={tmp_path}/s"]) == 2
    one_line(capsys, str(csv), column)


def test_unknown_expression_word(faces, on_table, tmp_path, capsys):
    csv = spoil(faces, lambda t: t.assign(expression=t["expression"].replace("fear", "boredom")))
    assert run([*on_table, "data=table", f"data.csv={csv}", f"hydra.run.dir={tmp_path}/s"]) == 2
    one_line(capsys, "boredom", "labels.csv")


def test_fewer_subjects_than_folds(faces, on_table, tmp_path, capsys):
    arguments = ["data=table", f"data.csv={faces}/labels.csv", "split.folds=7", f"hydra.run.dir={tmp_path}/s"]
    assert run([*on_table, *arguments]) == 2
    one_line(capsys, "subjects (6)", "folds (7)")


def test_expression_without_a_usable_image(faces, on_table, tmp_path, capsys):
    csv = spoil(faces, lambda t: t[t["expression"] != "disgust"])
    assert run([*on_table, "data=table", f"data.csv={csv}", f"hydra.run.dir={tmp_path}/s"]) == 2
    one_line(capsys, "disgust")


def test_output_folder_that_cannot_be_written(tiny_run, tmp_path, capsys):
    (tmp_path / "file").write_text("not a folder")
    assert run(["train", *tiny_run, f"hydra.run.dir={tmp_path}/file/study"]) == 2
    one_line(capsys, f"{tmp_path}/file")


def test_recipe_that_wants_a_validation_part_where_there_is_none(tiny_run, tmp_path, capsys):
    arguments = ["train", *tiny_run, "split.validation=0", f"hydra.run.dir={tmp_path}/s"]
    assert run(arguments) == 2
    one_line(capsys, "recipe.keep=last recipe.patience=null recipe.scheduler=null")
    assert run([*arguments, "recipe.keep=last", "recipe.patience=null", "recipe.scheduler=null"]) == 0


@pytest.mark.parametrize(("backbone", "words"), [("vit_tinny", "vit_tinny"), ("null", "model.backbone")])
def test_unknown_backbone(tiny_run, tmp_path, capsys, backbone, words):
    assert run(["train", *tiny_run, "model=timm", f"model.backbone={backbone}", f"hydra.run.dir={tmp_path}/s"]) == 2
    one_line(capsys, words)


@pytest.mark.parametrize("choice", ["normalise=none", "trainer.precision=16-mixed"])
def test_word_that_is_no_choice(tiny_run, tmp_path, capsys, choice):
    assert run(["train", *tiny_run, choice, f"hydra.run.dir={tmp_path}/s"]) == 2
    one_line(capsys, choice)


def test_unknown_model(tiny_run, tmp_path, capsys):
    assert run(["train", *tiny_run, "model=weinett", f"hydra.run.dir={tmp_path}/s"]) == 2
    one_line(capsys, "weinett")


@pytest.mark.parametrize("content", [b"", b"no model", None])
def test_landmark_model_that_is_none(faces, on_table, tmp_path, capsys, content):
    model = tmp_path / "model.dat"
    if content is not None:
        model.write_bytes(content)
    arguments = ["data=table", f"data.csv={faces}/labels.csv", "landmarks=dlib", f"landmarks.model={model}"]
    assert run([*on_table, *arguments, f"hydra.run.dir={tmp_path}/s"]) == 2
    one_line(capsys, "model.dat")


def test_single_bad_images_are_left_out_and_listed(faces, on_table, tmp_path):
    images = pd.read_csv(faces / "labels.csv")["image"]
    (faces / images[0]).write_bytes(b"")
    (faces / images[7]).write_bytes((faces / images[7]).read_bytes()[:500])
    (faces / images[14]).unlink()
    assert run([*on_table, "data=table", f"data.csv={faces}/labels.csv", f"hydra.run.dir={tmp_path}/s"]) == 0
    (done,) = read_study(tmp_path / "s").complete
    left_out = pd.read_csv(done.paths.left_out)
    assert set(left_out["image"]) == {images[0], images[7], images[14]}
    assert left_out["reason"].str.len().min() > 5
    assert read_run(done.paths.dir).data["left_out"] == 3


def test_drawn_faces_show_no_other_classes(tiny_run, tmp_path, capsys):
    assert run(["train", *tiny_run, "classes=[anger,pain]", f"hydra.run.dir={tmp_path}/s"]) == 2
    one_line(capsys, "pain", "data=synthetic")
    assert run(["data", "export", "classes=[anger,pain]", f"out={tmp_path}/e"]) == 2
    one_line(capsys, "pain", "data=synthetic")


def test_the_advice_for_an_unknown_word_works(faces, on_table, tmp_path, capsys):
    words = {"fear": "Pain", "sadness": "Ärger im Büro", "disgust": "mürrisch"}
    csv = spoil(faces, lambda t: t.assign(expression=t["expression"].replace(words)))
    arguments = [*on_table, "model=songnet", "data=table", f"data.csv={csv}"]
    assert run([*arguments, f"hydra.run.dir={tmp_path}/a"]) == 2
    one_line(capsys, "data.words={", "`classes`")
    taken = ["classes=[Happy,Ärger im Büro,pain,anger]", "data.words={mürrisch:null,surprise:Ärger im Büro}"]
    assert run([*arguments, *taken, f"hydra.run.dir={tmp_path}/b"]) == 0
    assert capsys.readouterr().err.count("pain") == 1
    (done,) = read_study(tmp_path / "b").complete
    predictions = pd.read_csv(done.paths.predictions)
    assert [name for name in predictions if name.startswith("p_")] == [
        *("p_anger", "p_happiness", "p_ärger im büro", "p_pain")
    ]
    assert set(predictions["true"]) == {"anger", "happiness", "ärger im büro", "pain"}


def test_training_that_ends_before_it_is_validated_is_not_kept(tiny_run, tmp_path, capsys):
    few = ["recipe.batch_size=4", "+trainer.max_steps=1", f"hydra.run.dir={tmp_path}/s"]
    assert run(["train", *tiny_run, *few]) == 2
    one_line(capsys, "recipe.keep=last recipe.patience=null recipe.scheduler=null")
    assert list(tmp_path.glob("s/trained/*/record.json")) == []
