"""The one LightningModule around every network."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchmetrics import CatMetric, MetricCollection
from torchmetrics.classification import (
    MulticlassAccuracy,
    MulticlassConfusionMatrix,
    MulticlassF1Score,
    MulticlassPrecision,
    MulticlassRecall,
)

from fer_xai.models.network import Network

Batch = dict[str, Tensor]


class ExpressionModule(pl.LightningModule):
    """Trains and tests one network on square face crops.

    Batches are dicts with `image` uint8 (b, 3, s, s), `label` int64 (b,) and `index` int64 (b,).

    Args:
        network: takes images (b, 3, input_size, input_size).
        input_size: side of the network's input in pixels; crops are resized to it.
        optimizer: called with the parameters.
        scheduler: called with the optimizer, stepped once an epoch on the validation loss; None for a constant rate.
        mean: per channel, in [0, 1], subtracted from images in [0, 1].
        std: per channel, what they are divided by then.
        classes: number of expressions.
        seed: of the random states of every epoch.
        augment: changes the crops (b, 3, s, s) of every training batch; None for no change.
        freeze_epochs: so many first epochs only the head learns.
        class_weights: (classes,) weights of the classes in the training loss, see `balanced_weights`; None for equal.
    """

    def __init__(
        self,
        network: Network,
        input_size: int,
        optimizer: Callable[[Iterable[Tensor]], torch.optim.Optimizer],
        scheduler: Callable[[torch.optim.Optimizer], Any] | None = None,
        mean: Sequence[float] = (0.0, 0.0, 0.0),
        std: Sequence[float] = (1.0, 1.0, 1.0),
        classes: int = 6,
        seed: int = 0,
        augment: Callable[[Tensor], Tensor] | None = None,
        freeze_epochs: int = 0,
        class_weights: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.input_size = input_size
        self.seed = seed
        self.augment = augment
        self.freeze_epochs = freeze_epochs
        self._learning: list[nn.Parameter] = []
        self.make_optimizer = optimizer
        self.make_scheduler = scheduler
        self.mean: Tensor
        self.class_weights: Tensor | None
        self.register_buffer("class_weights", class_weights, persistent=False)
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1), persistent=False)
        scores = MetricCollection(
            {
                "accuracy": MulticlassAccuracy(classes, average="micro"),
                "precision": MulticlassPrecision(classes, average="macro"),
                "recall": MulticlassRecall(classes, average="macro"),
                "f1": MulticlassF1Score(classes, average="macro"),
            }
        )
        self.train_accuracy = MulticlassAccuracy(classes, average="micro")
        self.val_scores = scores.clone(prefix="val_")
        self.test_scores = scores.clone(prefix="test_")
        self.confusion = MulticlassConfusionMatrix(classes)
        self.test_index = CatMetric()
        self.test_probabilities = CatMetric()

    def preprocess(self, crops: Tensor) -> Tensor:
        """Crops uint8 (b, 3, s, s) to the network's input, float32 (b, 3, input_size, input_size)."""
        images = crops.float() / 255
        if images.shape[-1] != self.input_size:
            images = F.interpolate(
                images, size=(self.input_size, self.input_size), mode="bilinear", antialias=True, align_corners=False
            )
        return (images - self.mean) / self.std

    def forward(self, crops: Tensor) -> Tensor:
        """Logits (b, classes) of crops uint8 (b, 3, s, s)."""
        return self.network(self.preprocess(crops))

    def on_fit_start(self) -> None:
        """Note which parameters of the backbone are to learn, before any epoch freezes them."""
        self._learning = [p for p in self.network.features.parameters() if p.requires_grad]

    def on_train_epoch_start(self) -> None:
        """Random states follow from seed and epoch, so that a resumed training goes on as if never interrupted."""
        torch.manual_seed(self.seed * 100_003 + self.current_epoch)
        if self.freeze_epochs:
            learns = self.current_epoch >= self.freeze_epochs
            # In eval mode, so that the statistics of its normalisations stay as well.
            self.network.features.train(learns)
            for parameter in self._learning:
                parameter.requires_grad_(learns)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Cross-entropy of one batch."""
        logits = self(batch["image"] if self.augment is None else self.augment(batch["image"]))
        loss = F.cross_entropy(logits, batch["label"], weight=self.class_weights)
        self.train_accuracy(logits, batch["label"])
        size = len(logits)
        self.log("train_loss", loss, on_step=False, on_epoch=True, prog_bar=True, batch_size=size)
        self.log("train_accuracy", self.train_accuracy, on_step=False, on_epoch=True, batch_size=size)
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Loss and scores of the validation part."""
        logits = self(batch["image"])
        size = len(logits)
        loss = F.cross_entropy(logits, batch["label"])
        self.log("val_loss", loss, on_epoch=True, prog_bar=True, batch_size=size, sync_dist=True)
        self.val_scores.update(logits, batch["label"])

    def on_validation_epoch_end(self) -> None:
        """Log the scores of the whole validation part."""
        self.log_dict(self.val_scores.compute())
        self.val_scores.reset()

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Keep the probabilities of the test images beside their scores."""
        logits = self(batch["image"])
        self.test_scores.update(logits, batch["label"])
        self.confusion.update(logits, batch["label"])
        self.test_index.update(batch["index"].double())
        self.test_probabilities.update(logits.softmax(dim=1))

    def on_test_epoch_end(self) -> None:
        """Log the scores of the whole test part."""
        self.log_dict(self.test_scores.compute())

    def configure_optimizers(self) -> Any:
        """The recipe's optimizer and, if it has one, its schedule on the validation loss."""
        optimizer = self.make_optimizer(self.parameters())
        if self.make_scheduler is None:
            return optimizer
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": self.make_scheduler(optimizer), "monitor": "val_loss"},
        }


def balanced_weights(labels: Tensor, classes: int = 6) -> Tensor:
    """Weights by which all classes together count alike in the loss: images / (classes * images of the class).

    Args:
        labels: int64 (n,) of the training part.
        classes: number of expressions.

    Returns:
        float32 (classes,); 0 for a class without images.
    """
    counts = torch.bincount(labels, minlength=classes)
    return torch.where(counts > 0, len(labels) / (classes * counts.clamp_min(1)), 0.0).float()
