"""What goes into a submission, and what never does."""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.results.pool import pool_heatmaps, pool_replicates
from fer_xai.results.study import read_results
from fer_xai.results.submission.pack import opened, submit
from fer_xai.results.submission.picture_hashes import secret_mark, under_secret

PICTURE = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\x00", b"MM\x00*")


@pytest.fixture(scope="module")
def archive(small_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return submit(small_study, tmp_path_factory.mktemp("out") / "study.zip", "two laboratories").path


def everything(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_same_study_gives_the_same_bytes_wherever_it_is_written(small_study: Path, archive: Path, tmp_path: Path):
    again = submit(small_study, tmp_path / "other.zip", "two laboratories")
    assert again.path.read_bytes() == archive.read_bytes()
    assert again.identifier == hashlib.sha256(everything(archive)["manifest.json"]).hexdigest()


def test_no_name_of_a_person_or_picture_no_path_and_no_picture_is_in_it(small_study: Path, archive: Path):
    names = {*everything(archive)}
    assert {name.rsplit("/", 1)[-1] for name in names if name.startswith("runs/")} == {
        *("run.json", "heatmaps.nc", "replicates.nc", "classification.csv", "confusion.csv")
    }
    raw = archive.read_bytes()
    contents = pd.read_csv(small_study / "runs/net-none-0/split.csv", dtype=str)["content"]
    words = ["Quintilla", "Zebulon", "portrait", "quartermaster", "/home", "/tmp", str(small_study), "0123456789abcdef"]
    for word in [*words, *contents]:
        # What is searched for is in the study, so that not finding it means something.
        assert word.encode() not in raw, word
    for name, content in everything(archive).items():
        assert not content.startswith(PICTURE), name
        if name.endswith(".nc"):
            assert b"mean_face" not in content
            assert b"Quintilla" not in content


def test_words_that_are_searched_for_are_in_the_study(small_study: Path):
    raw = b"".join(path.read_bytes() for path in sorted(small_study.rglob("*")) if path.is_file())
    for word in ("Quintilla", "portrait", "/home/quartermaster", "0123456789abcdef", "mean_face"):
        assert word.encode() in raw


def test_it_is_a_study_with_the_same_maps_and_replicates(small_study: Path, archive: Path):
    own = read_results(small_study)
    with opened(archive) as (folder, manifest):
        study = read_results(folder)
        maps = [pool_heatmaps(item.complete, "gradcam", EXPRESSIONS).mean for item in (own, study)]
        drawn = [pool_replicates(item.complete, "gradcam", EXPRESSIONS, slice(0, 3)) for item in (own, study)]
        np.testing.assert_array_equal(*maps)
        np.testing.assert_array_equal(*drawn)
        assert study.left_out == {}
        assert study.complete[0].record.weights["source"] == "(path)"
        assert (folder / "analysis/metrics.csv").exists()
    assert not folder.exists()
    assert manifest is not None
    assert manifest["name"] == "study"
    assert manifest["fewest_people"] == 2
    assert manifest["versions"]["numpy"] == np.__version__


def test_pictures_are_listed_under_the_secret_alone(small_study: Path, archive: Path, tmp_path: Path):
    contents = frozenset(pd.read_csv(small_study / "runs/net-none-0/split.csv", dtype=str)["content"])
    listed = everything(archive)["pictures.csv"].decode().split()[1:]
    assert listed == sorted(under_secret(contents, "two laboratories"))
    assert len(listed) == 12
    assert set(listed).isdisjoint(under_secret(contents, "two Laboratories"))
    assert json.loads(everything(archive)["manifest.json"])["pictures"]["secret"] == secret_mark("two laboratories")
    without = everything(submit(small_study, tmp_path / "x.zip").path)
    assert "pictures.csv" not in without
    assert b"secret" not in without["manifest.json"]
    # One hash over the whole split, which nobody can work out from some of its pictures.
    (line,) = without["splits.csv"].decode().splitlines()[1:]
    lines = sorted(f"{item} {'test' if item.startswith('01') else 'train'}" for item in contents)
    assert line == f"net-none-0,6,0,6,0,{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"


def test_a_study_without_tables_or_of_other_networks_is_told_to_be_analysed(small_study: Path, tmp_path: Path):
    study = tmp_path / "study"
    shutil.copytree(small_study, study)
    (study / "analysis/metrics.csv").write_text("network,pretrained\nother,none\n")
    with pytest.raises(UserError, match=r"of other networks .*fer-xai analyze study_dir"):
        submit(study, tmp_path / "x.zip")
    (study / "analysis/metrics.csv").unlink()
    with pytest.raises(UserError, match=r"holds no analysis/metrics.csv: analyse it first"):
        submit(study, tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


def test_mean_face_is_left_out_and_everything_else_of_the_maps_kept(small_study: Path, archive: Path):
    maps = "runs/net-none-0/heatmaps.nc"
    with opened(archive) as (folder, _), h5py.File(small_study / maps) as own, h5py.File(folder / maps) as theirs:
        assert {*own} - {*theirs} == {"mean_face", "channel"}
