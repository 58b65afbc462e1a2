"""The time that a study still takes, told from made-up histories."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from fer_xai.results.plan import RunState
from fer_xai.results.run import RunRecord
from fer_xai.sweep.pace import seconds_left

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=float(seconds))


def told(seconds: float) -> str:
    return at(seconds).isoformat(timespec="seconds")


def complete(end: float, seconds: float, model: str = "net", set_up: float = 0.0, fold: int = 0) -> RunState:
    timings = {"set_up": set_up, "fit": seconds - set_up}
    record = RunRecord(f"{model}{end}", "complete", model, timings=timings, finished=told(end))
    said = (f"model={model}", f"fold={fold}")
    return RunState("complete", record.name, "j", said, seconds=record.seconds, network=model, record=record)


def ahead(status: str = "planned", model: str = "net", since: float | None = None) -> RunState:
    return RunState(status, job="j", overrides=(f"model={model}", "fold=1"), since="" if since is None else told(since))


def test_nothing_left_and_nothing_to_learn_from():
    assert seconds_left([complete(100, 100)], at(100)) == 0
    assert seconds_left([ahead()], at(0)) is None
    failed = RunState("failed", record=RunRecord("f", "failed", "net", timings={"fit": 9.0}), seconds=9.0)
    assert seconds_left([failed, ahead()], at(0)) is None


def test_one_after_another_by_network():
    history = [complete(100, 100, "small"), complete(1100, 1000, "large")]
    assert seconds_left([*history, ahead(model="small"), ahead(model="large")], at(1100)) == pytest.approx(1100)
    # Of a network that nobody has trained: as the others on average.
    assert seconds_left([*history, ahead(model="other")], at(1100)) == pytest.approx(550)


def test_what_a_running_run_has_done_is_taken_off():
    history = [complete(100, 100)]
    assert seconds_left([*history, ahead("running", since=100), ahead()], at(160)) == pytest.approx(140)
    assert seconds_left([*history, ahead("running", since=100)], at(300)) == pytest.approx(20)


def test_runs_side_by_side_share_the_time():
    """Two at a time, also in the moment when one has ended and the next has not begun."""
    history = [complete(100, 100), complete(100, 100), complete(200, 100), complete(200, 100)]
    four = [ahead() for _ in range(4)]
    assert seconds_left([*history, *four], at(200)) == pytest.approx(200)
    one = [ahead("running", since=200), *four[1:]]
    assert seconds_left([*history, *one], at(200)) == pytest.approx(200)
    assert seconds_left([*history, *four], at(200), at_once=4) == pytest.approx(100)
    # Three runs on two workers take as long as four.
    assert seconds_left([*history, *four[1:]], at(200)) == pytest.approx(200)


def test_a_night_between_two_commands_is_no_time_of_work():
    history = [complete(100, 100), complete(40_000, 100), complete(40_100, 100)]
    assert seconds_left([*history, ahead()], at(40_100)) == pytest.approx(100)


def test_the_first_run_prepares_the_data_for_all():
    history = [complete(4000, 4000, set_up=3900), complete(4110, 110, set_up=10), complete(4220, 110, set_up=10)]
    assert seconds_left([*history, ahead()], at(4220)) == pytest.approx(110)


def test_recent_runs_weigh_more():
    """The machine is busy since lately: also networks that were done before that take longer."""
    models = ("a", "b", "c", "d")
    fast = [complete(100 * (i + 1), 100, model) for i, model in enumerate(models)]
    slow = [complete(400 + 200 * (i + 1), 200, model) for i, model in enumerate(models[:3])]
    left = seconds_left([*fast, *slow, ahead(model="d")], at(1000))
    assert 135 < left < 205
    assert seconds_left([*fast, ahead(model="d")], at(400)) == pytest.approx(100)


def test_runs_of_an_earlier_command_are_learned_from():
    old = complete(100, 100)
    aside = RunState("set aside", old.name, seconds=100.0, network="net", record=old.record)
    assert seconds_left([aside, ahead()], at(100)) == pytest.approx(100)


def history_of_a_study(rng: np.random.Generator) -> list[tuple[str, float, float]]:
    """48 runs by two workers: model, begin and end of each; three networks, times that vary, gaps for set-up."""
    usual = {"weinet": 240.0, "songnet": 180.0, "mobilenetv3": 420.0}
    free, runs = [0.0, 45.0], []
    for number in range(48):
        model = list(usual)[number % 3]
        worker = int(np.argmin(free))
        begin = free[worker] + rng.uniform(3, 12)
        free[worker] = begin + usual[model] * rng.uniform(0.85, 1.15)
        runs.append((model, begin, free[worker]))
    return runs


@pytest.mark.parametrize("seed", range(5))
def test_the_time_left_does_not_jump(seed):
    """It used to say 0:42, 1:24, 0:57, 1:14 one after another: halved and doubled with the runs of the moment."""
    runs = history_of_a_study(np.random.default_rng(seed))
    end = max(stop for _, _, stop in runs)
    ends = []
    for now in np.arange(1000, end, 60):
        states = []
        for model, begin, stop in runs:
            if stop <= now:
                states.append(complete(stop, stop - begin, model))
            else:
                states.append(ahead("running", model, begin) if begin <= now else ahead(model=model))
        left = seconds_left(states, at(now))
        assert left is not None
        ends.append(now + left)
    # When it will all be done is known within a tenth of the whole, and hardly moves from one minute to the next.
    assert np.abs(np.array(ends) - end).max() < 0.1 * end
    assert np.abs(np.diff(ends)).max() < 0.12 * end
