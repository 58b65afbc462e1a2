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
    MulticlassF1Score,
    MulticlassPrecision,
    MulticlassRecall,
)

from fer_xai.errors import DivergedError
from fer_xai.models.alignment import Alignment
from fer_xai.models.fast import compiled
from fer_xai.models.network import Network
from fer_xai.models.preprocess import network_input
from fer_xai.models.schedules import Schedule

Batch = dict[str, Tensor]


class ExpressionModule(pl.LightningModule):
    """Trains and tests one network on square face crops.

    Batches are dicts with `image` uint8 (b, 3, s, s), `label` int64 (b,) and `index` int64 (b,); where maps are
    aligned, `landmarks` float (b, 68, 2) as well. Those of training may have `shares` float32 (b, classes), soft
    labels, that the loss is against in place of the label.

    Training and validation run in the trainer's precision, compiled and with channels last if asked for; testing runs
    the plain network in float32, as explainers see it, so that the class that is explained is the one that was
    predicted. Losses, probabilities and scores are computed in float32 in any case.

    Args:
        network: takes images (b, 3, input_size, input_size).
        input_size: side of the network's input in pixels; crops are resized to it.
        optimizer: called with the parameters.
        schedule: of the learning rate; None for a constant rate.
        mean: per channel, in [0, 1], subtracted from images in [0, 1].
        std: per channel, what they are divided by then.
        classes: number of expressions.
        seed: of the random states of every epoch.
        augment: changes the crops (b, 3, s, s) of every training batch; None for no change.
        freeze_epochs: so many first epochs only the head learns.
        class_weights: (classes,) weights of the classes in the training loss, see `balanced_weights`; None for equal.
        channels_last: keep the channels of weights and maps innermost in memory while training.
        compile: train a compiled form of the network.
        accumulate: number of batches that make one step, as the trainer has it.
        alignment: draws the network's own maps to a reference; None for the cross-entropy alone. What augments has to
            have a method `with_maps`, which changes maps with their crops, then.
    """

    def __init__(
        self,
        network: Network,
        input_size: int,
        optimizer: Callable[[Iterable[Tensor]], torch.optim.Optimizer],
        schedule: Schedule | None = None,
        mean: Sequence[float] = (0.0, 0.0, 0.0),
        std: Sequence[float] = (1.0, 1.0, 1.0),
        classes: int = 6,
        seed: int = 0,
        augment: Callable[[Tensor], Tensor] | None = None,
        freeze_epochs: int = 0,
        class_weights: Tensor | None = None,
        channels_last: bool = False,
        compile: bool = False,
        accumulate: int = 1,
        alignment: Alignment | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.input_size = input_size
        self.seed = seed
        self.augment = augment
        self.freeze_epochs = freeze_epochs
        self._learning: list[nn.Parameter] = []
        self.make_optimizer = optimizer
        self.schedule = schedule
        self.channels_last = channels_last
        self.compile_network = compile
        self.accumulate = accumulate
        self.alignment = alignment
        self._train_network: Callable[[Tensor], Tensor] | None = None
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
        self.test_index = CatMetric()
        self.test_probabilities = CatMetric()

    def preprocess(self, crops: Tensor) -> Tensor:
        """Crops uint8 (b, 3, s, s) to the network's input, float32 (b, 3, input_size, input_size)."""
        return network_input(crops, self.input_size, self.mean, self.std)

    def forward(self, crops: Tensor) -> Tensor:
        """Logits float32 (b, classes) of crops uint8 (b, 3, s, s), by the plain network in float32."""
        with torch.autocast(crops.device.type, enabled=False):
            return self.network(self.preprocess(crops))

    def _fast(self, crops: Tensor) -> Tensor:
        """Logits float32 (b, classes) of crops uint8 (b, 3, s, s), as training computes them."""
        return (self._train_network or self.network)(self._laid_out(crops)).float()

    def _laid_out(self, crops: Tensor) -> Tensor:
        images = self.preprocess(crops)
        return images.contiguous(memory_format=torch.channels_last) if self.channels_last else images

    def setup(self, stage: str) -> None:
        """Lay out the weights for training, before an optimizer or another process looks at them; plainly else."""
        last = self.channels_last and stage == "fit"
        self.network.to(memory_format=torch.channels_last if last else torch.contiguous_format)

    def on_fit_start(self) -> None:
        """Note which parameters of the backbone are to learn, before any epoch freezes them; compile."""
        if self.freeze_epochs:
            self._learning = [p for p in self.network.features.parameters() if p.requires_grad]
        if self.compile_network:
            self._train_network = compiled(self.network, self.device)

    def on_fit_end(self) -> None:
        """The compiled form is for training alone."""
        self._train_network = None

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Random states follow from seed and epoch, so that a resumed training goes on as if never interrupted.

        They are set with the first batch at hand: making the loader's iterator draws a number, too, and happens at
        another time in a resumed training.
        """
        if batch_idx == 0:
            torch.manual_seed(self.seed * 100_003 + self.current_epoch)

    def on_train_epoch_start(self) -> None:
        """Freeze the backbone for the first epochs."""
        if self.freeze_epochs:
            learns = self.current_epoch >= self.freeze_epochs
            # In eval mode, so that the statistics of its normalisations stay as well.
            self.network.features.train(learns)
            for parameter in self._learning:
                parameter.requires_grad_(learns)

    def on_train_epoch_end(self) -> None:
        """Log the rate that the epoch ended with."""
        optimizer = self.trainer.optimizers[0]
        self.log("learning_rate", optimizer.param_groups[0]["lr"], rank_zero_only=True)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Cross-entropy of one batch, by its share of the batches that make one step.

        Where maps are aligned, their mean distance times the strength is added.

        Raises:
            DivergedError: it is not finite.
        """
        target = batch.get("shares", batch["label"])
        if self.alignment is None:
            logits = self._fast(batch["image"] if self.augment is None else self.augment(batch["image"]))
            loss = F.cross_entropy(logits, target, weight=self.class_weights)
        else:
            logits, distance = self._aligned(self.alignment, batch)
            loss = F.cross_entropy(logits, target, weight=self.class_weights)
            loss = loss + self.alignment.strength * distance
        self._refuse_diverged(loss, "training", batch_idx)
        self.train_accuracy.update(logits, batch["label"])
        size = len(logits)
        self.log("train_loss", loss, on_step=False, on_epoch=True, prog_bar=True, batch_size=size, sync_dist=True)
        self.log("train_accuracy", self.train_accuracy, on_step=False, on_epoch=True, batch_size=size)
        return loss * self._share(batch_idx, size)

    def _aligned(self, alignment: Alignment, batch: Batch) -> tuple[Tensor, Tensor]:
        """Logits, and the mean distance of the images' own maps from their reference, both as they are augmented."""
        crops, labels = batch["image"], batch["label"]
        targets = alignment.targets(labels, batch["landmarks"], crops.shape[-1])
        if self.augment is not None:
            crops, targets = self.augment.with_maps(crops, targets)  # type: ignore[attr-defined]
        logits, distances = alignment.logits_and_distance(self.network, self._laid_out(crops), labels, targets)
        distance = distances.mean()
        self.log("train_map_distance", distance, on_step=False, on_epoch=True, batch_size=len(labels), sync_dist=True)
        return logits, distance

    def _refuse_diverged(self, loss: Tensor, part: str, batch_idx: int) -> None:
        if loss.isfinite():
            return
        where = f"the {part} loss is {loss.item()} in epoch {self.current_epoch + 1}, batch {batch_idx + 1}"
        if self.global_step == 0 and part == "training":
            raise DivergedError(
                f"{where}, before any step: the first weights (pretrained) or what images are scaled by "
                "(model.weights.mean and std) are not finite, or far too large"
            )
        raise DivergedError(f"training diverged: {where}; nothing of it is kept; {self._what_to_do()}")

    def _what_to_do(self) -> str:
        full = self.trainer.precision in {"32-true", "64-true"}
        exact = (
            ""
            if full
            else f", or train without rounding (trainer.precision=32-true instead of {self.trainer.precision})"
        )
        return f"lower recipe.optimizer.lr, or bound the steps (trainer.gradient_clip_val=1){exact}"

    def _share(self, batch_idx: int, size: int) -> float:
        """What makes the step of several batches that of one large batch, also where the last ones are smaller.

        Lightning divides each loss by the number of batches to a step, whatever their sizes and however many come.
        """
        if self.accumulate == 1:
            return 1.0
        loader: Any = self.trainer.train_dataloader
        first = batch_idx // self.accumulate * self.accumulate * loader.batch_size
        images = min(self.accumulate * loader.batch_size, len(loader.sampler) - first)
        return self.accumulate * size / images

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Loss and scores of the validation part.

        Raises:
            DivergedError: the loss is not finite.
        """
        logits = self._fast(batch["image"])
        size = len(logits)
        loss = F.cross_entropy(logits, batch["label"])
        self._refuse_diverged(loss, "validation", batch_idx)
        self.log("val_loss", loss, on_epoch=True, prog_bar=True, batch_size=size, sync_dist=True)
        self.val_scores.update(logits, batch["label"])

    def on_validation_epoch_end(self) -> None:
        """Log the scores of the whole validation part."""
        self.log_dict(self.val_scores.compute())
        self.val_scores.reset()

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Keep the probabilities of the test images beside their scores.

        Raises:
            DivergedError: a logit is not finite.
        """
        logits = self(batch["image"])
        if not logits.isfinite().all():
            raise DivergedError(
                "training diverged: the network gives test images numbers that are not finite; nothing of it is kept; "
                f"{self._what_to_do()}"
            )
        self.test_scores.update(logits, batch["label"])
        self.test_index.update(batch["index"].double())
        self.test_probabilities.update(logits.softmax(dim=1))

    def on_test_epoch_end(self) -> None:
        """Log the scores of the whole test part."""
        self.log_dict(self.test_scores.compute())

    def configure_optimizers(self) -> Any:
        """The recipe's optimizer and, if it has one, its schedule."""
        optimizer = self.make_optimizer(self.parameters())
        if self.schedule is None:
            return optimizer
        epochs = self.trainer.max_epochs or 1
        return {"optimizer": optimizer, "lr_scheduler": self.schedule.configure(optimizer, epochs, self._steps)}

    def _steps(self) -> int:
        """Steps of the whole training.

        Lightning's own estimate would start the processes that load batches, before a resumed training knows its epoch.
        """
        batches = len(self.trainer.datamodule.train_dataloader())  # type: ignore[attr-defined]
        return -(-batches // self.accumulate) * (self.trainer.max_epochs or 1)


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
