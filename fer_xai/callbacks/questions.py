"""What explainers are asked about the faces of a run, and what they may know beside these."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from fer_xai.callbacks.at_rest import pictures_at_rest
from fer_xai.callbacks.context import RunContext
from fer_xai.data.cache import cache_dir
from fer_xai.data.datamodule import FacesDataset
from fer_xai.data.splits.base import TRAIN, VALIDATION
from fer_xai.explainers.base import Question
from fer_xai.face.warp import CanonicalWarp
from fer_xai.models.module import ExpressionModule
from fer_xai.synthetic.interventions import Interventions, are_drawn


class Questions:
    """Makes questions of a run's faces.

    Args:
        context: of the run.
        warp: the canonical mesh, on the device of the network.
        batch_size: images per question.

    Attributes:
        calibration_part: the part of the split by whose faces explainers set themselves: those of validation, of
            training where there are none; None where there are neither.
    """

    def __init__(self, context: RunContext, warp: CanonicalWarp, batch_size: int) -> None:
        self.faces, self.warp, self.batch_size = context.faces, warp, batch_size
        self._classes = context.faces.expressions
        self._interventions = _interventions(context)
        parts = {VALIDATION: context.parts.val, TRAIN: context.parts.train}
        self._parts = {word: rows for word, rows in parts.items() if len(rows)}
        self.calibration_part = next(iter(self._parts), None)
        self._some: dict[tuple[str, int], Question] = {}

    def about(self, chosen: pd.DataFrame, module: ExpressionModule) -> Iterator[tuple[dict[str, Tensor], Question]]:
        """Batches of images and what is asked about them.

        Args:
            chosen: rows of the faces with the columns explained and against, see `select_images`.
            module: around the network.

        Yields:
            The batch as the data set gives it, on the network's device, and the question.
        """
        if chosen.empty:
            # Nothing is predicted to show what is explained, or the other processes have taken all.
            return
        explained, against = (
            torch.tensor([self._classes.index(word) if word else -1 for word in chosen[column]], dtype=torch.int64)
            for column in ("explained", "against")
        )
        others = {
            name: partial(self._some_of, part, module)
            for name, part in (("calibration", self.calibration_part), ("training", TRAIN))
            if part in self._parts
        }
        loader = DataLoader(FacesDataset(self.faces, chosen.index.to_numpy()), batch_size=self.batch_size)
        parts = zip(loader, explained.split(self.batch_size), against.split(self.batch_size), strict=True)
        for loaded, target, other in parts:
            contrast = {"against": other.to(module.device)} if bool((other >= 0).all()) else {}
            yield self._question(loaded, target, module, **others, **contrast)

    def _some_of(self, part: str, module: ExpressionModule, number: int) -> Question:
        """A question about at most so many faces of a part, why they are what they show, chosen once and for all."""
        if (part, number) not in self._some:
            order = np.random.default_rng(0).permutation(self._parts[part])
            rows = np.sort(order[:number])
            (loaded,) = DataLoader(FacesDataset(self.faces, rows), batch_size=len(rows))
            self._some[part, number] = self._question(loaded, loaded["label"], module)[1]
        return self._some[part, number]

    def _question(
        self, loaded: dict[str, Tensor], classes: Tensor, module: ExpressionModule, **given: Any
    ) -> tuple[dict[str, Tensor], Question]:
        batch = {key: value.to(module.device) for key, value in loaded.items()}
        images = module.preprocess(batch["image"])
        # Pixel areas are aligned, as in the resizing of the crop.
        ratio = images.shape[-1] / batch["image"].shape[-1]
        return batch, Question(
            images=images,
            classes=classes.to(module.device),
            mean=module.mean,
            std=module.std,
            landmarks=(batch["landmarks"] + 0.5) * ratio - 0.5,
            index=loaded["index"],
            interventions=self._interventions,
            rest=pictures_at_rest(self.faces, self._interventions, batch, self.warp, module.preprocess),
            **given,
        )


def _interventions(context: RunContext) -> Interventions | None:
    """By which drawn faces are drawn again; None where there are only photographs."""
    if not are_drawn(context.faces.frame).any():
        return None
    workers = context.config.get("prepare", {}).get("workers")
    return Interventions(context.faces, cache_dir(context.config.get("cache_dir")), workers)
