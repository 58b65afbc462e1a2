"""Compares a run's global heatmaps with the references."""

from collections.abc import Mapping
from typing import Any

import pytorch_lightning as pl

from fer_xai.callbacks.context import RunContext
from fer_xai.face.masks import Reference
from fer_xai.metrics.chosen import as_metric
from fer_xai.scoring.run_scores import score_run


class Compare(pl.Callback):
    """Puts the rows of `metrics.csv` into the run's context when testing ends.

    Args:
        references: what to compare with, by the names of their configs; the main one first.
        metrics: by what, by name; each a `Metric` or an object of a user's own that says and does the same.
        context: of the run.
    """

    def __init__(self, references: Mapping[str, Reference], metrics: Mapping[str, Any], context: RunContext) -> None:
        self.references = list(references.values())
        self.metrics = {str(name): as_metric(str(name), part) for name, part in metrics.items()}
        self.context = context

    def on_test_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Score the heatmaps, which are the same on all processes, on the first."""
        if not trainer.is_global_zero:
            return
        assert self.context.heatmaps is not None
        with self.context.timed("compare"):
            self.context.metrics = score_run(
                self.context.heatmaps, self.context.replicates, self.references, self.metrics
            )
