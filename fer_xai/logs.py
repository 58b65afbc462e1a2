"""Where log lines go: a run's own to its log file, only warnings worth reading to the terminal."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fer_xai.results.files import as_user_error

_NAMES = ("fer_xai", "pytorch_lightning", "lightning", "py.warnings")


def quiet_terminal() -> None:
    """Keep what libraries say on every start out of the progress display; log files still get it."""
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    for name in _NAMES:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
        logger.setLevel(logging.INFO)


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
        handler = _LogFile(path, encoding="utf-8", delay=False)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    loggers = [logging.getLogger(name) for name in _NAMES]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        handler.close()
