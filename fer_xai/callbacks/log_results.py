"""Shows a run's results in the loggers that can show them."""

from collections.abc import Iterator

import matplotlib
import numpy as np
import pytorch_lightning as pl
from pytorch_lightning.loggers import TensorBoardLogger, WandbLogger

from fer_xai.callbacks.context import RunContext
from fer_xai.results.classification import classification_table


class LogResults(pl.Callback):
    """Sends confusion matrix, heatmaps and scores to wandb, heatmaps and mean scores to TensorBoard.

    Of the scores, wandb gets all by the main metric, and the means by every metric. No photograph of a person is sent:
    heatmaps are drawn by themselves.

    Args:
        context: of the run.
    """

    def __init__(self, context: RunContext) -> None:
        self.context = context

    def on_test_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Log to each logger what it can show."""
        for logger in trainer.loggers:
            if isinstance(logger, WandbLogger):
                self._to_wandb(logger)
            elif isinstance(logger, TensorBoardLogger):
                self._to_tensorboard(logger)

    def _to_wandb(self, logger: WandbLogger) -> None:
        import wandb

        predictions, metrics = self.context.predictions, self.context.metrics
        classes = list(self.context.faces.expressions)
        assert predictions is not None
        assert metrics is not None
        confusion = wandb.plot.confusion_matrix(
            y_true=[classes.index(word) for word in predictions["true"]],
            preds=[classes.index(word) for word in predictions["predicted"]],
            class_names=classes,
        )
        # An image inside a table is lost in an offline run, so each is logged by itself.
        images = {f"heatmap/{name}": wandb.Image(picture, caption=name) for name, picture in self._pictures()}
        logged = {"confusion_matrix": confusion, **images}
        for main in metrics["metric"].unique()[:1]:
            logged[main] = wandb.Table(dataframe=metrics[metrics["metric"] == main].drop(columns="metric"))
        logger.experiment.log(logged)
        for name, value in self._classification():
            logger.experiment.summary[name] = value
        for _, row in metrics[metrics["expression"] == ""].iterrows():
            logger.experiment.summary[f"{row['metric']}/{row['reference']}/{row['explainer']}"] = row["value"]

    def _to_tensorboard(self, logger: TensorBoardLogger) -> None:
        metrics = self.context.metrics
        assert metrics is not None
        for name, picture in self._pictures():
            logger.experiment.add_image(f"heatmap/{name}", picture, dataformats="HWC")
        for name, value in self._classification():
            logger.experiment.add_scalar(name, value)
        for _, row in metrics[metrics["expression"] == ""].iterrows():
            logger.experiment.add_scalar(f"{row['metric']}/{row['reference']}/{row['explainer']}", row["value"])

    def _classification(self) -> Iterator[tuple[str, float]]:
        """Name and value of each defined score of the test predictions."""
        assert self.context.predictions is not None
        table = classification_table(self.context.predictions)
        for row in table[table["value"].notna()].to_dict("records"):
            yield f"test/{row['metric']}/{row['expression'] or 'all'}", row["value"]

    def _pictures(self) -> Iterator[tuple[str, np.ndarray]]:
        """Name and RGB picture uint8 (y, x, 3) of each global heatmap, stretched from its minimum to its maximum."""
        assert self.context.heatmaps is not None
        colours = matplotlib.colormaps["magma"]
        for explainer in self.context.heatmaps["explainer"].values:
            for expression in self.context.heatmaps["expression"].values:
                heatmap = self.context.heatmaps["mean"].sel(explainer=explainer, expression=expression).values
                if not np.isfinite(heatmap).any():
                    continue
                low, high = np.nanmin(heatmap), np.nanmax(heatmap)
                stretched = np.nan_to_num((heatmap - low) / (high - low if high > low else 1))
                yield f"{explainer}/{expression}", (colours(stretched)[..., :3] * 255).astype(np.uint8)
