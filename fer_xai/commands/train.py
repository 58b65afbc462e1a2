"""`fer-xai train`: one run, or with -m (or a study) a sweep."""

import gc
import logging
import time
from typing import Any

from fer_xai.callbacks.study import FAILURES
from fer_xai.config.program import run_program
from fer_xai.errors import UserError

log = logging.getLogger(__name__)

#: What became of every run that this process did: its status, `refused` (by `strict`) or `mistaken` (by the user).
_STATUSES: list[str] = []


def main(arguments: list[str]) -> int:
    """Run the program.

    Returns:
        Exit status: 1 if a run of a sweep failed, or with `strict` if one could not be done; 2 if all of them failed by
        a user's mistake.
    """
    _STATUSES.clear()
    FAILURES.clear()
    run_program(task, "train", arguments, "train")
    if FAILURES:
        raise FAILURES[0]
    if _STATUSES and set(_STATUSES) == {"mistaken"}:
        return 2
    return 1 if {"mistaken", "failed", "refused"} & set(_STATUSES) else 0


def task(cfg: Any) -> None:
    """One run: in a sweep a failure is recorded and the sweep goes on.

    Raises:
        UserError: a user's mistake in a single run.
    """
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode
    from rich.console import Console

    console = Console(stderr=True)
    hydra = HydraConfig.get()
    sweep = hydra.mode == RunMode.MULTIRUN
    if sweep:
        header = f"[{hydra.job.num + 1}] {' '.join(hydra.overrides.task)}"
        console.print(header, style="bold", highlight=False, markup=False, soft_wrap=True)
    start = time.perf_counter()
    record = _recorded(cfg) if sweep else _done(cfg)
    refused = cfg.strict and record.status in {"not applicable", "unavailable"}
    if record.status != "failed":
        _STATUSES.append("refused" if refused else record.status)
    # Trainer, network and callbacks hold each other: the next run of a sweep should not wait for their memory.
    gc.collect()
    console.print(_summary(record, time.perf_counter() - start), highlight=False, markup=False, soft_wrap=True)


def _done(cfg: Any) -> Any:
    from fer_xai.logs import quiet_terminal
    from fer_xai.train import train

    quiet_terminal()
    return train(cfg)


def _recorded(cfg: Any) -> Any:
    """Do the run; whatever goes wrong becomes its record, with the traceback in its log."""
    try:
        return _done(cfg)
    except Exception as error:
        from pathlib import Path

        from fer_xai.logs import log_to
        from fer_xai.results.paths import StudyPaths
        from fer_xai.train import now, record_absence

        mistaken = isinstance(error, UserError)
        _STATUSES.append("mistaken" if mistaken else "failed")
        reason = str(error) if mistaken else f"{type(error).__name__}: {error}"
        study = StudyPaths(Path(cfg.study_dir))
        record = record_absence(cfg, study, "failed", " ".join(reason.split()), now())
        with log_to(study.run(record.name).log):
            log.exception("this run failed")
        return record


def _summary(record: Any, seconds: float) -> str:
    if record.status != "complete":
        return f"{record.name}: {record.status}: {record.reason}"
    accuracy = record.accuracy
    text = f"{record.name}: accuracy {accuracy['value']:.2f} [{accuracy['low']:.2f}, {accuracy['high']:.2f}]"
    explained = sum(record.images.values())
    left_out = record.data["left_out"]
    listed = f" (listed in runs/{record.name}/left_out.csv)" if left_out else ""
    return f"{text}, {explained} images explained, {left_out} images left out{listed} ({seconds:.0f} s)"
