"""Work on many items at once, with a progress bar."""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import joblib
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Item = TypeVar("Item")
Result = TypeVar("Result")
log = logging.getLogger(__name__)

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
    workers = joblib.cpu_count() if workers is None else workers
    if total <= FEW or workers == 1:
        yield from _with_bar(map(function, items), total, label)
        return
    pool = joblib.Parallel(
        n_jobs=min(workers, total),
        backend="threading" if threads else "loky",
        batch_size="auto" if threads else 1,
        return_as="generator_unordered",
    )
    yield from _with_bar(pool(joblib.delayed(function)(item) for item in items), total, label)


def _with_bar(results: Iterable[Result], total: int, label: str) -> Iterator[Result]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    # On standard error: standard output may be a table that another program reads.
    with Progress(*columns, *times, console=Console(stderr=True)) as progress:
        bar = progress.add_task(label, total=total)
        for result in results:
            yield result
            progress.advance(bar)
