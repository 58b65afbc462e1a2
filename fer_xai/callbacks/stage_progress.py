"""What comes after training is shown where training was shown."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytorch_lightning as pl
from rich.markup import escape
from rich.progress import Progress

from fer_xai.callbacks.progress_file import TellProgress


@contextmanager
def shown(trainer: pl.Trainer, what: str, total: int) -> Iterator[Callable[[str, int], None]]:
    """A bar of its own in the trainer's display; nothing where that is switched off.

    Args:
        trainer: whose display it is.
        what: what is done.
        total: number of steps.

    Yields:
        Called with what is at work, and how many steps have been done since the last call.
    """
    if isinstance(trainer.progress_bar_callback, TellProgress):
        yield trainer.progress_bar_callback.stage(what, total)
        return
    display: Progress | None = getattr(trainer.progress_bar_callback, "progress", None)
    if display is None:
        yield lambda worker, done: None
        return
    bar = display.add_task(what, total=total)

    def tell(worker: str, done: int) -> None:
        display.update(bar, description=f"{what}: {escape(worker)}", advance=done, refresh=True)

    yield tell
    display.update(bar, description=what, refresh=True)
