"""A run that is ready to train, on faces that differ in brightness: nothing is drawn, found or cached."""

from pathlib import Path

import numpy as np
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from fer_xai.config.fingerprint import run_fingerprint, training_fingerprint
from fer_xai.config.schema import register
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.data.splits.base import TEST, TRAIN, VALIDATION, Parts
from fer_xai.results.paths import StudyPaths
from fer_xai.run.prepared import PreparedRun, first_network, run_context
from fer_xai.run.record import run_name
from helpers.testing_run import made_up_faces


def composed(study: Path, *overrides: str) -> DictConfig:
    """The config of a run of seconds."""
    register()
    small = ["model=songnet", "model.input_size=32", "recipe.max_epochs=2", "trainer.accelerator=cpu"]
    quiet = ["trainer.enable_progress_bar=false", "logger=none"]
    few = ["callbacks.explain.images_per_expression=2", "callbacks.explain.replicates=3"]
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return compose("train", [*small, *quiet, *few, f"study_dir={study}", *overrides])


def prepared_run(study: Path, *overrides: str) -> PreparedRun:
    """Twelve people with a face per expression: eight to train on, two to choose by, two to test."""
    cfg, faces = composed(study, *overrides), made_up_faces()
    person = np.arange(len(faces)) // 6
    parts = Parts.of(np.select([person < 8, person < 10], [TRAIN, VALIDATION], TEST), [])
    network, weights, _ = first_network(cfg, faces)
    training = training_fingerprint(cfg, faces.fingerprint, weights.sha256, parts.fingerprint())
    fingerprint = run_fingerprint(cfg, training)
    name = run_name(cfg, fingerprint)
    context = run_context(cfg, StudyPaths(study), faces, parts, weights, name, (training, fingerprint))
    context.split = {"way": "kfold", "folds": 2, "tested": "0"}
    return PreparedRun(cfg, cfg, network, weights, context)
