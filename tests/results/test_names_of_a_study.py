"""Words from data, settings and records name files of a study, and never lead out of its folder."""

import json
import logging
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from fer_xai.errors import UserError
from fer_xai.files import file_name
from fer_xai.results.claim import claimed, study_claimed
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import RunRecord, read_run, write_run
from fer_xai.run.log_file import log_to
from fer_xai.run.record import run_name

WORDS = ("../../x", "/etc/passwd", "..", "a/b", "hf-hub:timm/x", "a\\b", "<script>", "x\0y", "\x1b[2J", "", "n" * 300)


@pytest.mark.parametrize("word", WORDS)
def test_any_word_is_one_part_of_a_path(tmp_path, word):
    name = file_name(word)
    assert Path(tmp_path, name).resolve().parent == tmp_path.resolve()
    Path(tmp_path, name).touch()
    assert name.isprintable()
    drawn = {"reference": word, "map": "grad_cam", "strength": 1.0, "distance": "ncc"}
    cfg = {"data": {}, "model": {"name": word}, "pretrained": f"{word}/w.pt", "fold": 0, "seed": 0}
    cfg = OmegaConf.create(cfg | {"recipe": {"alignment": drawn}})
    study = StudyPaths(tmp_path)
    assert study.run(run_name(cfg, "0" * 64)).dir.parent == study.runs
    assert study.weights(word, 0, 0, "identity").resolve().is_relative_to(tmp_path.resolve() / "weights")


@pytest.mark.parametrize("name", ["songnet", "vit_tiny_patch16_224", "tf_efficientnet_b0.ns_jft_in1k", "Ärger-2"])
def test_plain_names_stay_as_they_are(name):
    assert file_name(name) == name


@pytest.mark.parametrize(
    "changes",
    [
        {"training_fingerprint": "../../../x"},
        {"run_fingerprint": "/srv/x"},
        {"artefacts": {"../../x": {"size": 1}}},
        {"artefacts": {"/etc/passwd": {"size": 1}}},
    ],
)
def test_record_that_names_files_elsewhere_is_none(tmp_path, changes):
    paths = StudyPaths(tmp_path).run("one")
    write_run(paths, RunRecord("one", "failed", "songnet"))
    paths.record.write_text(json.dumps(json.loads(paths.record.read_text()) | changes))
    with pytest.raises(UserError, match="names no file of a study"):
        read_run(paths.dir)


def test_folder_that_is_a_link_is_not_written_into(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    run = StudyPaths(tmp_path / "study").run("one").dir
    run.parent.mkdir(parents=True)
    run.symlink_to(elsewhere)
    with pytest.raises(UserError, match=r"is a link to .*elsewhere: put the folder itself there"), claimed(run):
        pass
    assert list(elsewhere.iterdir()) == []


def test_study_as_a_whole_may_be_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "study").symlink_to(tmp_path / "disk")
    with study_claimed(StudyPaths(tmp_path / "study")):
        assert (tmp_path / "disk" / "running.json").exists()


def test_log_that_is_a_link_leaves_the_file_alone_that_it_leads_to(tmp_path):
    own = tmp_path / "own.txt"
    own.write_text("mine")
    (tmp_path / "log.txt").symlink_to(own)
    with log_to(tmp_path / "log.txt"):
        logging.getLogger("fer_xai").warning("hello")
    assert own.read_text() == "mine"
    assert "hello" in (tmp_path / "log.txt").read_text()
