"""Work on many items at once, with a progress bar."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, TypeVar

import joblib
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Fewer items are done in this process: starting others would take longer.
FEW = 16


def run_parallel(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    total: int,
    label: str,
    workers: int | None,
    threads: bool,
) -> Iterator[Result]:
    """Apply a function to each item, in any order, and show how far it is.

    Args:
        function: picklable unless `threads`.
        items: taken one by one, as workers become free, so they need not be in memory together.
        total: number of items.
        label: what is being done, before the bar.
        workers: how many at once; None takes all cores.
        threads: threads of this process in place of processes: for work that waits for the disk.

    Yields:
        Results as they come.
    """
    if total == 0:
        return
    workers = joblib.cpu_count() if workers is None else workers
    if total <= FEW or workers == 1:
        yield from _with_bar(map(function, items), total, label)
        return
    how: dict[str, Any] = {"n_jobs": min(workers, total), "return_as": "generator_unordered"}
    if threads:
        calls = (joblib.delayed(function)(item) for item in items)
        pool = joblib.Parallel(backend="threading", **how)
    else:
        calls = (joblib.delayed(_in_worker)(function, item) for item in items)
        # Idle processes go soon: each holds a landmark model.
        pool = joblib.Parallel(backend="loky", batch_size=1, idle_worker_timeout=10, **how)
    yield from _with_bar(pool(calls), total, label)


def _in_worker(function: Callable[[Item], Result], item: Item) -> Result:
    _leave_with_parent()
    return function(item)


@cache
def _leave_with_parent() -> None:
    """End this process, once in its life, when the process that started it is gone.

    A worker whose parent was killed would wait for ever to hand over its result.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _with_bar(results: Iterable[Result], total: int, label: str) -> Iterator[Result]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    # On standard error: standard output may be a table that another program reads.
    with Progress(*columns, *times, console=Console(stderr=True)) as progress:
        bar = progress.add_task(label, total=total)
        for result in results:
            yield result
            progress.advance(bar)
