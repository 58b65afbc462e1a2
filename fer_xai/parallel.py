"""Work on many items at once, with a progress bar."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import joblib

from fer_xai.progress import track

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
    draw: bool = True,
) -> Iterator[Result]:
    """Apply a function to each item, in any order, and show how far it is.

    Args:
        function: picklable unless `threads`.
        items: taken one by one, as workers become free, so they need not be in memory together.
        total: number of items.
        label: what is being done, before the bar.
        workers: how many at once; None takes all cores.
        threads: threads of this process in place of processes: for work that waits for the disk.
        draw: whether it shows how far it is.

    Yields:
        Results as they come.
    """
    if total == 0:
        return
    workers = joblib.cpu_count() if workers is None else workers
    if total <= FEW or workers == 1:
        yield from track(map(function, items), label, total, draw=draw)
        return
    how: dict[str, Any] = {"n_jobs": min(workers, total), "return_as": "generator_unordered"}
    if threads:
        calls = (joblib.delayed(function)(item) for item in items)
        pool = joblib.Parallel(backend="threading", **how)
    else:
        calls = (joblib.delayed(_in_worker)(os.getpid(), function, item) for item in items)
        # Idle processes go soon: each holds a landmark model.
        pool = joblib.Parallel(backend="loky", batch_size=1, idle_worker_timeout=10, **how)
    yield from track(pool(calls), label, total, draw=draw)


def call_side_by_side(calls: Sequence[Callable[[], Result]], at_most: int) -> list[Result]:
    """Results of calls that do not hang on each other, in their order, each worked out in another process.

    Args:
        calls: picklable, and so are their results.
        at_most: how many at once; there are never more than cores.
    """
    workers = min(joblib.cpu_count(), len(calls), at_most)
    if workers < 2:
        return [call() for call in calls]
    pool = joblib.Parallel(backend="loky", n_jobs=workers, batch_size=1, idle_worker_timeout=10)
    return list(pool(joblib.delayed(_in_worker)(os.getpid(), call) for call in calls))


def _in_worker(parent: int, function: Callable[..., Result], *items: Item) -> Result:
    # A worker whose parent was killed would wait for ever to hand over its result.
    end_with(parent)
    return function(*items)


@cache
def end_with(parent: int, leftovers: Path | None = None) -> None:
    """End this process, once in its life, when the process that it works for is gone.

    Args:
        parent: number of that process.
        leftovers: a folder of temporary files of that process, which would have removed it.
    """

    def watch() -> None:
        while _is_alive(parent):
            time.sleep(0.5)
        if leftovers is not None:
            shutil.rmtree(leftovers, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    # A dead process whose parent has not looked yet still has its number.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True
