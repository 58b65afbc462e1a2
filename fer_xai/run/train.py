"""One run: config -> fit -> test -> explain -> compare -> artefacts."""

import logging
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytorch_lightning as pl
from omegaconf import DictConfig, OmegaConf

from fer_xai.callbacks.context import RunContext
from fer_xai.callbacks.ranks import is_first
from fer_xai.config.check import check_config
from fer_xai.config.fingerprint import run_fingerprint, training_fingerprint
from fer_xai.data.cache import writable_folder
from fer_xai.data.copies.duplicates import find_duplicates
from fer_xai.data.faces import faces_of
from fer_xai.data.preparation.prepare import PreparedFaces
from fer_xai.data.splits.base import Parts
from fer_xai.data.splits.build import build_splitter, split_parts
from fer_xai.errors import NotApplicableError, UnavailableError
from fer_xai.files import write_csv
from fer_xai.metrics.own import own_metrics
from fer_xai.models.network import Network
from fer_xai.models.pretrained_weights import Provenance, load_weights
from fer_xai.models.trained_on import refuse_overlap
from fer_xai.progress import draw_bars
from fer_xai.results.claim import claimed, preparing
from fer_xai.results.duration import duration
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import RunRecord, mark_jobs, read_run, sound_run, write_run
from fer_xai.run.check import check_choices, check_machine, check_validation
from fer_xai.run.fit import fit_and_test
from fer_xai.run.log_file import log_to
from fer_xai.run.processes import claimed_by_all, device_words, is_leading, ranks_wanted, run_ranks, started_as_rank
from fer_xai.run.record import (
    complete_record,
    failed_record,
    forget_absence,
    now,
    record_absence,
    record_without_results,
    run_name,
)
from fer_xai.run.threads import limited_threads
from fer_xai.run.trial import build_network, try_parts
from fer_xai.terminal import say, say_once

log = logging.getLogger(__name__)


class RunFailedError(Exception):
    """A run that failed after it had a folder of its own; its cause says why, and the folder has its record and log."""

    def __init__(self, record: RunRecord) -> None:
        super().__init__(record.reason)
        self.record = record


def train(cfg: DictConfig) -> RunRecord:
    """Do one run, unless its record says that it is done or another process is at it.

    Args:
        cfg: composed `train` config.

    Returns:
        The run's record: complete, not applicable, unavailable, or running if another process does it and `wait` is
        false.

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
        return _train(cfg, study, started)


def _train(cfg: DictConfig, study: StudyPaths, started: str) -> RunRecord:
    try:
        with preparing(study) if is_leading() else nullcontext():
            network, context, weights = _set_up(cfg, study)
    except NotApplicableError as error:
        return record_absence(cfg, study, "not applicable", str(error), started)
    except UnavailableError as error:
        return record_absence(cfg, study, "unavailable", str(error), started)
    jobs = (cfg.job,) if cfg.job else ()
    with claimed_by_all(lambda: claimed(context.paths.dir, cfg.wait, device_words(cfg), jobs)) as ours:
        if not ours:
            return record_without_results(cfg, context.paths, "running", "another process does this run")
        done, wrong = sound_run(context.paths)
        if done is not None:
            return mark_jobs(context.paths, done, jobs)
        if wrong and is_leading():
            say(f"{wrong}: the run is done again")
        record = _do(cfg, network, context, weights, started)
    forget_absence(cfg, study)
    return record


def train_rank(cfg: DictConfig) -> None:
    """Do the share of one process of a distributed run that another process has set up and claimed.

    Args:
        cfg: composed `train` config.
    """
    started = now()
    with limited_threads(cfg.threads):
        network, context, weights = _set_up(cfg, StudyPaths(Path(cfg.study_dir)))
        with log_to(context.paths.log) if is_leading() else nullcontext():
            _fit_and_write(cfg, network, context, weights, started)


def _set_up(cfg: DictConfig, study: StudyPaths) -> tuple[Network, RunContext, Provenance]:
    start = time.perf_counter()
    faces = faces_of(cfg)
    duplicates = find_duplicates(faces, cfg.prepare.workers)
    faces = duplicates.mark(faces)
    splitter = build_splitter(cfg.split)
    parts = split_parts(cfg.split, splitter, faces.frame, cfg.fold)
    check_validation(cfg, len(parts.val))
    pl.seed_everything(cfg.seed, workers=True, verbose=False)
    network = build_network(cfg)
    weights = load_weights(network, cfg.pretrained, cfg.model.weights.tag)
    others = (parts.train, parts.val)
    note = refuse_overlap(weights.seen, str(cfg.pretrained), faces.frame, parts.test, others, cfg.fold)
    if note:
        parts = replace(parts, notes=(*parts.notes, note))
    parts = replace(parts, notes=(*parts.notes, *try_parts(cfg, network, faces)))
    context = _context(cfg, study, faces, weights, parts)
    context.duplicates, context.split = duplicates, splitter.facts(faces.frame, cfg.fold)
    context.timings["set_up"] = round(time.perf_counter() - start, 3)
    return network, context, weights


def _do(cfg: DictConfig, network: Network, context: RunContext, weights: Provenance, started: str) -> RunRecord:
    """Do the run in as many processes as it wants; a failure is recorded in the run's folder."""
    leading = is_leading()
    if leading:
        write_csv(context.paths.left_out, context.faces.left_out)
        write_csv(context.paths.split, context.parts.table(context.faces.frame, context.fold))
        write_csv(context.paths.duplicates, context.duplicates.report)
    with log_to(context.paths.log) if leading else nullcontext():
        if leading:
            _tell(context)
        try:
            if ranks_wanted(cfg) > 1 and not started_as_rank():
                run_ranks(cfg)
                return read_run(context.paths.dir)
            return _fit_and_write(cfg, network, context, weights, started)
        except Exception as error:
            log.exception("this run failed")
            record = failed_record(cfg, context.paths, error, started)
            write_run(context.paths, record)
            raise RunFailedError(record) from error


def _tell(context: RunContext) -> None:
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


def _fit_and_write(
    cfg: DictConfig, network: Network, context: RunContext, weights: Provenance, started: str
) -> RunRecord:
    log.info("%s", weights.summary())
    with own_metrics(cfg.metrics):
        fit_and_test(cfg, network, context)
    record = complete_record(cfg, context, weights, started)
    if is_first():
        stages = ", ".join(f"{stage} {duration(seconds)}" for stage, seconds in record.timings.items())
        log.info("took %s (%s)", duration(record.seconds), stages)
        write_run(context.paths, record, config=OmegaConf.to_yaml(cfg, resolve=True), **context.contents())
    return record


def _context(cfg: DictConfig, study: StudyPaths, faces: PreparedFaces, weights: Provenance, parts: Parts) -> RunContext:
    training = training_fingerprint(cfg, faces.fingerprint, weights.sha256, parts.fingerprint())
    run = run_fingerprint(cfg, training)
    name = run_name(cfg, run)
    return RunContext(
        name=name,
        study=study.root.name,
        network=cfg.model.name,
        pretrained=weights.word,
        fold=cfg.fold,
        training_fingerprint=training,
        run_fingerprint=run,
        paths=study.run(name),
        trained=study.trained / training[:16],
        faces=faces,
        config=dict(OmegaConf.to_container(cfg, resolve=True)),  # type: ignore[arg-type]
        parts=parts,
    )
