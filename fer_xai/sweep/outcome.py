"""How the runs of this process's latest sweep ended, for the exit status of the command."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fer_xai.results.plan import RunState

#: The runs of the latest sweep, as they stand when it ends.
RUNS: list["RunState"] = []
#: Statuses that count as failures.
_BAD: set[str] = set()


def start(strict: bool) -> None:
    """Forget the sweep before.

    Args:
        strict: whether runs that cannot be done count as failures.
    """
    RUNS.clear()
    _BAD.clear()
    _BAD.update({"failed", "interrupted", "damaged", "planned"})
    if strict:
        _BAD.update({"not applicable", "unavailable"})


def exit_status() -> int:
    """1 if a run failed or is not done, 2 if all failed by a user's mistake, else 0."""
    if RUNS and all(state.record is not None and state.record.mistake for state in RUNS):
        return 2
    return int(any(state.status in _BAD for state in RUNS))
