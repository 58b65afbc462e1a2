"""Pretraining on faces: a network learns to recognise people, and leaves its weights for runs on expressions."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from fer_xai.config.fingerprint import effective, fingerprint, practising, training_fingerprint
from fer_xai.data.configured_faces import faces_of
from fer_xai.data.copies.duplicates import Duplicates, find_duplicates
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.splits.base import LEFT_OUT, TEST, TRAIN, VALIDATION, Parts, showing_same_picture_as
from fer_xai.errors import UserError
from fer_xai.models.network import Network
from fer_xai.models.pretrained_weights import Provenance
from fer_xai.models.trained_on import TrainedOn, read_trained_on
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import RunRecord, write_run
from fer_xai.results.run_status import Status
from fer_xai.results.weights import write_weights
from fer_xai.run.fit import fit_alone
from fer_xai.run.life import do_run, logged
from fer_xai.run.prepared import PreparedRun, first_network, run_context
from fer_xai.run.processes import ranks_wanted
from fer_xai.run.record import record_without_results, run_name

log = logging.getLogger(__name__)


def train_identity(cfg: DictConfig, min_images: int = 4, validation: float = 0.2) -> RunRecord:
    """Train a network to recognise who a face is of, and write its weights for other runs (`pretrained=FILE`).

    It learns from everybody who is not tested in `fold` of the split, so that the weights may start a run that is
    tested on that fold. The same people are in the training and the validation part, with different images.

    Args:
        cfg: composed `train` config.
        min_images: people with fewer images are left out, 2 or more.
        validation: share of each person's images that is kept to choose by, above 0, at most 0.5.

    Returns:
        A record of status `weights` whose reason is the path of the file; or not applicable or unavailable.

    Raises:
        UserError: settings or data with which this cannot be done.
        RunFailedError: anything that went wrong later.
    """

    def prepare(cfg: DictConfig, study: StudyPaths) -> PreparedRun:
        if ranks_wanted(cfg) > 1:
            raise UserError("task=identity trains on one device: set trainer.devices=1")
        return _prepare(cfg, study, min_images, validation)

    return do_run(cfg, prepare, _learn)


def _prepare(cfg: DictConfig, study: StudyPaths, min_images: int, validation: float) -> PreparedRun:
    faces, parts, duplicates = people_to_learn(cfg, min_images, validation)
    # The people are the classes that are recognised; nothing is explained.
    plain = dict(OmegaConf.to_container(cfg, resolve=True))  # type: ignore[arg-type]
    own = OmegaConf.create(plain | {"classes": list(faces.expressions), "callbacks": {}})
    network, first, _ = first_network(own, faces)
    training = training_fingerprint(own, faces.fingerprint, first.sha256, parts.fingerprint())
    name = run_name(cfg, training).replace("-fold", "-identity-fold", 1)
    # Of `cfg`, which is without the names of people: loggers may send it away.
    context = run_context(cfg, study, faces, parts, first, name, (training, training))
    context.duplicates = duplicates
    return PreparedRun(cfg, own, network, first, context)


def _learn(run: PreparedRun, started: str) -> RunRecord:
    """Train, and write the weights' file and the record that names it."""
    cfg, context = run.cfg, run.context
    target = StudyPaths(Path(cfg.study_dir)).weights(cfg.model.name, cfg.fold, cfg.seed, "identity")
    with logged(run, started):
        log.info("%s", run.weights.summary())
        fit_alone(run)
        rows = np.concatenate([context.parts.train, context.parts.val])
        lineage = _lineage(cfg, context.faces.fingerprint, run.weights)
        _write(target, run.network, TrainedOn.of(context.faces.frame.iloc[rows], lineage, run.weights.seen))
        record = replace(
            record_without_results(cfg, context.paths, Status.WEIGHTS, str(target), started),
            training_fingerprint=context.training_fingerprint,
            weights=run.weights.facts(),
            device=context.device,
            timings=context.timings,
        )
        write_run(context.paths, record, config=OmegaConf.to_yaml(cfg, resolve=True))
    return record


