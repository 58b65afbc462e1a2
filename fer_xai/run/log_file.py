"""Where log lines go: a run's own to its log file, only warnings worth reading to the terminal."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fer_xai.files import as_user_error
from fer_xai.terminal import write_everything

#: Of libraries only warnings are of use to a reader: what they tell on every start is advice and advertisement.
_LEVELS = {
    "fer_xai": logging.INFO,
    "pytorch_lightning": logging.WARNING,
    "lightning": logging.WARNING,
    "lightning_fabric": logging.WARNING,
    "py.warnings": logging.WARNING,
}
#: Warnings that are meant for programmers: what will be removed some day.
_FOR_PROGRAMMERS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)


def quiet_terminal() -> None:
    """Keep what libraries say out of the progress display; log files get what may matter of it."""
    from lightning_fabric.utilities.warnings import PossibleUserWarning

    # Workers of a launcher and ranks come here, and not through the command line.
    write_everything()
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    # Lightning's own kind is advice, such as how many processes should load images.
    for category in (*_FOR_PROGRAMMERS, PossibleUserWarning):
        warnings.simplefilter("ignore", category)
    # A recipe may do without validation.
    warnings.filterwarnings("ignore", r"Total length of `list` across ranks is zero")
    for name, level in _LEVELS.items():
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
        logger.setLevel(level)


class _LogFile(logging.FileHandler):
    """A log that cannot be written (the disk is full) is no reason to fail, or to print a traceback for each line."""

    def handleError(self, record: logging.LogRecord) -> None:  # logging names it
        pass


@contextmanager
def log_to(path: Path) -> Iterator[None]:
    """Append everything that is logged meanwhile to `path`.

    Raises:
        UserError: the file cannot be written.
    """
    with as_user_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            # It may have come with somebody else's study, and lead to any file.
            path.unlink()
        handler = _LogFile(path, encoding="utf-8", delay=False)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    loggers = [logging.getLogger(name) for name in _LEVELS]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        # What could not be written would be tried once more.
        with suppress(OSError):
            handler.close()
