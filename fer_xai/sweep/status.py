"""How a study stands, for people to read."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fer_xai.results.plan import Job, RunState

#: In the order of a run's life.
STATUSES = (
    "planned",
    "running",
    "interrupted",
    "failed",
    "damaged",
    "unavailable",
    "not applicable",
    "set aside",
    "weights",
    "complete",
)
#: Those that the same command will do.
_AHEAD = {"planned", "running", "interrupted"}


def seconds_left(states: Sequence[RunState]) -> float | None:
    """Time that is left by experience: what complete runs of each network took, shared by the runs that are under way.

    Args:
        states: of all runs.

    Returns:
        Seconds; 0 where nothing is left, None where nothing has been completed to learn from.
    """
    ahead = [state for state in states if state.status in _AHEAD]
    if not ahead:
        return 0.0
    took: dict[str, list[float]] = defaultdict(list)
    for state in states:
        if state.status == "complete":
            took[state.network].append(state.seconds)
    if not took:
        return None
    everything = [value for values in took.values() for value in values]
    total = 0.0
    for state in ahead:
        known = took.get(state.network or _named(state), everything)
        total += sum(known) / len(known)
    return total / max(1, sum(state.status == "running" for state in states))


def summary_line(states: Sequence[RunState]) -> str:
    """One line: how many runs there are of each status, and the time that is left.

    Args:
        states: of all runs.
    """
    counts = Counter(state.status for state in states)
    words = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
    left = seconds_left(states)
    ahead = any(state.status in _AHEAD for state in states)
    time = "" if not ahead else "; time left unknown" if left is None else f"; about {_duration(left)} left"
    return f"{len(states)} runs: {words or 'none'}{time}"


def print_states(console: Console, states: Sequence[RunState], todo: Sequence[Job] | None = None) -> None:
    """Print a table of runs, those that need attention last.

    Args:
        console: where.
        states: of the runs.
        todo: the jobs that would be done; None leaves that column out.
    """
    table = Table(box=None, pad_edge=False)
    for title in ("run", "status", "", *(("would be done",) if todo is not None else ())):
        table.add_column(title, overflow="fold", no_wrap=title in {"run", "status"} and console.is_terminal)
    keys = {job.key for job in todo or ()}
    shared = set.intersection(*(set(state.overrides) for state in states)) if len(states) > 1 else set()
    for state in sorted(states, key=lambda state: -_urgency(state)):
        own = " ".join(text for text in state.overrides if text not in shared)
        cells = [state.name or own or state.job, state.status, _detail(state)]
        cells += [] if todo is None else ["yes" if state.job in keys else "no"]
        # Paths and overrides hold square brackets, which rich would take for markup.
        table.add_row(*map(Text, cells))
    if states:
        console.print(table, soft_wrap=not console.is_terminal)


def _named(state: RunState) -> str:
    """The network that the overrides name, for runs without a record."""
    models = [text.split("=", 1)[1] for text in state.overrides if text.startswith("model=")]
    return models[-1] if models else ""


def _urgency(state: RunState) -> int:
    order = (
        "failed",
        "damaged",
        "interrupted",
        "running",
        "unavailable",
        "not applicable",
        "planned",
        "set aside",
        "weights",
        "complete",
    )
    return order.index(state.status)


def _detail(state: RunState) -> str:
    if state.status == "running":
        return f"since {state.since} on {state.where}"
    if state.status == "complete":
        return _duration(state.seconds)
    return state.reason


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else str(timedelta(seconds=round(seconds)))
