"""Trains a network, or takes it as it was trained before or elsewhere, and tests, explains and compares it."""

import functools
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as pl
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig
from pytorch_lightning.callbacks import Callback, RichProgressBar
from pytorch_lightning.loggers import Logger, WandbLogger
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from fer_xai.callbacks.context import RunContext
from fer_xai.callbacks.progress_file import TellProgress
from fer_xai.callbacks.resuming import BestWeights, EarlyStop, LastCheckpoint
from fer_xai.config.own import kind_of, own_part
from fer_xai.data.datamodule import FacesDataModule
from fer_xai.data.soft_labels import soft_labels
from fer_xai.errors import DivergedError, UserError
from fer_xai.models.fast import whole_float32
from fer_xai.models.module import ExpressionModule, balanced_weights
from fer_xai.models.network import Network
from fer_xai.models.schedules import Schedule
from fer_xai.progress import is_shown_elsewhere
from fer_xai.run.alignment_reference import build_alignment
from fer_xai.run.check_class_order import look_at_order
from fer_xai.run.elsewhere import is_elsewhere
from fer_xai.run.prepared import PreparedRun
from fer_xai.run.trained_network import TrainedNetwork, WholeCheckpoints

log = logging.getLogger(__name__)

_NO_VALIDATION = (
    "training ended before the first validation (trainer.max_steps, trainer.val_check_interval): allow a whole epoch, "
    "or set recipe.keep=last recipe.patience=null recipe.scheduler=null"
)


def fit_and_test(run: PreparedRun) -> None:
    """Fill the run's context: train (resuming after a kill, or not at all if trained already), test, explain, compare.

    Args:
        run: its network gets the kept weights.
    """
    with _trained(run) as (trainer, module, data):
        with run.context.timed("test"), whole_float32():
            trainer.test(module, datamodule=data, verbose=False)
        if is_elsewhere(run.training):
            run.context.elsewhere |= look_at_order(run.training, module, run.context)


def fit_alone(run: PreparedRun) -> None:
    """Train as `fit_and_test` does; nothing is tested or explained.

    Args:
        run: its network gets the kept weights.
    """
    with _trained(run):
        pass


@contextmanager
def _trained(run: PreparedRun) -> Iterator[tuple[pl.Trainer, ExpressionModule, FacesDataModule]]:
    """Train, and go on with what has trained."""
    cfg, context = run.training, run.context
    data = FacesDataModule(
        context.faces,
        context.parts,
        batch_size=cfg.recipe.batch_size,
        num_workers=cfg.num_workers,
        seed=cfg.seed,
        balanced=cfg.recipe.balance == "sampling",
        soft=soft_labels(context.faces) if cfg.recipe.soft_labels and not is_elsewhere(cfg) else None,
    )
    module = build_module(cfg, run.network, torch.from_numpy(context.faces.labels[data.parts.train]))
    trained = TrainedNetwork(context.trained, cfg.recipe.keep)
    trainer = _trainer(cfg, context, trained)
    with _ending(trainer, trained):
        if not is_elsewhere(cfg):
            _fit(run, trained, trainer, module, data)
        context.device = str(trainer.strategy.root_device)
        yield trainer, module, data


@contextmanager
def _ending(trainer: pl.Trainer, trained: TrainedNetwork) -> Iterator[None]:
    """Close wandb's run, whatever happens; keep nothing of a training that diverged.

    Raises:
        KeyboardInterrupt: the user's, of which Lightning makes the end of the program with status 1.
    """
    on_interrupt = signal.getsignal(signal.SIGINT)
    try:
        yield
    except DivergedError:
        trained.discard()
        raise
    except SystemExit:
        if not trainer.interrupted:
            raise
        # Lightning leaves further interruptions ignored.
        signal.signal(signal.SIGINT, on_interrupt)
        raise KeyboardInterrupt from None
    finally:
        for logger in trainer.loggers:
            if isinstance(logger, WandbLogger):
                logger.experiment.finish()


def build_module(cfg: DictConfig, network: Network, labels: torch.Tensor) -> ExpressionModule:
    """What trains and tests a network.

    Args:
        cfg: composed `train` config.
        network: the network.
        labels: int64 (n,), classes of the training images, by which they are balanced.
    """
    own = cfg.normalise == "weights"
    return ExpressionModule(
        network,
        input_size=cfg.model.input_size,
        classes=len(cfg.classes),
        optimizer=instantiate(cfg.recipe.optimizer),
        schedule=_schedule(cfg),
        mean=list(cfg.model.weights.mean) if own else (0.0, 0.0, 0.0),
        std=list(cfg.model.weights.std) if own else (1.0, 1.0, 1.0),
        seed=cfg.seed,
        augment=instantiate(cfg.recipe.augment),
        freeze_epochs=cfg.recipe.freeze_epochs,
        class_weights=balanced_weights(labels, len(cfg.classes)) if cfg.recipe.balance == "weights" else None,
        channels_last=cfg.channels_last,
        compile=cfg.compile,
        accumulate=cfg.recipe.accumulate,
        alignment=build_alignment(cfg),
    )


