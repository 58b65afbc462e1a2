"""How a study stands while its first runs prepare data."""

import json
import os

from fer_xai.cli import run
from fer_xai.results.claim import preparing
from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import write_plan
from fer_xai.sweep.jobs import make_jobs


def test_status_tells_who_prepares_data(tmp_path, capsys):
    study = StudyPaths(tmp_path)
    write_plan(study, make_jobs([["fold=0"]], "base"))
    with preparing(study):
        assert run(["status", str(tmp_path)]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[-2].startswith("preparing data since 20")
        assert lines[-2].endswith(f", process {os.getpid()}")
        assert lines[-1].startswith("1 runs: 1 planned")
        assert run(["status", str(tmp_path), "--json"]) == 0
        (worker,) = json.loads(capsys.readouterr().out)["preparing"]
        assert worker["pid"] == os.getpid()
    assert run(["status", str(tmp_path)]) == 0
    assert "preparing" not in capsys.readouterr().out
