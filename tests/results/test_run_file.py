"""The files of a run: named once, written, read back, and documented from there."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_xai.callbacks.context import _FROM_CALLBACKS
from fer_xai.errors import UserError
from fer_xai.results.paths import RunPaths
from fer_xai.results.run import RunRecord, write_run


def test_every_file_is_documented():
    text = (Path(__file__).parents[2] / "multirun" / "README.md").read_text()
    assert [item.file for item in RunPaths.files().values() if item.file not in text] == []
    assert all(item.what.endswith(".") for item in RunPaths.files().values())


def test_what_callbacks_leave_has_a_file_that_can_be_written():
    files = RunPaths.files()
    assert [name for name in _FROM_CALLBACKS if files[name].write is None] == []


def test_table_is_read_as_it_was_written(tmp_path):
    frame = pd.DataFrame(
        [("lime", "i.png", "", "mouth", 1, np.nan), ("lime", "NA", "fear", "mouth", 2, 0.25)],
        columns=["explainer", "image", "expression", "region", "group", "value"],
    )
    paths = RunPaths(tmp_path / "run")
    write_run(paths, RunRecord("run", "complete", "net"), regions=frame, metrics=None)
    pd.testing.assert_frame_equal(RunPaths.regions.read(paths), frame)
    assert RunPaths.metrics.read(paths) is None


def test_missing_and_damaged_files_are_told(tmp_path):
    paths = RunPaths(tmp_path)
    with pytest.raises(UserError, match=r"heatmaps\.nc is missing: do the run again"):
        RunPaths.heatmaps.read(paths)
    paths.regions.write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match=r"cannot read .*regions\.csv: it has no column explainer, image"):
        RunPaths.regions.read(paths)


def test_file_that_no_run_has_is_a_mistake(tmp_path):
    with pytest.raises(TypeError, match="no file of a run is called heat"):
        write_run(RunPaths(tmp_path / "run"), RunRecord("run", "complete", "net"), heat=1)
