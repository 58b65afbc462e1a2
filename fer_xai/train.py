"""One run: config -> fit -> test -> explain -> compare -> artefacts."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytorch_lightning as pl
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from scipy.stats import binomtest

from fer_xai.callbacks.context import RunContext
from fer_xai.config.check import check_config
from fer_xai.config.choices import check_choices
from fer_xai.data.cache import cache_dir, writable_folder
from fer_xai.data.prepare import PreparedFaces, prepare
from fer_xai.errors import NotApplicableError, UnavailableError, UserError
from fer_xai.fingerprint import config_fingerprint, run_fingerprint, training_fingerprint
from fer_xai.fit import fit_and_test
from fer_xai.logs import log_to
from fer_xai.models.network import Network
from fer_xai.models.pretraining import Provenance, load_weights, pretraining_word
from fer_xai.results.environment import git_revision, versions
from fer_xai.results.files import write_csv
from fer_xai.results.paths import RunPaths, StudyPaths
from fer_xai.results.run import RunRecord, read_run, write_run
from fer_xai.threads import limit_threads


def train(cfg: DictConfig) -> RunRecord:
    """Do one run, unless its record says that it is done.

    Args:
        cfg: composed `train` config.

    Returns:
        The run's record: complete, not applicable or unavailable.

    Raises:
        UserError: settings or data with which no run can be done.
    """
    check_config(cfg)
    check_choices(cfg)
    started = now()
    study = StudyPaths(writable_folder(Path(cfg.study_dir), "study's folder"))
    limit_threads(cfg.threads)
    faces = prepare_faces(cfg)
    pl.seed_everything(cfg.seed, workers=True, verbose=False)
    network: Network = instantiate(cfg.model.network, classes=len(cfg.classes))
    try:
        weights = load_weights(network, cfg.pretrained, cfg.model.weights.tag)
    except NotApplicableError as error:
        return record_absence(cfg, study, "not applicable", str(error), started)
    except UnavailableError as error:
        return record_absence(cfg, study, "unavailable", str(error), started)
    context = _context(cfg, study, faces, weights)
    if context.paths.record.exists() and (done := read_run(context.paths.dir)).complete:
        return done
    write_csv(context.paths.left_out, faces.left_out)
    with log_to(context.paths.log):
        fit_and_test(cfg, network, context)
    record = _record(cfg, context, weights, started)
    artefacts = (context.heatmaps, context.replicates, context.predictions, context.metrics)
    write_run(
        context.paths,
        record,
        *artefacts,
        config_yaml=OmegaConf.to_yaml(cfg, resolve=True),
        examples=context.examples,
        regions=context.regions,
    )
    shutil.rmtree(_absent(cfg, study).dir, ignore_errors=True)
    return record


def prepare_faces(cfg: DictConfig) -> PreparedFaces:
    """The faces that the config asks for: read, cropped, with landmarks, from the cache where they are there."""
    table = instantiate(cfg.data).read()
    settings = {**cfg.prepare, "expressions": tuple(cfg.classes)}
    return prepare(table, instantiate(cfg.landmarks), cache_dir(cfg.cache_dir), **settings)


def run_name(cfg: DictConfig, fingerprint: str) -> str:
    """Network, pretraining, fold, seed, then eight characters of a fingerprint."""
    word = pretraining_word(cfg.pretrained)
    return f"{cfg.model.name}-{word}-fold{cfg.fold}-seed{cfg.seed}-{fingerprint[:8]}"


def record_absence(cfg: DictConfig, study: StudyPaths, status: Any, reason: str, started: str) -> RunRecord:
    """Record why there is no result for these settings; a later success removes the record.

    Args:
        cfg: composed `train` config.
        study: where.
        status: not applicable, unavailable or failed.
        reason: one line.
        started: ISO time.
    """
    paths = _absent(cfg, study)
    record = RunRecord(
        name=paths.dir.name,
        status=status,
        reason=reason,
        network=cfg.model.name,
        pretrained=pretraining_word(cfg.pretrained),
        fold=cfg.fold,
        seed=cfg.seed,
        versions=versions(),
        git_revision=git_revision(),
        started=started,
        finished=now(),
    )
    write_run(paths, record)
    return record


def _absent(cfg: DictConfig, study: StudyPaths) -> RunPaths:
    """Where settings without a result are recorded: their name follows from the settings alone."""
    return study.run(run_name(cfg, config_fingerprint(cfg)))


def now() -> str:
    """The time in UTC, ISO format, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _context(cfg: DictConfig, study: StudyPaths, faces: PreparedFaces, weights: Provenance) -> RunContext:
    training = training_fingerprint(cfg, faces.fingerprint, weights.sha256)
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
    )


def _record(cfg: DictConfig, context: RunContext, weights: Provenance, started: str) -> RunRecord:
    assert context.predictions is not None
    frame = context.faces.frame
    device = torch.cuda.get_device_name() if context.device.startswith("cuda") else context.device
    return RunRecord(
        name=context.name,
        status="complete",
        network=context.network,
        pretrained=context.pretrained,
        fold=context.fold,
        seed=cfg.seed,
        explainers=[name for name in cfg.explainer if name not in context.left_out_explainers],
        left_out_explainers=context.left_out_explainers,
        training_fingerprint=context.training_fingerprint,
        run_fingerprint=context.run_fingerprint,
        data={
            "fingerprint": context.faces.fingerprint,
            "names": sorted(frame["dataset"].unique().tolist()),
            "n_images": len(frame),
            "left_out": len(context.faces.left_out),
            "subjects": int(frame.loc[frame["subject"] != "", ["dataset", "subject"]].drop_duplicates().shape[0]),
            "expressions": {str(k): int(v) for k, v in frame["expression"].value_counts().sort_index().items()},
        },
        settings={
            "folds": cfg.split.folds,
            "recipe": cfg.recipe.name,
            "images_per_expression": cfg.callbacks.explain.images_per_expression,
            "target": str(cfg.callbacks.explain.target),
        },
        factors={"weights": weights.source} if weights.source else {},
        versions=versions(),
        git_revision=git_revision(),
        device=device,
        timings=context.timings,
        images=context.images,
        accuracy=accuracy(context.predictions),
        started=started,
        finished=now(),
    )


def accuracy(predictions: pd.DataFrame) -> dict[str, float]:
    """Share of right predictions with Wilson's 95 % interval.

    Args:
        predictions: columns true, predicted.

    Returns:
        value, low, high in [0, 1], and n, the number of images.
    """
    right = int((predictions["true"] == predictions["predicted"]).sum())
    interval = binomtest(right, len(predictions)).proportion_ci(method="wilson")
    return {"value": right / len(predictions), "low": interval.low, "high": interval.high, "n": len(predictions)}
