"""What lets a training that was killed go on as if it had not been."""

from pathlib import Path

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


class EarlyStop(EarlyStopping):
    """Early stopping that remembers its verdict: a training that had ended is not trained one epoch more."""

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Stop at once where the epochs before have settled it."""
        if self.wait_count >= self.patience:
            trainer.should_stop = True
