"""What lets a training that was killed go on as if it had not been."""

import math
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Checkpoint, EarlyStopping


class LastCheckpoint(Checkpoint):
    """Keeps the state after every whole epoch, from which `Trainer.fit(ckpt_path=...)` goes on bit for bit.

    Lightning's own checkpoints are taken before an epoch's schedule is stepped; this one is taken when the next epoch
    begins, and when training ends.

    Args:
        path: of the checkpoint; replaced whole.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin an epoch where one was about to begin; Lightning would take the batches of the last one for its own."""
        trainer.fit_loop.restarting = False

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save what the epochs before have left."""
        if trainer.current_epoch:
            trainer.save_checkpoint(self.path)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save what the whole training has left."""
        trainer.save_checkpoint(self.path)


class BestWeights(Checkpoint):
    """Keeps the weights after the epoch with the smallest validation loss.

    Lightning's own callback remembers paths beside the loss; a study that was moved, or that somebody else has made,
    would lead it to files elsewhere.

    Args:
        path: of the weights; replaced whole.
    """

    #: What is noted of the epoch whose weights are kept.
    KEPT = ("val_loss", "val_accuracy")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.best = {"val_loss": math.inf}

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Keep the weights if none before were better."""
        if trainer.sanity_checking:
            return
        found = {name: float(trainer.callback_metrics[name]) for name in self.KEPT if name in trainer.callback_metrics}
        if found["val_loss"] < self.best["val_loss"]:
            self.best = found
            trainer.save_checkpoint(self.path, weights_only=True)

    def state_dict(self) -> dict[str, Any]:
        """The smallest loss so far, infinite where there was none, and what else is noted of that epoch."""
        return dict(self.best)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the loss where a training is taken up; earlier versions noted nothing else."""
        self.best = {name: float(state_dict[name]) for name in self.KEPT if name in state_dict}


class EarlyStop(EarlyStopping):
    """Early stopping that remembers its verdict: a training that had ended is not trained one epoch more."""

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Stop at once where the epochs before have settled it."""
        if self.wait_count >= self.patience:
            trainer.should_stop = True
