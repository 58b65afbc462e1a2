"""Several commands in one process: each begins as the first one would, and leaves nothing behind."""

import logging
import os
import sys
import warnings
from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig

from fer_xai.cli import run
from fer_xai.config.process_state import unchanged_process
from fer_xai.progress import track
from fer_xai.terminal import say_once


def process() -> dict[str, object]:
    """What of this process a command may change."""
    return {
        "handlers": list(logging.root.handlers),
        "levels": {name: logging.getLogger(name).level for name in ("root", "fer_xai", "hydra.core")},
        "filters": list(warnings.filters),
        "show": warnings.showwarning,
        "hydra": (GlobalHydra.instance().hydra, HydraConfig.instance().cfg),
        "arguments": sys.argv,
        "folders": list(sys.path),
        "variables": {name: text for name, text in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
    }


def failing_sweep(folder: Path) -> list[str]:
    """A sweep of two runs, each of which fails by a user's mistake, after Lightning and all else were imported."""
    data = ["data=table", f"data.csv={folder}/none.csv"]
    return [
        "train",
        "-m",
        "model=songnet",
        "fold=0,1",
        "trainer.accelerator=cpu",
        *data,
        f"hydra.sweep.dir={folder}/s",
    ]


@pytest.fixture(scope="module", autouse=True)
def imported(tmp_path_factory):
    """Variables that libraries set when they are first imported stay: all of them have been."""
    run(failing_sweep(tmp_path_factory.mktemp("first")))


@pytest.fixture
def sweep(tmp_path) -> list[str]:
    return failing_sweep(tmp_path)


@pytest.mark.slow
def test_log_lines_of_an_earlier_command_reach_no_later_one(sweep, tmp_path, capsys):
    """Hydra's own logging, once asked for, writes to the standard output and a file of that command."""
    logging_of_hydra = ["hydra/job_logging=default", "hydra/hydra_logging=default", "hydra.verbose=true"]
    assert run([*sweep, *logging_of_hydra]) == 2
    assert "#0 : " in capsys.readouterr().out
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.log")}
    assert run(sweep) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.count("failed: ") == 2
    assert "Traceback" not in error
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.log")} == before


@pytest.mark.parametrize("how", ["mistake", "failing sweep", "interrupted", "own config"])
def test_process_is_as_it_was(sweep, tmp_path, monkeypatch, how):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("seed: 1\n")
    before = process()
    if how == "mistake":
        assert run(["train", "modle=songnet"]) == 2
    elif how == "failing sweep":
        assert run([*sweep, "hydra/job_logging=default"]) == 2
    elif how == "own config":
        assert run(["train", "--config-dir", str(tmp_path), "--config-name", "mine"]) == 2
    else:

        def interrupted(*arguments, **settings):
            warnings.simplefilter("error")
            raise KeyboardInterrupt

        monkeypatch.setattr("fer_xai.sweep.run_study.make_jobs", interrupted)
        assert run(sweep) == 130
    assert process() == before


@pytest.mark.slow
def test_different_failures_one_after_the_other(sweep, tmp_path, capsys):
    """The exit status and the words of each are its own."""
    assert run(sweep) == 2
    assert capsys.readouterr().err.count("failed: ") == 2
    assert run(["train", "data=table", f"data.csv={tmp_path}/other.csv", f"hydra.run.dir={tmp_path}/a"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("fer-xai: ")
    assert "other.csv" in error
    assert "none.csv" not in error
    assert run(["train", "--cfg", "job"]) == 0
    assert run([*sweep, "retry_failed=false"]) == 2
    assert "2 runs: 2 done before, 0 to do" in capsys.readouterr().err


def test_settings_of_an_earlier_command_are_not_those_of_hydra(sweep, capsys):
    """`${hydra:...}` in the folder of a study is never resolved by what was there before."""
    run(sweep)
    with unchanged_process():
        assert HydraConfig.instance().cfg is None
        assert not GlobalHydra.instance().is_initialized()


def test_warnings_are_captured_again_after_somebody_else_has_shown_them(tmp_path):
    with warnings.catch_warnings():
        logging.captureWarnings(True)
    shown = warnings.showwarning
    with unchanged_process():
        logging.captureWarnings(True)
        assert warnings.showwarning is not shown
    assert warnings.showwarning is shown


def test_next_command_says_again_what_is_said_once_and_draws_bars(capsys):
    from fer_xai.progress import draw_bars

    for _ in range(2):
        with unchanged_process():
            say_once("a note", of="study")
            say_once("a note", of="study")
            list(track([1], "looking", 1))
            draw_bars(False)
            list(track([1], "hidden", 1))
    error = capsys.readouterr().err
    assert error.count("a note") == 2
    assert error.count("looking") == 2
    assert "hidden" not in error
