"""The life of a run, whatever it learns: checks, preparation, its folder claimed, its work logged, its record."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from omegaconf import DictConfig

from fer_xai.callbacks.context import RunContext
from fer_xai.config.check import check_config
from fer_xai.data.cache import writable_folder
from fer_xai.errors import NotApplicableError, UnavailableError
from fer_xai.progress import draw_bars
from fer_xai.results.claim import claimed, preparing
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import RunRecord, write_run
from fer_xai.results.run_status import Status
from fer_xai.run.check_run import check_choices, check_machine
from fer_xai.run.log_file import log_to
from fer_xai.run.prepared import PreparedRun
from fer_xai.run.processes import claimed_by_all, device_words, is_leading
from fer_xai.run.record import failed_record, forget_absence, now, record_absence, record_without_results
from fer_xai.run.threads import limited_threads
from fer_xai.terminal import say_once

log = logging.getLogger(__name__)

Prepare = Callable[[DictConfig, StudyPaths], PreparedRun]


class RunFailedError(Exception):
    """A run that failed after it had a folder of its own; its cause says why, and the folder has its record and log."""

    def __init__(self, record: RunRecord) -> None:
        super().__init__(record.reason)
        self.record = record


def do_run(cfg: DictConfig, prepare: Prepare, work: Callable[[PreparedRun, str], RunRecord]) -> RunRecord:
    """Do one run, unless another process is at it.

    Args:
        cfg: composed `train` config.
        prepare: makes the run ready; what it raises ends the command, or is recorded where the run cannot be done.
        work: does the run in its folder, given the ISO time at which it began.

    Returns:
        The run's record: that of its work, not applicable, unavailable, or running if another process does it and
        `wait` is false.

    Raises:
        UserError: settings or data with which no run can be done.
        RunFailedError: anything that went wrong later.
    """
    check_config(cfg)
    check_choices(cfg)
    check_machine(cfg)
    draw_bars(cfg.trainer.get("enable_progress_bar") is not False)
    started = now()
    study = StudyPaths(writable_folder(Path(cfg.study_dir), "study's folder"))
    with limited_threads(cfg.threads):
        try:
            with preparing(study) if is_leading() else nullcontext():
                run = ready(cfg, study, prepare)
        except NotApplicableError as error:
            return record_absence(cfg, study, Status.NOT_APPLICABLE, str(error), started)
        except UnavailableError as error:
            return record_absence(cfg, study, Status.UNAVAILABLE, str(error), started)
        paths = run.context.paths
        with claimed_by_all(lambda: claimed(paths.dir, cfg.wait, device_words(cfg), run.jobs)) as ours:
            if not ours:
                return record_without_results(cfg, paths, Status.RUNNING, "another process does this run")
            record = work(run, started)
    forget_absence(cfg, study)
    return record


def ready(cfg: DictConfig, study: StudyPaths, prepare: Prepare) -> PreparedRun:
    """Make a run ready, and note how long that took.

    Args:
        cfg: composed `train` config.
        study: that the run belongs to.
        prepare: as for `do_run`.
    """
    start = time.perf_counter()
    run = prepare(cfg, study)
    run.context.timings["set_up"] = round(time.perf_counter() - start, 3)
    return run


@contextmanager
def logged(run: PreparedRun, started: str) -> Iterator[None]:
    """Do the work of a run that is claimed: all that is logged goes to its log, a failure becomes its record.

    Args:
        run: of this process, which need not be the leading one.
        started: ISO time.

    Raises:
        RunFailedError: the work failed.
    """
    leading = is_leading()
    paths = run.context.paths
    with log_to(paths.log) if leading else nullcontext():
        if leading:
            tell_of_data(run.context)
        try:
            yield
        except Exception as error:
            log.exception("this run failed")
            record = failed_record(run.cfg, paths, error, started)
            write_run(paths, record)
            raise RunFailedError(record) from error


def tell_of_data(context: RunContext) -> None:
    """What a user should know of data and split: all of it in the log, what is doubtful on the terminal, too."""
    for line in (*context.faces.notes, context.faces.summary(), context.duplicates.summary()):
        log.info("%s", line)
    doubtful = [
        *context.faces.warnings,
        *([context.duplicates.summary()] if context.duplicates.across else []),
        *context.parts.notes,
    ]
    for line in doubtful:
        log.warning("%s", line)
        # Once for all runs of a study that this process does.
        say_once(line, of=context.paths.dir.parent)
