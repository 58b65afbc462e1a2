"""What a run says of itself: in its log and on the terminal what matters to its user, and nothing else."""

import re

import pytest

from fer_xai.cli import run

#: Of advertisements, of advice on every start, and of what only programmers could change.
NOISE = ("Tip:", "itlogger", "itLogger", "litmodels", "deprecated", "treespec", "GPU available", "workers", "wandb:")


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """Folder of the run that the first test here makes, and what it said."""
    return tmp_path_factory.mktemp("once"), []


@pytest.fixture
def told(tiny_run, once, capfd):
    """The run's log, and what was on the terminal."""
    folder, said = once
    if not said:
        options = ["model=songnet", "trust=deletion", "callbacks.trust.images=1", "logger=[csv,wandb]"]
        capfd.readouterr()
        assert run(["train", *tiny_run, *options, f"hydra.run.dir={folder}"]) == 0
        shown = capfd.readouterr()
        said += [next(folder.glob("runs/*/log.txt")).read_text(encoding="utf-8"), shown.out + shown.err]
    return said


def test_advertisements_and_advice_of_libraries_are_nowhere(told):
    for text in told:
        assert [word for word in NOISE if word in text] == []


def test_log_tells_why_no_more_images_are_explained(told):
    """Three test images of each of six expressions; a network that has hardly learned names few of them."""
    log, _ = told
    explained = int(re.search(r"(\d+) of 18 test images are explained", log)[1])
    assert 4 <= explained < 18
    never = re.findall(r": (\w+): none explained, for the network names no test image so \(3 show it\)", log)
    bounded = re.findall(r": (\w+): 4 of the \d+ test images that the network names so are explained", log)
    assert never
    assert len(bounded) * 4 <= explained
    assert "callbacks.explain.images_per_expression=4" in log


def test_explaining_shows_how_far_it_is(told):
    _, shown = told
    assert re.search(r"Explaining\s+\S+ (\d+)/\1 ", shown)
    assert re.search(r"Trust\s+\S+ (\d+)/\1 ", shown)
