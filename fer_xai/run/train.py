"""One run: config -> fit -> test -> explain -> compare -> artefacts."""

import logging
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from fer_xai.callbacks.distributed import is_first
from fer_xai.config.fingerprint import run_fingerprint, training_fingerprint
from fer_xai.config.rest import keys_of_rest
from fer_xai.data.configured_faces import faces_of
from fer_xai.data.copies.duplicates import find_duplicates
from fer_xai.data.soft_labels import soft_labels_hash
from fer_xai.data.splits.build import build_splitter, split_parts
from fer_xai.files import write_csv
from fer_xai.models.trained_on import refuse_overlap
from fer_xai.results.duration import duration
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import RunRecord, mark_jobs, read_run, sound_run, write_run
from fer_xai.run.alignment_reference import aligned_to
from fer_xai.run.check_run import check_training
from fer_xai.run.elsewhere import is_elsewhere
from fer_xai.run.fit import fit_and_test
from fer_xai.run.life import do_run, logged, ready
from fer_xai.run.log_file import log_to
from fer_xai.run.prepared import PreparedRun, first_network, run_context
from fer_xai.run.processes import is_leading, ranks_wanted, run_ranks, started_as_rank
from fer_xai.run.record import complete_record, now, run_name
from fer_xai.run.seen_elsewhere import SeenElsewhere
from fer_xai.run.threads import limited_threads
from fer_xai.terminal import say

log = logging.getLogger(__name__)


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
    return do_run(cfg, _prepare, _do_unless_done)


def train_rank(cfg: DictConfig) -> None:
    """Do the share of one process of a distributed run that another process has set up and claimed.

    Args:
        cfg: composed `train` config.
    """
    started = now()
    with limited_threads(cfg.threads):
        run = ready(cfg, StudyPaths(Path(cfg.study_dir)), _prepare)
        with log_to(run.context.paths.log) if is_leading() else nullcontext():
            _fit_and_write(run, started)


def _prepare(cfg: DictConfig, study: StudyPaths) -> PreparedRun:
    faces = faces_of(cfg)
    duplicates = find_duplicates(faces, cfg.prepare.workers)
    faces = duplicates.mark(faces)
    splitter = build_splitter(cfg.split)
    parts = split_parts(cfg.split, splitter, faces.frame, cfg.fold)
    if not is_elsewhere(cfg):
        check_training(cfg, parts)
    network, weights, notes = first_network(cfg, faces)
    others = (parts.train, parts.val)
    overlap = refuse_overlap(weights.seen, str(cfg.pretrained), faces.frame, parts.test, others, cfg.fold)
    parts = replace(parts, notes=(*parts.notes, *([overlap] if overlap else []), *notes))
    seen = SeenElsewhere.of(cfg, faces, parts)
    if seen is not None:
        parts = seen.left_out_of(parts, len(faces))
    votes = soft_labels_hash(faces) if cfg.recipe.soft_labels and not is_elsewhere(cfg) else ""
    training = training_fingerprint(cfg, faces.fingerprint, weights.sha256, parts.fingerprint(), aligned_to(cfg), votes)
    neutral = faces.neutral.fingerprint if faces.neutral and keys_of_rest(cfg) else ""
    fingerprint = run_fingerprint(cfg, training, neutral)
    name = run_name(cfg, fingerprint)
    context = run_context(cfg, study, faces, parts, weights, name, (training, fingerprint))
    context.elsewhere = {} if seen is None else seen.facts()
    context.duplicates, context.split = duplicates, splitter.facts(faces.frame, cfg.fold)
    return PreparedRun(cfg, cfg, network, weights, context)


def _do_unless_done(run: PreparedRun, started: str) -> RunRecord:
    """Do the run in as many processes as it wants, unless its files are there as they were written."""
    context = run.context
    done, wrong = sound_run(context.paths)
    if done is not None:
        return mark_jobs(context.paths, done, run.jobs)
    if is_leading():
        if wrong:
            say(f"{wrong}: the run is done again")
        write_csv(context.paths.left_out, context.faces.left_out)
        write_csv(context.paths.split, context.parts.table(context.faces.frame, context.fold))
        write_csv(context.paths.duplicates, context.duplicates.report)
    with logged(run, started):
        if ranks_wanted(run.cfg) > 1 and not started_as_rank():
            run_ranks(run.cfg)
            return read_run(context.paths.dir)
        return _fit_and_write(run, started)


def _fit_and_write(run: PreparedRun, started: str) -> RunRecord:
    log.info("%s", run.weights.summary())
    fit_and_test(run)
    record = complete_record(run, started)
    if is_first():
        stages = ", ".join(f"{stage} {duration(seconds)}" for stage, seconds in record.timings.items())
        log.info("took %s (%s)", duration(record.seconds), stages)
        config = OmegaConf.to_yaml(run.cfg, resolve=True)
        write_run(run.context.paths, record, config=config, **run.context.contents())
    return record
