"""Whether a network can learn at all: a few images again and again, until it knows them."""

from dataclasses import replace

import numpy as np
import pytorch_lightning as pl
import torch

from fer_xai.data.datamodule import FacesDataModule
from fer_xai.errors import UserError
from fer_xai.terminal import say


class Overfit(pl.Callback):
    """Learns from a few images alone, ends training once it knows them all, and says whether it does.

    What is not learnt even so is no question of the data: the network, its input, its rate or its loss is at fault.
    Images are named as they are at a test: by the network in eval mode, without augmentation.

    Args:
        images: so many of each expression, the first ones of the training part.

    Attributes:
        learnt: how many of the images the network names rightly, after the last epoch.
        of: how many there are.

    Raises:
        UserError: fewer than one image.
    """

    def __init__(self, images: int = 2) -> None:
        if images < 1:
            raise UserError(f"callbacks.overfit.images={images}: at least 1 is needed")
        self.images = images
        self.learnt, self.of = 0, 0

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Keep a few images to learn from."""
        if stage == "fit":
            data = self._data(trainer)
            labels = data.faces.labels[data.parts.train]
            places = [np.flatnonzero(labels == label)[: self.images] for label in np.unique(labels)]
            data.parts = replace(data.parts, train=data.parts.train[np.sort(np.concatenate(places))])

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Ask for all of them."""
        data = self._data(trainer)
        rows = data.parts.train
        crops = torch.from_numpy(np.stack([data.faces.crops[row] for row in rows])).permute(0, 3, 1, 2)
        pl_module.eval()
        with torch.no_grad():
            named = pl_module(crops.to(pl_module.device)).argmax(dim=1).cpu().numpy()
        pl_module.train()
        self.learnt, self.of = int((named == data.faces.labels[rows]).sum()), len(rows)
        if self.learnt == self.of:
            trainer.should_stop = True

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Say whether they are learnt."""
        if not trainer.is_global_zero:
            return
        epochs = trainer.current_epoch
        if self.learnt == self.of:
            say(f"overfit: all {self.of} images are learnt, after {epochs} epochs")
        else:
            say(
                f"overfit: only {self.learnt} of {self.of} images are learnt after {epochs} epochs: look at the "
                "network, its input (normalise, model.input_size), recipe.optimizer.lr and the labels"
            )

    @staticmethod
    def _data(trainer: pl.Trainer) -> FacesDataModule:
        data: FacesDataModule = trainer.datamodule  # type: ignore[attr-defined]
        return data
