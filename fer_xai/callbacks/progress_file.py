"""Tells how far training and testing are to the process that shows all runs of a sweep, in place of a bar."""

from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import ProgressBar

from fer_xai.progress import tell


class TellProgress(ProgressBar):
    """Says which epoch is trained, and how much of all epochs or of the test is done."""

    def __init__(self) -> None:
        super().__init__()
        self._enabled = True

    def enable(self) -> None:
        """Tell from now on."""
        self._enabled = True

    def disable(self) -> None:
        """Tell nothing: Lightning disables all but the first process of a run."""
        self._enabled = False

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Tell the epoch, and the share of the batches of all epochs."""
        epochs, batches = trainer.max_epochs or -1, trainer.num_training_batches
        stage = f"training, epoch {trainer.current_epoch + 1}"
        if epochs < 0 or not isinstance(batches, int):
            self._tell(stage, 0, 0)
        else:
            self._tell(f"{stage} of {epochs}", trainer.current_epoch * batches + batch_idx + 1, epochs * batches)

    def on_test_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Tell the share of the test's batches."""
        self._tell("testing", batch_idx + 1, int(sum(trainer.num_test_batches)))

    def stage(self, what: str, total: int) -> Callable[[str, int], None]:
        """What tells of a stage that is neither training nor testing.

        Args:
            what: what is done.
            total: number of steps.

        Returns:
            Called with what is at work, and how many steps have been done since the last call.
        """
        done = 0

        def add(worker: str, steps: int) -> None:
            nonlocal done
            done += steps
            self._tell(f"{what[:1].lower()}{what[1:]}: {worker}", done, total)

        return add

    def _tell(self, stage: str, done: int, total: int) -> None:
        if self._enabled:
            tell(stage, done, total)
