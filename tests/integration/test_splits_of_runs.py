"""A run keeps its split, can be given it back, and says in one line what cannot be split."""

import json

import pandas as pd
import pytest
from PIL import Image

from fer_xai.cli import run


def one_line(capsys, *parts):
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[-1].startswith("fer-xai: ")
    assert not any("Traceback" in line for line in lines)
    for part in parts:
        assert part in lines[-1]


@pytest.mark.slow
def test_a_split_given_back_is_the_same_run(tiny_run, tmp_path):
    study = ["train", *tiny_run, "fold=1", f"hydra.run.dir={tmp_path}"]
    assert run(study) == 0
    (folder,) = (tmp_path / "runs").iterdir()
    table = pd.read_csv(folder / "split.csv", keep_default_na=False)
    assert table.columns.tolist() == ["image", "content", "dataset", "subject", "expression", "fold", "part"]
    assert len(table) == 36
    assert set(table["fold"]) == {1}
    assert (table.groupby("subject")["part"].nunique() == 1).all()
    tested = pd.read_csv(folder / "predictions.csv")["image"]
    assert set(table["image"][table["part"] == "test"]) == set(tested)
    record = json.loads((folder / "run.json").read_text())
    assert record["settings"]["split"] == "kfold"
    assert record["settings"]["folds"] == 2
    assert pd.read_csv(folder / "duplicates.csv").empty
    assert "no copies among the images" in (folder / "log.txt").read_text()

    own = [text for text in study if not text.startswith("split.")]
    assert run([*own, "split=file", f"split.file={tmp_path}/runs/*/split.csv"]) == 0
    # The same assignment: nothing is trained or written anew.
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [folder.name]


@pytest.mark.slow
def test_an_official_split_and_copies_between_its_parts(tiny_faces, tiny_run, tmp_path, capsys):
    labels = pd.read_csv(tiny_faces / "labels.csv")
    usage = dict.fromkeys(labels["subject"], "train") | {labels["subject"].iloc[-1]: "test"}
    labels["usage"] = labels["subject"].map(usage)
    data = tmp_path / "data"
    for name in labels["image"]:
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes((tiny_faces / name).read_bytes())
    # The last, tested picture is there once more for training: smaller, and as another person's.
    last = labels.iloc[-1]
    with Image.open(tiny_faces / last["image"]) as picture:
        picture.resize((200, 200)).save(data / "again.png")
    copy = last.to_frame().T.assign(image="again.png", subject="somebody", usage="train")
    pd.concat([labels, copy]).to_csv(data / "labels.csv", index=False)
    own = [text for text in tiny_run if not text.startswith(("data.", "split.", "prepare.crop"))]
    arguments = ["data=table", f"data.csv={data}/labels.csv", "split=official", "prepare.crop_size=64"]
    assert run(["train", *own, *arguments, f"hydra.run.dir={tmp_path}/s"]) == 0
    (folder,) = (tmp_path / "s" / "runs").iterdir()
    parts = pd.read_csv(folder / "split.csv").set_index("image")["part"]
    assert parts["again.png"] == "left_out"
    assert set(parts[labels["image"][labels["usage"] == "test"]]) == {"test"}
    assert set(pd.read_csv(folder / "duplicates.csv")["image"]) == {last["image"], "again.png"}
    told = capsys.readouterr().err
    assert "1 group holds images of different subjects" in told
    assert "1 images are left out of training" in told


@pytest.mark.parametrize(
    ("choice", "parts"),
    [
        (["split=cross_dataset"], ["at least two data sets", "synthetic"]),
        (["split=official"], ["synthetic comes without an official split", "split=kfold"]),
        (["split=file", "split.file=none.csv"], ["split.file=none.csv", "no such file"]),
        (["split=file"], ["split.file"]),
        (["split.folds=2", "fold=2"], ["fold=2: the folds are numbered 0 to 1"]),
        (["split.folds=9"], ["fewer subjects (6) than folds (9)"]),
        (["split.validation=0.9"], ["split.validation is 0.9"]),
        (["split.fold=3"], ["fold"]),
    ],
)
def test_what_cannot_be_split_is_one_line(tiny_run, tmp_path, capsys, choice, parts):
    own = [text for text in tiny_run if not text.startswith("split.")]
    assert run(["train", *own, *choice, f"hydra.run.dir={tmp_path}"]) == 2
    one_line(capsys, *parts)
    assert not (tmp_path / "runs").exists()
