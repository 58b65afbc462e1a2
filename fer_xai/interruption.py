"""A process that is told to end leaves as one interrupted at the terminal does: in order, keeping what is finished."""

import signal
from types import FrameType

#: Whether the signal has come, which a `KeyboardInterrupt` that a library raises anew does not tell.
_TOLD: list[bool] = []


def end_as_interrupted() -> None:
    """Let SIGTERM, which batch systems and containers send before they kill, raise `KeyboardInterrupt`.

    Left alone, the system ends a process at once: its workers go on for a while, and its temporary folders stay.
    """
    _TOLD.clear()
    signal.signal(signal.SIGTERM, _end)


def is_told_to_end() -> bool:
    """Whether the interruption was a SIGTERM."""
    return bool(_TOLD)


def _end(number: int, frame: FrameType | None) -> None:
    _TOLD.append(True)
    raise KeyboardInterrupt