def _schedule(cfg: DictConfig) -> Schedule | None:
    make = instantiate(cfg.recipe.scheduler)
    return Schedule(make, cfg.recipe.scheduler_interval) if make is not None else None


def _trainer(cfg: DictConfig, context: RunContext, trained: TrainedNetwork) -> pl.Trainer:
    callbacks: list[Callback] = [LastCheckpoint(trained.last)]
    if cfg.trainer.get("enable_progress_bar") is not False:
        # Drawing the bar costs more than a step of a small network.
        callbacks.insert(0, TellProgress() if is_shown_elsewhere() else RichProgressBar(refresh_rate=20))
    if cfg.recipe.keep == "best":
        callbacks.append(BestWeights(trained.kept))
    if cfg.recipe.patience is not None:
        callbacks.append(EarlyStop("val_loss", patience=cfg.recipe.patience))
    callbacks += [_for_run(f"callbacks.{name}", node, Callback, context) for name, node in cfg.callbacks.items()]
    loggers = [_for_run(f"logger.{name}", node, Logger, context) for name, node in cfg.logger.items()]
    own: dict[str, Any] = {"callbacks": callbacks, "logger": loggers or False, "plugins": [WholeCheckpoints()]}
    if cfg.trainer.accelerator == "auto" and not torch.cuda.is_available():
        # Sums are float64, which Apple's GPUs lack.
        own["accelerator"] = "cpu"
    return instantiate(cfg.trainer, **own, _convert_="all")


def _for_run(key: str, node: DictConfig, kind: type, context: RunContext) -> Any:
    """Build a callback or a logger, with the run's context if it wants one.

    Raises:
        UserError: it is something else.
    """
    with own_part(key, node):
        built = instantiate(node)
        built = built(context=context) if isinstance(built, functools.partial) else built
    if not isinstance(built, kind):
        raise UserError(f"{key}: {node._target_} gives {kind_of(built)}; it has to be a {kind.__name__} of Lightning")
    return built


def _fit(
    run: PreparedRun, trained: TrainedNetwork, trainer: pl.Trainer, module: ExpressionModule, data: FacesDataModule
) -> None:
    """Train unless this network has been trained, and put the kept weights into it."""
    keep, context = run.training.recipe.keep, run.context
    with trained.claim(module.network):
        if not trained.finished:
            last = trained.last if trained.last.exists() else None
            if last is not None:
                log.info("an earlier training goes on from %s", last)
            with context.timed("fit"), _one_line_for_options():
                trainer.fit(module, datamodule=data, ckpt_path=last)
            if keep == "best" and not trained.kept.exists():
                raise UserError(_NO_VALIDATION)
            log.info("training ended after %d epochs", trainer.current_epoch)
            if keep == "last":
                trainer.save_checkpoint(trained.kept, weights_only=True)
        else:
            log.info("the network was trained before: taken from %s", trained.kept)
        trained.load_into(module.network)
        if not trained.finished and trainer.is_global_zero:
            trained.finish(_facts(run, trainer))
        context.validation = trained.validation


@contextmanager
def _one_line_for_options() -> Iterator[None]:
    """Options of the trainer that Lightning can judge only when it knows the data are a user's mistake, too."""
    try:
        yield
    except (MisconfigurationException, RuntimeError, ValueError) as error:
        if "`val_loss`" in str(error) or "metric val_loss" in str(error):
            raise UserError(_NO_VALIDATION) from error
        if isinstance(error, MisconfigurationException) or "val_check_interval" in str(error):
            raise UserError(f"trainer: {error}") from error
        raise


def _facts(run: PreparedRun, trainer: pl.Trainer) -> dict[str, Any]:
    """What to say of a training that has ended."""
    context = run.context
    return {
        "fingerprint": context.training_fingerprint,
        "epochs": trainer.current_epoch,
        "network": context.network,
        "pretrained": context.pretrained,
        "fold": context.fold,
        "seed": run.cfg.seed,
        "parameters": sum(parameter.numel() for parameter in run.network.parameters()),
        "seconds": context.timings["fit"],
        "val_images": len(context.parts.val),
        **_validation(trainer),
    }


def _validation(trainer: pl.Trainer) -> dict[str, float | None]:
    """Validation loss and accuracy of the network that is kept; None where there is no validation part."""
    for callback in trainer.checkpoint_callbacks:
        if isinstance(callback, BestWeights):
            return dict(callback.best)
    last = {name: trainer.callback_metrics.get(name) for name in BestWeights.KEPT}
    return {name: None if value is None else float(value) for name, value in last.items()}
