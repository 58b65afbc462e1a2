"""Checks what Lightning's `Trainer` is told, before any work."""

import inspect

import pytorch_lightning as pl
import torch
from hydra.errors import InstantiationException
from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, OmegaConf

from fer_xai.config.trainer_options import REFUSED
from fer_xai.errors import UserError
from fer_xai.models.schedules import watches_validation
from fer_xai.run.processes import device_count

#: Values of these that change nothing, beside Lightning's own default.
_HARMLESS = {"enable_checkpointing": True, "use_distributed_sampler": False}
#: The recipe's keys that the trainer takes over.
_OF_RECIPE = {"max_epochs": "max_epochs", "accumulate_grad_batches": "accumulate"}


def check_trainer(cfg: DictConfig) -> None:
    """Refuse options of the trainer that belong to other keys, or with which nothing would be learned.

    Args:
        cfg: composed `train` config.

    Raises:
        UserError: naming the option, and what to do instead.
    """
    defaults = inspect.signature(pl.Trainer).parameters
    for name, instead in REFUSED.items():
        if name not in cfg.trainer.keys():  # noqa: SIM118
            continue
        value = cfg.trainer[name]
        usual = cfg.recipe[_OF_RECIPE[name]] if name in _OF_RECIPE else _HARMLESS.get(name, defaults[name].default)
        if value != usual:
            raise UserError(f"trainer.{name}={value}: {instead}")
    for name in ("limit_train_batches", "max_steps"):
        if cfg.trainer.get(name) == 0:
            raise UserError(f"trainer.{name}=0: nothing would be learned")
    if cfg.trainer.get("limit_val_batches") == 0:
        raise UserError("trainer.limit_val_batches=0: set split.validation=0 to train without a validation part")
    _check_validation_times(cfg)


def _check_validation_times(cfg: DictConfig) -> None:
    epochs = cfg.trainer.get("check_val_every_n_epoch", 1)
    if epochs != 1 and (epochs is None or epochs > cfg.recipe.max_epochs):
        raise UserError(f"trainer.check_val_every_n_epoch={epochs}: give a number of epochs up to recipe.max_epochs")
    scheduler = cfg.recipe.scheduler
    if epochs != 1 and scheduler is not None and watches_validation(get_object(scheduler["_target_"])):
        raise UserError(
            f"trainer.check_val_every_n_epoch={epochs}: this scheduler looks at the validation loss after every epoch, "
            "set recipe/scheduler=cosine or recipe.scheduler=null"
        )
    every = cfg.trainer.get("val_check_interval")
    if isinstance(every, str) or OmegaConf.is_config(every):
        raise UserError(f"trainer.val_check_interval={every}: give a share of an epoch, or a number of batches")


def check_devices(cfg: DictConfig) -> None:
    """Refuse devices that this machine does not have, and whatever else Lightning's trainer refuses.

    Args:
        cfg: composed `train` config.

    Raises:
        UserError: naming the key, and what would be right there.
    """
    devices = cfg.trainer.devices
    on_cpu = cfg.trainer.accelerator == "cpu" or not torch.cuda.is_available()
    if on_cpu and (OmegaConf.is_list(devices) or "," in str(devices)):
        raise UserError(f"trainer.devices={devices}: a list names GPUs; give a number of processes on the processor")
    device_count(cfg)
    on = {"accelerator": "cpu"} if on_cpu else {}
    try:
        # Lightning looks at all else when a trainer is made, which takes milliseconds.
        instantiate(cfg.trainer, logger=False, enable_checkpointing=False, **on, _convert_="all")
    except InstantiationException as error:
        raise UserError(f"trainer: {error.__cause__ or error}") from error
