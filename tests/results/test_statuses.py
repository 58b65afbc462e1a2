"""The words for what becomes of a run."""

import json

import pytest

from fer_xai.errors import UserError
from fer_xai.results.paths import RunPaths
from fer_xai.results.run import RunRecord, read_run, write_run
from fer_xai.results.run_status import ABSENT, AHEAD, RECORDED, WITHOUT_RESULT, Status
from fer_xai.sweep.study_status import _BY_URGENCY


def test_every_status_is_either_recorded_or_follows_from_what_lies_around_it():
    assert set(Status) - set(RECORDED) == {
        *(Status.PLANNED, Status.INTERRUPTED, Status.DAMAGED, Status.SET_ASIDE),
    }
    assert ABSENT < WITHOUT_RESULT < set(RECORDED)
    assert not AHEAD & WITHOUT_RESULT
    assert sorted(_BY_URGENCY) == sorted(Status)


@pytest.mark.parametrize("status", RECORDED)
def test_a_record_is_read_back_with_its_status(tmp_path, status):
    paths = RunPaths(tmp_path / "one")
    write_run(paths, RunRecord("one", str(status), "net", reason="why"))
    assert json.loads(paths.record.read_text())["status"] == status.value
    assert read_run(paths.dir).status is status


def test_other_words_are_refused_in_one_line(tmp_path):
    paths = RunPaths(tmp_path / "one")
    write_run(paths, RunRecord("one", Status.FAILED, "net"))
    paths.record.write_text(paths.record.read_text().replace('"failed"', '"planned"'))
    with pytest.raises(UserError, match="status is 'planned', expected one of complete, not applicable, unavailable"):
        read_run(paths.dir)
    with pytest.raises(ValueError, match="unknown status 'done'"):
        RunRecord("one", "done", "net")
