"""How long the runs that are listed would take, by what is known."""

import pytest
from omegaconf import OmegaConf

from fer_xai.results.plan import Job, RunState
from fer_xai.results.run import RunRecord
from fer_xai.sweep import listing


def complete(network: str, seconds: float) -> RunState:
    record = RunRecord(network, "complete", network, timings={"fit": seconds}, finished="2026-01-01T00:00:00+00:00")
    return RunState("complete", network, seconds=seconds, network=network, record=record)


@pytest.fixture
def told(monkeypatch):
    """The words on the time of one run of a network, beside these runs and with this launcher."""
    monkeypatch.setattr(listing, "_by_timing", lambda configs, at_once: (60.0 * sum(n for _, n in configs), {"lime"}))

    def words(network: str, *states: RunState, runs: int = 1, **launcher) -> str:
        jobs = [Job(str(fold), (f"model={network}", f"fold={fold}")) for fold in range(runs)]
        ahead = [RunState("planned", job=job.key, overrides=job.overrides) for job in jobs]
        config = OmegaConf.create({"model": {"name": network}, "hydra": {"launcher": launcher}})
        return listing._time_words([*states, *ahead], jobs, lambda overrides: config)

    return words


def test_runs_of_the_same_network_tell_the_time(told):
    assert told("net", complete("net", 50.0), complete("other", 500.0)) == "about 50 s, by the runs that are complete"


def test_other_networks_tell_nothing_so_steps_are_timed(told):
    estimate = "about 60 s: an estimate from a few timed steps, finding faces, lime and analysis aside"
    assert told("net", complete("other", 500.0)) == told("net") == estimate


def test_runs_side_by_side_share_the_time(told):
    words = told("net", complete("net", 50.0), runs=4, n_jobs=2)
    assert words == "about 0:01:40, 2 at a time, by the runs that are complete"
    assert told("net", runs=1, n_jobs=2).startswith("about 60 s: ")


def test_nothing_to_do_takes_no_time(told):
    assert told("net", complete("net", 50.0), runs=0) == "nothing to do"
