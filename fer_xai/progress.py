"""How far the work of this process is: drawn as a bar, or told to the process that shows all runs of a sweep."""

import contextlib
import json
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Item = TypeVar("Item")

#: Environment variable of processes whose progress another one shows: the file in which to tell it.
FILE_VARIABLE = "FER_XAI_PROGRESS"
#: A stage is told of at most so often, seconds.
_SELDOM = 0.2
_LAST: dict[str, float] = {}
#: Whether this process draws bars.
_DRAWN = {"bars": True}


def draw_bars(wanted: bool) -> None:
    """Say whether this process draws bars from now on (`trainer.enable_progress_bar`)."""
    _DRAWN["bars"] = wanted


def is_shown_elsewhere() -> bool:
    """Whether another process shows how far this one is, so that it draws nothing itself."""
    return FILE_VARIABLE in os.environ


def tell(stage: str, done: int = 0, total: int = 0) -> None:
    """Say how far the run of this process is to the process that shows it; where there is none, nothing happens.

    Args:
        stage: what is being done, a few words.
        done: how many of its parts are done.
        total: how many parts it has; 0 where it has none.
    """
    path = os.environ.get(FILE_VARIABLE)
    if path is None:
        return
    now = time.monotonic()
    if done != total and now - _LAST.get(stage, -_SELDOM) < _SELDOM:
        return
    _LAST.clear()
    _LAST[stage] = now
    # Who showed it is gone, or the disk is full: no reason for a run to fail.
    with contextlib.suppress(OSError):
        Path(path).write_text(json.dumps({"stage": stage, "done": done, "total": total}), encoding="utf-8")


def track(items: Iterable[Item], label: str, total: int, transient: bool = False, draw: bool = True) -> Iterator[Item]:
    """Go through items and show how far it is.

    Args:
        items: of whatever kind.
        label: what is being done, before the bar.
        total: number of items.
        transient: the bar goes when it is full.
        draw: whether this process shows anything.

    Yields:
        The items.
    """
    if not draw or not _DRAWN["bars"]:
        yield from items
        return
    if is_shown_elsewhere():
        for done, item in enumerate(items, 1):
            yield item
            tell(label, done, total)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    # On standard error: standard output may be a table that another program reads.
    console = Console(stderr=True)
    # Where nothing can be taken away again, a bar that goes would leave an empty line.
    hidden = transient and not console.is_terminal
    with Progress(*columns, *times, console=console, transient=transient, disable=hidden) as progress:
        bar = progress.add_task(label, total=total)
        for item in items:
            yield item
            progress.advance(bar)
