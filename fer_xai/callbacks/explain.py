"""Explains test predictions, carries the heatmaps into the canonical face, and averages them per expression."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from rich.progress import track
from torch import Tensor
from torch.utils.data import DataLoader

from fer_xai.callbacks.context import RunContext
from fer_xai.data.datamodule import FacesDataset
from fer_xai.data.folds import group_ids
from fer_xai.explainers.base import Explainer, Question
from fer_xai.explainers.steps import keep_positive, local_scale, upsample
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.warp import CanonicalWarp
from fer_xai.metrics.heatmap_mean import GlobalHeatmap
from fer_xai.models.module import ExpressionModule
from fer_xai.results.heatmaps import build_heatmaps, build_replicates

log = logging.getLogger(__name__)

#: A mean face of fewer people could show one of them.
LEAST_PEOPLE = 10
#: So many faces make a mean face; more would not be seen in it.
MEAN_FACE_IMAGES = 300


class Explain(pl.Callback):
    """Puts the contents of `heatmaps.nc` and `replicates.nc` into the run's context when testing ends.

    Args:
        explainers: name -> explainer; all see the same images.
        layer: dotted name of the explained layer within the network.
        images_per_expression: at most so many test images that the network assigns to an expression are explained.
        batch_size: images per pass.
        replicates: number of bootstrap replicates.
        seed: of the choice of images.
        context: of the run.
    """

    def __init__(
        self,
        explainers: Mapping[str, Explainer],
        layer: str,
        context: RunContext,
        images_per_expression: int = 100,
        batch_size: int = 32,
        replicates: int = 200,
        seed: int = 0,
    ) -> None:
        self.explainers = explainers
        self.layer = layer
        self.images_per_expression = images_per_expression
        self.batch_size = batch_size
        self.replicates = replicates
        self.seed = seed
        self.context = context
        self.warp = CanonicalWarp()

    def on_test_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Choose images, explain them with each explainer, warp and average."""
        assert isinstance(pl_module, ExpressionModule)
        assert self.context.predictions is not None
        self.warp.to(pl_module.device)
        chosen = select(self.context.predictions, self.images_per_expression, self.seed)
        # Lightning tests in inference mode, whose tensors no explainer could take a gradient of.
        with self.context.timed("explain"), torch.inference_mode(False), torch.no_grad():
            means = {name: self._average(name, one, chosen, pl_module) for name, one in self.explainers.items()}
        with self.context.timed("mean_face"):
            face, people = self._mean_face(pl_module.device)
        self.context.heatmaps = build_heatmaps(means, mean_face=face, people=people)
        self.context.replicates = build_replicates(means)
        counts = chosen["predicted"].value_counts()
        self.context.images = {name: int(counts.get(name, 0)) for name in EXPRESSIONS}

    def _average(self, name: str, explainer: Explainer, chosen: pd.DataFrame, module: ExpressionModule) -> dict:
        mean = GlobalHeatmap(n_classes=len(EXPRESSIONS), replicates=self.replicates).to(module.device)
        classes = torch.tensor([EXPRESSIONS.index(word) for word in chosen["predicted"]], dtype=torch.int64)
        batches = self._loader(chosen.index.to_numpy())
        targets = classes.split(self.batch_size)
        bar = track(zip(batches, targets, strict=True), f"explaining by {name}", total=len(batches), transient=True)
        for loaded, target in bar:
            batch = {key: value.to(module.device) for key, value in loaded.items()}
            target = target.to(module.device)
            maps = local_heatmaps(explainer, module, self.layer, batch["image"], target)
            finite = maps.isfinite().flatten(1).all(dim=1)
            if not finite.all():
                log.warning("%s: %d heatmaps are not finite and left out", name, int((~finite).sum()))
            if not finite.any():
                continue
            warped, valid = self.warp(maps[finite], batch["landmarks"][finite])
            mean.update(warped, valid, target[finite], batch["group"][finite])
        found: Mapping[str, Any] = mean.compute()
        return {key: value.cpu() for key, value in found.items()}

    def _loader(self, rows: np.ndarray) -> DataLoader[dict[str, Tensor]]:
        return DataLoader(FacesDataset(self.context.faces, rows), batch_size=self.batch_size)

    def _mean_face(self, device: torch.device) -> tuple[np.ndarray | None, int]:
        """Mean of faces of the whole data set in the canonical frame, (y, x, 3) in [0, 1]; None below ten people."""
        faces = self.context.faces
        count = min(MEAN_FACE_IMAGES, len(faces))
        rows = np.sort(np.random.default_rng(0).choice(len(faces), size=count, replace=False))
        people = len(np.unique(group_ids(faces.frame.iloc[rows])))
        if people < LEAST_PEOPLE:
            return None, people
        total = torch.zeros((3, *FRAME_SHAPE), dtype=torch.float64, device=device)
        weight = torch.zeros(FRAME_SHAPE, dtype=torch.int64, device=device)
        for batch in self._loader(rows):
            warped, valid = self.warp(batch["image"].to(device).float() / 255, batch["landmarks"].to(device))
            total += (warped * valid[:, None]).sum(0)
            weight += valid.sum(0)
        return (total / weight.clamp_min(1)).permute(1, 2, 0).cpu().numpy(), people


def select(predictions: pd.DataFrame, images_per_expression: int, seed: int) -> pd.DataFrame:
    """The test images to explain: per predicted expression so many, chosen at random with a fixed seed.

    Args:
        predictions: columns predicted, image.
        images_per_expression: at most so many per expression; all where there are fewer.
        seed: of the choice.

    Returns:
        The chosen rows, in the order of `predictions`.
    """
    parts = []
    for number, expression in enumerate(EXPRESSIONS):
        rows = predictions[predictions["predicted"] == expression]
        # Sorted by name, so that the choice does not depend on the order of the table.
        rows = rows.sort_values("image")
        generator = np.random.default_rng((seed, number))
        parts.append(rows.iloc[generator.permutation(len(rows))[:images_per_expression]])
    return pd.concat(parts).sort_index()


def local_heatmaps(
    explainer: Explainer, module: ExpressionModule, layer: str, crops: Tensor, classes: Tensor
) -> Tensor:
    """Local heatmaps that can be averaged: explained, ReLU if the explainer asks for it, enlarged, weighted.

    Args:
        explainer: gives raw maps.
        module: whose network is explained.
        layer: dotted name of the explained layer.
        crops: uint8 (b, 3, s, s).
        classes: int64 (b,).

    Returns:
        float32 (b, s, s), in pixels of the crop.
    """
    question = Question(module.preprocess(crops), classes, mean=module.mean, std=module.std)
    maps = explainer.explain(module.network, layer, question)
    if explainer.positive:
        maps = keep_positive(maps)
    return local_scale(upsample(maps, crops.shape[-1]), explainer.local_scale)
