"""How much time a study still takes, by the pace of its last runs."""

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from statistics import fmean, median_low

from fer_xai.results.plan import RunState
from fer_xai.results.run_status import AHEAD, Status

#: Share of the newest run in what is known of its kind, and of the pace. Times of runs vary by a tenth or two: with a
#: larger share the time left would jump with every run, with a smaller one it would be slow to see that a machine is.
_NEWEST = 0.2
#: So many of the last runs tell how many go side by side, and how long a run needs before it trains.
_RECENT = 8
#: Keys that make no other kind of run.
_NO_KIND = {"fold", "seed"}


def seconds_left(states: Sequence[RunState], now: datetime | None = None, at_once: int | None = None) -> float | None:
    """Time that is left by experience.

    Every kind of run (the same overrides but for fold and seed, else the same network, else any run) has its usual
    time. How the last runs kept to theirs is the pace, by which all that are ahead are stretched. They are dealt out to
    as many workers as have been busy lately; what running ones have done already is taken off.

    Args:
        states: of all runs; complete ones are learned from, whichever command they are of.
        now: the time; None for that of the clock.
        at_once: how many runs go side by side; None takes as many as did.

    Returns:
        Seconds; 0 where nothing is left, None where nothing has been completed to learn from.
    """
    ahead = [state for state in states if state.status in AHEAD]
    if not ahead:
        return 0.0
    done = sorted((s for s in states if s.record and s.record.complete and s.seconds > 0), key=_end)
    if not done:
        return None
    now = now or datetime.now(UTC)
    running = [state for state in ahead if state.status == Status.RUNNING]
    workers = at_once or max(1, len(running), round(_side_by_side(done, running, now)))
    expected = _Experience(done)
    tasks = []
    for state in running:
        age, whole = _age(state, now), expected.seconds(state)
        # Who takes longer than expected is believed to need some more.
        tasks.append(max(whole - age, age / 10))
    tasks += [expected.seconds(state) + expected.set_up for state in ahead if state.status != Status.RUNNING]
    return makespan(tasks, workers)


class _Experience:
    """What complete runs tell of those ahead.

    Args:
        done: complete runs, the newest last.

    Attributes:
        set_up: usual seconds that a run needs before it has a folder; the first one may have prepared the data for all.
    """

    def __init__(self, done: Sequence[RunState]) -> None:
        self._usual: dict[str, float] = {}
        self._seen: Counter[str] = Counter()
        self._pace = 1.0
        for state in done:
            self._learn(state)
        self.set_up = median_low([_set_up(state) for state in done[-_RECENT:]])

    def seconds(self, state: RunState) -> float:
        """How long a run like this is expected to take, without its set-up."""
        usual = next((self._usual[name] for name in _kinds(state) if name in self._usual), None)
        return (fmean(self._usual.values()) if usual is None else usual) * self._pace

    def _learn(self, state: RunState) -> None:
        took = max(state.seconds - _set_up(state), 0.001)
        likest = self._usual.get(_kinds(state)[0])
        if likest is not None and state.status == Status.COMPLETE:
            self._pace *= (took / likest / self._pace) ** _NEWEST
        for name in _kinds(state):
            self._seen[name] += 1
            share, before = max(_NEWEST, 1 / self._seen[name]), self._usual.get(name, 0.0)
            self._usual[name] = (1 - share) * before + share * took / self._pace


def _kinds(state: RunState) -> list[str]:
    """Names of what a run may be like, the likest first."""
    said = sorted(text for text in state.overrides if text.split("=", 1)[0] not in _NO_KIND)
    models = [text.split("=", 1)[1] for text in state.overrides if text.startswith("model=")]
    network = f"network {state.network or ' '.join(models[-1:])}"
    return [" ".join(said), network] if said else [network]


def _side_by_side(done: Sequence[RunState], running: Sequence[RunState], now: datetime) -> float:
    """How many runs there were at a time lately, while there were any."""
    since = _end(done[-_RECENT - 1]) if len(done) > _RECENT else 0.0
    spans = [(_end(state) - state.seconds, _end(state)) for state in done if _end(state)]
    spans += [(now.timestamp() - _age(state, now), now.timestamp()) for state in running]
    spans = sorted((max(start, since), end) for start, end in spans if end > since)
    covered, reached = 0.0, since
    for start, end in spans:
        covered += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return sum(end - start for start, end in spans) / covered if covered else 0.0


def _set_up(state: RunState) -> float:
    assert state.record is not None
    return state.record.timings.get("set_up", 0.0)


def _end(state: RunState) -> float:
    """When a run ended, in seconds since 1970; 0 where that is not known."""
    assert state.record is not None
    return _time(state.record.finished)


def _age(state: RunState, now: datetime) -> float:
    """Seconds since a running run began."""
    began = _time(state.since)
    return max(0.0, now.timestamp() - began) if began else 0.0


def _time(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0


def makespan(tasks: Iterable[float], workers: int) -> float:
    """When the last of these tasks ends, each taken in turn by the first worker that is free.

    Args:
        tasks: seconds of each.
        workers: how many there are.
    """
    free = [0.0] * workers
    for seconds in tasks:
        heapq.heapreplace(free, free[0] + seconds)
    return max(free)
