"""Training curves as one csv file beside the trained network, one row per epoch."""

from pathlib import Path
from typing import Any

import pandas as pd
from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities import rank_zero_only

from fer_xai.files import write_csv


class CurveLogger(Logger):
    """Keeps what is logged in each epoch of training. A training that is taken up again goes on in the same file.

    Figures of testing are not kept here: they belong to runs, of which several may share the network.

    Args:
        path: of the csv file: columns epoch and whatever is logged.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self._rows: dict[int, dict[str, float]] | None = None

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.stem

    @property
    def version(self) -> str:
        """There is only one."""
        return ""

    @rank_zero_only
    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """The run's config.yaml has them."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Add figures to the row of their epoch."""
        kept = {key: float(value) for key, value in metrics.items() if not key.startswith("test_") and key != "epoch"}
        if not kept or "epoch" not in metrics:
            return
        if self._rows is None:
            self._rows = self._read()
        self._rows.setdefault(int(metrics["epoch"]), {}).update(kept)
        rows = [{"epoch": epoch, **self._rows[epoch]} for epoch in sorted(self._rows)]
        write_csv(self.path, pd.DataFrame(rows), float_format="%.8g")

    def _read(self) -> dict[int, dict[str, float]]:
        """The rows of the epochs before, where a training is taken up again."""
        if not self.path.exists():
            return {}
        try:
            rows = [
                {str(key): value for key, value in row.items()} for row in pd.read_csv(self.path).to_dict("records")
            ]
            return {int(row.pop("epoch")): {key: float(value) for key, value in row.items()} for row in rows}
        except (ValueError, KeyError):
            return {}
