"""Checks choices of one run that no signature knows of: words, and settings that want each other."""

import torch
from hydra.utils import get_object
from omegaconf import DictConfig

from fer_xai.analysis.outputs import check_metric_names
from fer_xai.callbacks.image_selection import checked_target, expressions_to_explain
from fer_xai.config.own import built, own_targets
from fer_xai.config.rest import check_rest
from fer_xai.data.splits.base import Parts
from fer_xai.errors import UserError
from fer_xai.metrics.chosen import check_primary
from fer_xai.models.schedules import watches_validation
from fer_xai.results.group_columns import named_groups
from fer_xai.run.alignment_reference import check_alignment
from fer_xai.run.check_numbers import check_numbers
from fer_xai.run.check_optimizer import check_optimizer
from fer_xai.run.elsewhere import check_elsewhere, is_elsewhere
from fer_xai.run.trainer import check_devices, check_trainer
from fer_xai.scoring.floor import floor_of

#: Strategies that give the same answer as one device; spawned processes would add to the same sums.
STRATEGIES = ("auto", "ddp", "ddp_find_unused_parameters_true")


def check_choices(cfg: DictConfig) -> None:
    """Refuse words that mean nothing, and recipes that contradict themselves.

    Args:
        cfg: composed `train` config.

    Raises:
        UserError: naming the key, and what would be right there.
    """
    recipe = cfg.recipe
    for key, value, words in (
        ("normalise", cfg.normalise, ("weights", "unit")),
        ("recipe.keep", recipe.keep, ("best", "last")),
        ("recipe.balance", recipe.balance, ("none", "weights", "sampling")),
        ("recipe.scheduler_interval", recipe.scheduler_interval, ("epoch", "step")),
        ("trainer.strategy", cfg.trainer.strategy, STRATEGIES),
        ("trainer.accelerator", cfg.trainer.accelerator, ("auto", "cpu", "gpu", "cuda")),
        ("trainer.precision", cfg.trainer.precision, ("32-true", "bf16-mixed", "16-mixed")),
    ):
        if value not in words:
            raise UserError(f"{key}={value}: choose {', '.join(words[:-1])} or {words[-1]}")
    check_numbers(cfg)
    if not isinstance(cfg.pretrained, bool) and not (isinstance(cfg.pretrained, str) and cfg.pretrained.strip()):
        raise UserError(
            f"pretrained={_written(cfg.pretrained)}: give false, true (published weights), or a file's name"
        )
    named_groups(cfg.groups)
    if len(cfg.classes) < 2 or len(set(cfg.classes)) < len(cfg.classes):
        raise UserError(f"classes=[{','.join(cfg.classes)}]: give two or more, each of them once")
    explain, classes = cfg.callbacks.explain, tuple(cfg.classes)
    checked_target(explain.get("target", "predicted"), classes)
    expressions_to_explain(explain.get("expressions"), classes)
    if not cfg.explainer:
        raise UserError("explainer=[]: choose at least one; the names are those of conf/explainer")
    check_metric_names(list(cfg.metrics))
    check_primary(cfg.primary, cfg.metrics)
    floor_of(cfg.floor, len(cfg.classes))
    if recipe.freeze_epochs and cfg.trainer.strategy == "ddp":
        raise UserError(
            "recipe.freeze_epochs: parameters that rest are a mistake to plain ddp; set "
            "trainer.strategy=ddp_find_unused_parameters_true"
        )
    check_elsewhere(cfg)
    check_rest(cfg)
    check_alignment(cfg)
    for name, node in cfg.explainer.items():
        # What a user has written may be dear to build; it is tried when the network is there.
        if not own_targets(node):
            built(f"explainer.{name}", node, object, "an explainer")
    check_trainer(cfg)
    _check_schedule(cfg)
    check_optimizer(cfg)
    if cfg.split.get("validation") == 0 and "folds" in cfg.split and not is_elsewhere(cfg):
        check_validation(cfg, 0)


def _written(value: object) -> object:
    return "null" if value is None else value


def check_machine(cfg: DictConfig) -> None:
    """Refuse what the machine that does the run, which need not be the one that starts it, does not have.

    Args:
        cfg: composed `train` config.

    Raises:
        UserError: naming the key, and what would be right there.
    """
    accelerator = cfg.trainer.accelerator
    if accelerator in {"gpu", "cuda"} and not torch.cuda.is_available():
        raise UserError(f"trainer.accelerator={accelerator}: there is no CUDA device here, choose auto or cpu")
    if cfg.trainer.precision == "16-mixed" and (accelerator == "cpu" or not torch.cuda.is_available()):
        raise UserError("trainer.precision=16-mixed needs a GPU: choose bf16-mixed or 32-true on the processor")
    check_devices(cfg)


def _watching(cfg: DictConfig) -> bool:
    scheduler = cfg.recipe.scheduler
    return scheduler is not None and watches_validation(get_object(scheduler["_target_"]))


def _check_schedule(cfg: DictConfig) -> None:
    """Refuse schedules that look at the validation part too often."""
    if _watching(cfg) and cfg.recipe.scheduler_interval == "step":
        raise UserError("recipe.scheduler_interval=step: this scheduler watches the validation loss, choose epoch")


def check_training(cfg: DictConfig, parts: Parts) -> None:
    """Refuse parts of which nothing could be learned.

    Args:
        cfg: composed `train` config of a network that is trained here.
        parts: of the data.

    Raises:
        UserError: naming the keys, and what would be right there.
    """
    if not len(parts.train):
        raise UserError(
            "split: there is nothing to learn from: split=all tests all images, and is for networks that were trained "
            "elsewhere (model=external); choose split=kfold"
        )
    check_validation(cfg, len(parts.val))


def check_validation(cfg: DictConfig, images: int) -> None:
    """Refuse recipes that look at the validation part where there is none.

    Args:
        cfg: composed `train` config.
        images: number of images for validation.

    Raises:
        UserError: naming the keys, and what would be right there.
    """
    recipe = cfg.recipe
    needs = {
        "recipe.keep=last": recipe.keep == "best",
        "recipe.patience=null": recipe.patience is not None,
        "recipe.scheduler=null": _watching(cfg),
    }
    if images == 0 and any(needs.values()):
        mend = " ".join(key for key, needed in needs.items() if needed)
        raise UserError(
            f"there are no validation images to choose by (split.validation=0): set {mend}, or a share above 0"
        )
