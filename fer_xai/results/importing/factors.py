"""The factors file: what each imported network is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from fer_xai.errors import UserError


@dataclass(frozen=True)
class Factors:
    """Rows of a factors file, by the network's name without case."""

    path: Path | None = None
    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def pretrained(self, network: str) -> str:
        """The network's pretraining; empty where the file does not say it, or says several."""
        words = {row.get("pretrained", "") for row in self.rows.get(network.casefold(), [])}
        return words.pop() if len(words) == 1 else ""

    def of(self, network: str, pretrained: str) -> dict[str, str]:
        """All other factors of the network with this pretraining."""
        rows = self.rows.get(network.casefold(), [])
        fitting = [row for row in rows if row.get("pretrained", pretrained) == pretrained] or rows
        chosen = fitting[0] if fitting else {}
        return {key: value for key, value in chosen.items() if key not in ("network", "pretrained") and value}

    def unused(self, networks: Iterable[str]) -> list[str]:
        """A line for each network without a row, and for each row without a network."""
        if self.path is None:
            return []
        names = {name.casefold(): name for name in networks}
        lines = [f"{self.path}: no row for network {names[key]}" for key in sorted(names) if key not in self.rows]
        spare = [rows[0]["network"] for key, rows in self.rows.items() if key not in names]
        return lines + [f"{self.path}: no heatmaps of network {name}" for name in spare]


def read_factors(path: Path) -> Factors:
    """Read a factors file.

    Args:
        path: csv with a column `network` and further ones, one row per network (or per network and pretraining).

    Raises:
        UserError: the file is missing or no csv, has no column `network`, or two rows for one network.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path}: {error}") from error
    if "network" not in frame or len(frame.columns) < 2:
        columns = ", ".join(map(str, frame.columns))
        raise UserError(f"{path} has the columns {columns}: expected network and at least one more")
    rows: dict[str, list[dict[str, str]]] = {}
    for number, values in enumerate(frame.to_dict("records"), start=2):
        row = {str(key): str(value).strip() for key, value in values.items()}
        same = rows.setdefault(row["network"].casefold(), [])
        if any(other.get("pretrained") == row.get("pretrained") for other in same):
            raise UserError(f"{path}, line {number}: a second row for network {row['network']}; keep one")
        same.append(row)
    return Factors(path, rows)
