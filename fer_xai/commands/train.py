"""`fer-xai train`: one run, or with -m (or a study) a sweep."""

import gc
import logging
import math
from copy import deepcopy
from pathlib import Path
from typing import Any

from fer_xai.config.program import run_program
from fer_xai.errors import UserError
from fer_xai.results.run_status import ABSENT
from fer_xai.sweep.callback import RefusedError
from fer_xai.sweep.outcome import OUTCOME
from fer_xai.sweep.worker_display import is_shown, shown_run
from fer_xai.terminal import say

#: What `fer-xai` lists: the words that call it, its place among the others, a line of help.
NAME = "train"
PLACE = 10
HELP = "train, explain and compare networks; -m sweeps (Hydra: key=value)"

log = logging.getLogger(__name__)


def main(arguments: list[str]) -> int:
    """Run the program.

    Returns:
        Exit status: 1 if a run of a sweep failed, or with `strict` if one could not be done; 2 if all of them failed by
        a user's mistake.

    Raises:
        UserError: a user's mistake in a single run, or for which a sweep has not begun.
    """
    OUTCOME.start(strict=False)
    try:
        run_program(task, "train", arguments, "train")
    except RefusedError as refused:
        raise UserError(str(refused)) from None
    if OUTCOME.failures:
        raise OUTCOME.failures[0]
    return OUTCOME.exit_status()


def task(cfg: Any) -> float:
    """One run: in a sweep a failure is recorded and the sweep goes on.

    Returns:
        The best validation loss of its network, infinite where there is none: what sweepers that search make small.

    Raises:
        UserError: a user's mistake in a single run.
    """
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    from fer_xai.config.check import check_config
    from fer_xai.results.paths import StudyPaths
    from fer_xai.results.plan import read_jobs
    from fer_xai.sweep.check_folds import impossible_folds
    from fer_xai.sweep.check_jobs import refusal
    from fer_xai.sweep.jobs import own_overrides, single_job
    from fer_xai.sweep.listing import list_runs

    hydra = HydraConfig.get()
    sweep = hydra.mode == RunMode.MULTIRUN
    if not sweep:
        job = single_job(hydra)
        if cfg.dry_run:
            list_runs(StudyPaths(Path(cfg.study_dir)), [job], lambda overrides: deepcopy(cfg), cfg.retry_failed)
            return math.inf
        check_config(cfg)
        wrong, _ = impossible_folds([job], lambda overrides: cfg)
        if wrong:
            raise refusal(wrong, 1)
        # As the runs of sweeps have theirs: so they find one another.
        cfg.job = job.key
    if sweep and not is_shown():
        own = own_overrides(read_jobs(StudyPaths(Path(cfg.study_dir)))).get(cfg.job or "")
        # Other sweepers have no plan to compare with.
        whole = [text for text in hydra.overrides.task if not text.startswith(("job=", "wait="))]
        said = own.values() if own else whole
        header = f"[{hydra.job.num + 1}] {' '.join(said)}"
        say(header, style="bold")
    if not sweep:
        from fer_xai.run.remarks import remarks

        for note in remarks(cfg):
            say(note)
    with shown_run(cfg.job or "", cfg.threads):
        if sweep and "joblib" in hydra.launcher._target_:
            _share_gpus(cfg)
        record = _recorded(cfg) if sweep else _done(cfg)
        # Trainer, network and callbacks hold each other: the next run of a sweep should not wait for their memory.
        gc.collect()
        say(_summary(record))
    OUTCOME.refused |= not sweep and cfg.strict and record.status in ABSENT
    return _val_loss(cfg, record)


def _val_loss(cfg: Any, record: Any) -> float:
    from fer_xai.results.paths import StudyPaths

    if not record.complete:
        return math.inf
    from fer_xai.run.trained_network import TrainedNetwork

    folder = StudyPaths(Path(cfg.study_dir)).trained_network(record.training_fingerprint)
    return TrainedNetwork(folder, cfg.recipe.keep).val_loss


def _share_gpus(cfg: Any) -> None:
    import torch

    from fer_xai.run.processes import device_count
    from fer_xai.sweep.gpus import take_gpus

    if cfg.trainer.accelerator != "cpu" and torch.cuda.device_count() > 1:
        take_gpus(device_count(cfg))


def _done(cfg: Any) -> Any:
    """Do the run; what goes wrong is raised as it is."""
    from hydra.utils import instantiate

    from fer_xai.run.life import RunFailedError
    from fer_xai.run.log_file import quiet_terminal

    quiet_terminal()
    try:
        return instantiate(cfg.task)(cfg)
    except RunFailedError as error:
        raise (error.__cause__ or error) from None


def _recorded(cfg: Any) -> Any:
    """Do the run; whatever goes wrong becomes its record, with the traceback in its log."""
    from hydra.utils import instantiate

    from fer_xai.results.paths import StudyPaths
    from fer_xai.results.run import write_run
    from fer_xai.run.life import RunFailedError
    from fer_xai.run.log_file import log_to, quiet_terminal
    from fer_xai.run.record import absent_paths, failed_record, now

    quiet_terminal()
    started = now()
    try:
        return instantiate(cfg.task)(cfg)
    except RunFailedError as error:
        return error.record
    except Exception as error:
        paths = absent_paths(cfg, StudyPaths(Path(cfg.study_dir)))
        record = failed_record(cfg, paths, error, started)
        write_run(paths, record)
        with log_to(paths.log):
            log.exception("this run failed")
        return record


def _summary(record: Any) -> str:
    from fer_xai.results.duration import duration

    if not record.complete:
        return f"{record.name}: {record.status}: {record.reason}"
    from fer_xai.results.classification import BALANCED

    accuracy = record.accuracy
    text = f"{record.name}: accuracy {accuracy['value']:.2f} [{accuracy['low']:.2f}, {accuracy['high']:.2f}]"
    if BALANCED[0] in accuracy:  # records of earlier versions have none
        balanced, low, high = (accuracy[name] for name in BALANCED)
        text += f", balanced {balanced:.2f} [{low:.2f}, {high:.2f}]"
    explained = sum(record.images.values())
    left_out = record.data["left_out"]
    listed = f" (listed in runs/{record.name}/left_out.csv)" if left_out else ""
    text += f", {explained} images explained, {left_out} images left out{listed} ({duration(record.seconds)})"
    return text + "".join(f"\n  {name} is left out: {why}" for name, why in record.left_out_explainers.items())