def people_to_learn(cfg: DictConfig, min_images: int, validation: float) -> tuple[PreparedFaces, Parts, Duplicates]:
    """The faces with people as their classes, which of them are learned from and chosen by, and their copies.

    Args:
        cfg: composed `train` config.
        min_images: people with fewer images are left out.
        validation: share of each person's images to choose by.

    Raises:
        UserError: settings out of range, or fewer than two people.
    """
    if min_images < 2:
        raise UserError(f"task.min_images={min_images}: must be 2 or more, to learn from and to choose by")
    if not 0 < validation <= 0.5:
        raise UserError(f"task.validation={validation}: a share above 0, at most 0.5")
    faces = faces_of(cfg)
    duplicates = find_duplicates(faces, cfg.prepare.workers)
    faces = duplicates.mark(faces)
    frame = faces.frame
    tested = instantiate(cfg.split).parts(frame, cfg.fold).words(len(frame)) == TEST
    person = (frame["dataset"] + "/" + frame["subject"]).to_numpy(object)
    usable = (frame["subject"] != "").to_numpy() & ~tested & ~np.isin(person, person[tested])
    # Of pictures that are alike, one is learned from: others would be chosen by, or tested later.
    usable &= ~showing_same_picture_as(frame, tested)
    for column in ("content", "copies", "kept_together"):
        if column in frame.columns:
            name = frame[column].where(frame[column] != "")
            usable &= ~(name.where(usable).duplicated() & name.notna()).to_numpy()
    counts = pd.Series(person[usable]).value_counts()
    few = counts[counts < min_images]
    people = sorted(counts.index[counts >= min_images])
    if len(people) < 2:
        raise UserError(
            f"task=identity: {len(people)} people who are not tested in fold {cfg.fold} have {min_images} images or "
            "more (task.min_images): two are needed; data need subjects, e.g. a column `subject` in the table"
        )
    words = _words(person, usable & np.isin(person, people), validation, cfg.seed)
    note = f"learning {len(people)} people from {(words == TRAIN).sum()} images; {tested.sum()} tested images kept out"
    if len(few):
        note += f"; {len(few)} people with fewer than {min_images} images left out"
    # Rows that take no part have a class, too, or their label would be none.
    label = np.where(np.isin(person, people), person, people[0])
    labelled = replace(faces, frame=frame.assign(expression=label), expressions=tuple(people))
    return labelled, Parts.of(words, [note]), duplicates


def _words(person: np.ndarray, usable: np.ndarray, validation: float, seed: int) -> np.ndarray:
    """The part of each row: of each person, a share of the images (at least one) to choose by."""
    words = np.full(len(person), LEFT_OUT, dtype=object)
    rng = np.random.default_rng(seed)
    for name in np.unique(person[usable].astype(str)):
        rows = rng.permutation(np.flatnonzero(usable & (person == name)))
        kept = max(1, round(validation * len(rows)))
        words[rows[:kept]], words[rows[kept:]] = VALIDATION, TRAIN
    return words


def _lineage(cfg: DictConfig, data: str, first: Provenance) -> str:
    """Names all that makes the weights but fold, seed and network: files of one lineage are one level of a factor."""
    parts = {**{key: effective(cfg[key]) for key in ("task", "split")}, "recipe": practising(cfg.recipe)}
    before = first.seen.lineage if first.seen else first.sha256
    return fingerprint({**parts, "data": data, "before": before, "word": first.word, "network": cfg.model.name})


def _write(target: Path, network: Network, seen: TrainedOn) -> None:
    """Write the weights' file; other weights of that place may have been made with other settings."""
    if target.exists():
        try:
            before = read_trained_on(target)
        except Exception:  # damaged or of another program: it is written anew
            before = None
        if before is not None and before.lineage != seen.lineage:
            log.warning("%s held weights that were made with other settings: replaced", target)
    write_weights(target, network.state_dict(), seen.metadata())
