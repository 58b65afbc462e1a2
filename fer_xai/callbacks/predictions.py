"""Keeps what the network says of every test image."""

from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl

from fer_xai.callbacks.context import RunContext
from fer_xai.models.module import ExpressionModule
from fer_xai.results.group_columns import kept_columns


class Predictions(pl.Callback):
    """Puts the table of `predictions.csv` into the run's context when testing ends.

    Columns: image, dataset, subject, fold, true, predicted, p_EXPRESSION for each expression, and those by which people
    are grouped; one row per test image, in the order of the data, however many devices tested them.

    Args:
        context: of the run.
        groups: columns of the data by which people are grouped, beside sex, age and group; see `named_groups`.

    Raises:
        UserError: a named column that the data do not have.
    """

    def __init__(self, context: RunContext, groups: Any = None) -> None:
        self.context = context
        self.columns = kept_columns(list(context.faces.frame.columns), groups)

    def on_test_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Collect the table."""
        assert isinstance(pl_module, ExpressionModule)
        rows = pl_module.test_index.compute().cpu().numpy().astype(int)
        probabilities = pl_module.test_probabilities.compute().cpu().numpy()
        # A sampler may hand an image to two devices to fill their last batches.
        rows, first = np.unique(rows, return_index=True)
        probabilities = probabilities[first]
        faces = self.context.faces.frame.iloc[rows]
        classes = self.context.faces.expressions
        table = pd.DataFrame(
            {
                "image": faces["image"].to_numpy(),
                "dataset": faces["dataset"].to_numpy(),
                "subject": faces["subject"].to_numpy(),
                "fold": self.context.fold,
                "true": faces["expression"].to_numpy(),
                "predicted": np.array(classes)[probabilities.argmax(axis=1)],
            },
            index=rows,
        )
        for column, name in enumerate(classes):
            table[f"p_{name}"] = probabilities[:, column]
        for name in self.columns:
            table[name] = faces[name].fillna("").to_numpy()
        self.context.predictions = table
