"""What this process's latest command came to, for its exit status."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fer_xai.results.run_status import ABSENT, Status

if TYPE_CHECKING:
    from fer_xai.results.plan import RunState

_BAD = {Status.FAILED, Status.INTERRUPTED, Status.DAMAGED, Status.PLANNED}


@dataclass
class Outcome:
    """Filled while Hydra has the word, which hands nothing back.

    Attributes:
        strict: whether runs that cannot be done count as failures.
        runs: those of the latest sweep, as they stand when it ends.
        failures: what went wrong in a callback, of which Hydra would only warn.
        refused: whether a single run could not be done, and that counts.
    """

    strict: bool = False
    runs: list["RunState"] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    refused: bool = False

    def start(self, strict: bool) -> None:
        """Forget the command before.

        Args:
            strict: whether runs that cannot be done count as failures.
        """
        self.__init__(strict)  # type: ignore[misc]

    def exit_status(self) -> int:
        """1 if a run failed or is not done, 2 if all failed by a user's mistake, else 0."""
        if self.refused:
            return 1
        if self.runs and all(state.record is not None and state.record.mistake for state in self.runs):
            return 2
        bad = _BAD | ABSENT if self.strict else _BAD
        return int(any(state.status in bad for state in self.runs))


#: That of this process's latest command.
OUTCOME = Outcome()
