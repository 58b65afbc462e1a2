"""Folds that cannot be are told from lists of images, before any of these is opened."""

from pathlib import Path

import pandas as pd
import pytest
from omegaconf import OmegaConf

from fer_xai.sweep.check_folds import impossible_folds
from fer_xai.sweep.jobs import make_jobs

PEOPLE = ("a", "b", "c")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two expressions of each of three people, in official parts; the pictures are not there."""
    rows = [
        {
            "image": f"{person}{i}.png",
            "expression": word,
            "subject": person,
            "usage": "test" if person == "c" else "train",
        }
        for person in PEOPLE
        for i, word in enumerate(("anger", "fear"))
    ]
    for row in rows:
        (tmp_path / row["image"]).write_bytes(b"never opened")
    pd.DataFrame(rows).to_csv(tmp_path / "labels.csv", index=False)
    return tmp_path / "labels.csv"


def found(data: dict, split: dict, *folds: int) -> dict[int, str]:
    """What is wrong with each of these folds, where anything is."""
    jobs = make_jobs([[f"fold={fold}"] for fold in folds], "base")
    config = OmegaConf.create({"data": data, "split": split, "fold": 0})
    wrong, unread = impossible_folds(jobs, lambda overrides: config)
    assert unread == {}
    return {fold: str(wrong[job.key]) for fold, job in zip(folds, jobs, strict=True) if job.key in wrong}


def table_source(csv: Path) -> dict:
    return {"_target_": "fer_xai.data.sources.table.TableSource", "csv": str(csv)}


def split(name: str, **settings) -> dict:
    return {"_target_": f"fer_xai.data.splits.{name}", **settings}


def test_more_folds_than_people(table):
    assert found(table_source(table), split("kfold.KFold", folds=3), 0, 1, 2) == {}
    assert found(table_source(table), split("kfold.KFold", folds=3), 2, 3) == {
        3: "fold=3: the folds are numbered 0 to 2 (split=kfold)"
    }
    wrong = found(table_source(table), split("kfold.KFold", folds=4), 0, 3)
    assert all(reason.startswith("fewer subjects (3) than folds (4)") for reason in wrong.values())
    assert list(wrong) == [0, 3]


def test_more_folds_than_data_sets(tmp_path):
    drawn = {"_target_": "fer_xai.synthetic.source.SyntheticSource", "subjects": 2, "cache_dir": str(tmp_path)}
    sources = {name: {**drawn, "name": name} for name in ("one", "two")}
    data = {"_target_": "fer_xai.data.sources.merged.MergedSource", "sources": sources}
    wrong = found(data, split("cross_dataset.CrossDataset"), 0, 1, 2)
    assert wrong == {2: "fold=2: the folds are numbered 0 to 1 (split=cross_dataset)"}
    # Nothing was drawn for it.
    assert not list(tmp_path.rglob("*.png"))
    (reason,) = found(sources["one"], split("cross_dataset.CrossDataset"), 0).values()
    assert "at least two data sets" in reason


def test_official_split_has_one_fold(table):
    wrong = found(table_source(table), split("official.Official"), 0, 1)
    assert wrong == {1: "fold=1: there is fold 0 only (split=official)"}
    pd.read_csv(table).assign(usage="train").to_csv(table, index=False)
    assert "without an official split" in found(table_source(table), split("official.Official"), 0)[0]


def test_split_from_a_file_has_the_folds_of_the_file(table, tmp_path):
    file = tmp_path / "split.csv"
    parts = ("train", "validation", "test")
    rows = [
        (f"{p}{i}.png", fold, part) for fold in (0, 2) for p, part in zip(PEOPLE, parts, strict=True) for i in (0, 1)
    ]
    pd.DataFrame(rows, columns=["image", "fold", "part"]).to_csv(file, index=False)
    wrong = found(table_source(table), split("from_file.FromFile", file=str(file)), 0, 1, 2, 3)
    assert wrong[1].endswith("has no rows of this fold, only of 0, 2")
    assert list(wrong) == [1, 3]
    assert "no such file" in found(table_source(table), split("from_file.FromFile", file=f"{file}.gone"), 0)[0]


def test_data_are_looked_at_once_for_all_that_share_them(table, tmp_path):
    jobs = make_jobs(
        [
            [f"model={model}", f"data.csv={csv}", f"fold={fold}"]
            for model in ("a", "b")
            for csv in (table, tmp_path / "gone.csv")
            for fold in (0, 5)
        ],
        "base",
    )
    asked = []

    def compose(overrides):
        asked.append(overrides)
        csv = overrides[1].split("=")[1]
        return OmegaConf.create({"data": table_source(csv), "split": split("kfold.KFold", folds=2), "fold": 0})

    wrong, unread = impossible_folds(jobs, compose)
    assert len(asked) == 2
    assert {tuple(job.overrides)[2] for job in jobs if job.key in wrong} == {"fold=5"}
    assert len(wrong) == 2
    assert len(unread) == 4
    assert all("gone.csv" in str(error) for error in unread.values())
