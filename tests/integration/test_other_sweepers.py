"""Sweepers that know nothing of studies: chosen, they do the sweep, and the exit status tells of their runs."""

import pytest

from fer_xai.cli import run
from fer_xai.results.study import read_study


@pytest.mark.slow
def test_basic_sweeper_tells_of_runs_that_failed(tiny_run, tmp_path, capsys):
    arguments = ["train", "-m", "hydra/sweeper=basic", *tiny_run, "model=songnet", f"hydra.sweep.dir={tmp_path}"]
    assert run([*arguments, "fold=0,7"]) == 1
    assert read_study(tmp_path).statuses == {"complete": 1, "failed": 1}
    # Of earlier runs it tells nothing, and its own are all done.
    assert run([*arguments, "fold=0"]) == 0
    assert run([*arguments, "fold=7,8"]) == 2
    assert "done before" not in capsys.readouterr().err


def test_dry_run_of_another_sweeper_is_refused(tiny_run, tmp_path, capsys):
    arguments = ["train", "-m", "hydra/sweeper=basic", *tiny_run, "dry_run=true", f"hydra.sweep.dir={tmp_path}/study"]
    assert run(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("fer-xai: dry_run=true: only hydra/sweeper=study")
    assert error.count("\n") == 1
    assert not (tmp_path / "study").exists()
