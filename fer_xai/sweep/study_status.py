"""How a study stands, for people to read."""

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console

from fer_xai.results.duration import duration
from fer_xai.results.plan import Job, RunState
from fer_xai.results.run_status import AHEAD, Status
from fer_xai.sweep.jobs import by_key, own_overrides
from fer_xai.sweep.pace import seconds_left
from fer_xai.terminal import show

#: What needs somebody's attention comes last on a terminal, and first here.
_BY_URGENCY = (
    *(Status.FAILED, Status.DAMAGED, Status.INTERRUPTED, Status.RUNNING, Status.UNAVAILABLE),
    *(Status.NOT_APPLICABLE, Status.PLANNED, Status.SET_ASIDE, Status.WEIGHTS, Status.COMPLETE),
)
#: Keys that a run's name tells of.
_IN_NAME = ("model", "pretrained", "fold", "seed")


def counts(states: Sequence[RunState]) -> str:
    """How many runs there are of each status.

    Args:
        states: of all runs.
    """
    number = Counter(state.status for state in states)
    words = ", ".join(f"{number[status]} {status}" for status in Status if number[status])
    return f"{len(states)} runs: {words or 'none'}"


def summary_line(states: Sequence[RunState]) -> str:
    """One line: how many runs there are of each status, and the time that is left.

    Args:
        states: of all runs.
    """
    if not any(state.status in AHEAD for state in states):
        return counts(states)
    left = seconds_left(states)
    return f"{counts(states)}; {'time left unknown' if left is None else f'about {duration(left)} left'}"


def print_states(console: Console, states: Sequence[RunState], notes: Mapping[str, str] | None = None) -> None:
    """Print a line per run, those that need attention last: its name, its status, and what is its own.

    A run without a folder is called by those of its overrides that not all runs share. Names are never broken: where
    a line is too long for a terminal, what follows the status goes below.

    Args:
        console: where.
        states: of the runs.
        notes: key of a job -> what else to say of its run.
    """
    varying = own_overrides([Job(state.job, state.overrides) for state in states if state.job])
    rows = []
    for state in sorted(states, key=lambda state: -_urgency(state)):
        own = varying.get(state.job, {})
        beyond = {key: text for key, text in own.items() if key not in _IN_NAME} if state.name else {}
        name = state.name or " ".join(own.values()) or _named(state)
        said = [(notes or {}).get(state.job, ""), _detail(state), *beyond.values()]
        rows.append((name, state.status, "  ".join(text for text in said if text)))
    name_width, status_width = (max((len(row[i]) for row in rows), default=0) for i in (0, 1))
    for name, status, detail in rows:
        line = f"{name:<{name_width}}  {status:<{status_width}}  {detail}".rstrip()
        if console.is_terminal and len(line) > console.width:
            line = f"{name}  {status}\n" + textwrap.fill(
                detail, console.width, initial_indent="    ", subsequent_indent="    ", break_long_words=False
            )
        show(console, line)


def _named(state: RunState) -> str:
    """What a run is called where nothing tells it from others."""
    own = by_key(state.overrides)
    return " ".join(own[key] for key in _IN_NAME if key in own) or "run"


def _urgency(state: RunState) -> int:
    return _BY_URGENCY.index(state.status)


def _detail(state: RunState) -> str:
    if state.status == Status.RUNNING:
        return f"since {state.since} on {state.where}"
    if state.status == Status.COMPLETE:
        return duration(state.seconds)
    return state.reason
