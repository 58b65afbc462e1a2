"""A program changes its process while it runs, and leaves it as it was: one process may run several commands."""

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from fer_xai.config.modules import MODULES_VARIABLE
from fer_xai.terminal import forget_said

#: Environment variables that a command sets for itself and the processes that it starts.
_VARIABLES = (
    *("HYDRA_FULL_ERROR", MODULES_VARIABLE),
    *("WANDB_SILENT", "WANDB_QUIET", "PL_GLOBAL_SEED", "PL_SEED_WORKERS"),
)


@contextmanager
def unchanged_process() -> Iterator[None]:
    """Begin as the first command of a process would, and leave behind what was there before.

    That holds of loggers with their handlers, filters of warnings, Hydra's own settings, arguments, folders of modules,
    and the environment variables above; however the command ends.
    """
    from fer_xai.progress import draw_bars  # rich takes a moment to import

    with _loggers(), _warnings(), _hydra(), _surroundings():
        # An earlier command may have drawn none, and has said what it had to say.
        draw_bars(True)
        forget_said()
        yield


@contextmanager
def _loggers() -> Iterator[None]:
    """Hydra gives the root logger handlers (`hydra/job_logging=default`), which would write for later commands, too."""
    there = [
        logging.root,
        *(item for item in logging.root.manager.loggerDict.values() if isinstance(item, logging.Logger)),
    ]
    before = [(item, list(item.handlers), item.level, item.propagate, item.disabled) for item in there]
    try:
        yield
    finally:
        for logger, handlers, level, propagate, disabled in before:
            added = [handler for handler in logger.handlers if handler not in handlers]
            logger.handlers[:] = handlers
            logger.setLevel(level)
            logger.propagate, logger.disabled = propagate, disabled
            for handler in added:
                handler.close()


@contextmanager
def _warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        show = warnings.showwarning
        # Whoever put another function in its place meanwhile has left logging with the belief that it still captures.
        logging.captureWarnings(False)
        warnings.showwarning = show
        try:
            yield
        finally:
            logging.captureWarnings(False)


@contextmanager
def _hydra() -> Iterator[None]:
    """Of the config of an earlier command `${hydra:...}` would be resolved, as long as this one has none."""
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.hydra_config import HydraConfig

    composing, config = GlobalHydra.instance(), HydraConfig.instance()
    before = composing.hydra, config.cfg
    composing.hydra, config.cfg = None, None
    try:
        yield
    finally:
        composing.hydra, config.cfg = before


@contextmanager
def _surroundings() -> Iterator[None]:
    arguments, folders = sys.argv, list(sys.path)
    variables = {name: os.environ.get(name) for name in _VARIABLES}
    try:
        yield
    finally:
        sys.argv, sys.path[:] = arguments, folders
        for name, value in variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
