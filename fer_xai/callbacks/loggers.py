"""Loggers, made for one run: where they write and how they name it follow from the run."""

from collections.abc import Sequence

from pytorch_lightning.loggers import TensorBoardLogger, WandbLogger

from fer_xai.callbacks.context import RunContext
from fer_xai.callbacks.curves import CurveLogger
from fer_xai.terminal import quiet_wandb


def csv_logger(context: RunContext) -> CurveLogger:
    """Curves as a csv file beside the trained network."""
    return CurveLogger(context.trained / "curves.csv")


def tensorboard_logger(context: RunContext) -> TensorBoardLogger:
    """Curves, confusion matrix and heatmaps for TensorBoard, beside the trained network."""
    return TensorBoardLogger(save_dir=context.trained, name="tensorboard", default_hp_metric=False)


def wandb_logger(
    context: RunContext,
    project: str = "fer_xai",
    entity: str | None = None,
    offline: bool = True,
    tags: Sequence[str] = (),
) -> WandbLogger:
    """Weights & Biases: runs of a study share a group; a run keeps its id when it is resumed.

    Args:
        context: of the run.
        project: wandb's project.
        entity: user or team; None for the default one.
        offline: keep everything on this machine until `wandb sync`.
        tags: of the run.
    """
    quiet_wandb(offline)
    folder = context.paths.dir.parents[1]
    folder.mkdir(parents=True, exist_ok=True)
    logger = WandbLogger(
        name=context.name,
        id=context.name.replace(" ", "-"),
        group=context.study,
        project=project,
        entity=entity,
        offline=offline,
        tags=list(tags),
        save_dir=folder,
        config=context.config,
    )
    # Lightning still hands over a setting that has no effect, of which wandb then warns on every start.
    logger._wandb_init.pop("anonymous", None)
    return logger
