"""That people are unknown is said by every source, on the terminal and in the run's log."""

import logging
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.layouts import LAYOUTS, write
from helpers.layouts.wild import fer2013_csv

from fer_xai.data.sources.folder import FolderSource
from fer_xai.data.sources.merged import MergedSource
from fer_xai.data.sources.published.affectnet import AffectNetReader
from fer_xai.data.sources.published.fer2013 import FER2013Reader
from fer_xai.data.sources.published.jaffe import JaffeReader
from fer_xai.data.sources.published.rafdb import RAFDBReader
from fer_xai.data.sources.table import TableSource
from fer_xai.run.life import tell_of_data


def test_every_source_that_yields_no_subject_says_so(tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    pictures = np.zeros((7, 48, 48), np.uint8)
    (tmp_path / "fer2013.csv").write_bytes(fer2013_csv(pictures))
    sources = [
        FER2013Reader(str(tmp_path / "fer2013.csv"), cache_dir=cache),
        FER2013Reader(str(write(LAYOUTS["fer2013 folders"], tmp_path / "folders"))),
        RAFDBReader(str(write(LAYOUTS["rafdb"], tmp_path / "rafdb"))),
        AffectNetReader(str(write(LAYOUTS["affectnet"], tmp_path / "affectnet"))),
    ]
    for source in sources:
        table = source.read()
        (line,) = table.warnings
        assert line.startswith(f"{source.title}: the subject of {len(table)} of {len(table)} images is unknown")
        assert line.endswith("a table with a column `subject` can (data=table)")
    assert JaffeReader(str(write(LAYOUTS["jaffe"], tmp_path / "jaffe"))).read().warnings == ()


def test_tables_say_which_images_are_without_subject(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("image,expression,subject\na.png,anger,S1\nb.png,fear,\n")
    (line,) = TableSource(str(file)).read().warnings
    assert line.startswith("table: the subject of 1 of 2 images is unknown, so training and test may show the same")
    assert "data.subject_column=NAME" in line
    assert "data.subject_regex=" in line
    file.write_text("image,expression,subject\na.png,anger,S1\n")
    assert TableSource(str(file)).read().warnings == ()


def test_of_several_data_sets_each_says_so_with_its_own_keys(tmp_path: Path) -> None:
    (tmp_path / "faces" / "anger").mkdir(parents=True)
    (tmp_path / "faces" / "anger" / "1.png").write_bytes(b"x")
    jaffe = JaffeReader(str(write(LAYOUTS["jaffe"], tmp_path / "jaffe")))
    merged = MergedSource({"mine": FolderSource(str(tmp_path / "faces"), name="mine"), "jaffe": jaffe}).read()
    (line,) = merged.warnings
    assert line.startswith("mine: the subject of 1 of 1 images is unknown")
    assert "data.sources.mine.subject_regex=" in line


def test_a_run_says_it_on_the_terminal_once_and_in_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    context = SimpleNamespace(
        faces=SimpleNamespace(
            notes=("read so",), warnings=("folder: people are unknown",), summary=lambda: "9 faces, 1 images left out"
        ),
        duplicates=SimpleNamespace(summary=lambda: "no copies", across=[]),
        parts=SimpleNamespace(notes=()),
        paths=SimpleNamespace(dir=tmp_path / "runs" / "one"),
    )
    with caplog.at_level(logging.INFO, logger="fer_xai.run.life"):
        for _ in range(2):
            tell_of_data(context)  # type: ignore[arg-type]
    assert capsys.readouterr().err == "folder: people are unknown\n"
    said = ["read so", "9 faces, 1 images left out", "no copies", "folder: people are unknown"]
    assert [record.message for record in caplog.records] == said * 2
