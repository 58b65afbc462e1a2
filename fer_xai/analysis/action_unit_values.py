"""What each action unit is worth to the networks, by known evidence, averaged over the images of a fold or of all."""

from collections.abc import Sequence

import pandas as pd

from fer_xai.analysis.steady_units import with_steady_units
from fer_xai.analysis.unit_order import unit_number
from fer_xai.metrics.bootstrap import REPLICATES
from fer_xai.results.paths import RunPaths
from fer_xai.results.study import Network, Run
from fer_xai.scoring.means_over_people import means_over_people

#: Columns of `action_units.csv`. fold empty: the images of all folds; expression empty: the mean over the expressions;
#: unit: one, or several that show in the same place in a quarter of the expression's faces or more (`AU9+AU10`), see
#: `steady_units`. A unit of no visible effect has no value, and n is 0.
COLUMNS = ("network", "pretrained", "fold", "expression", "unit", "value", "low", "high", "n")


def action_units_table(
    networks: Sequence[Network], expressions: Sequence[str], replicates: int = REPLICATES
) -> pd.DataFrame:
    """Mean value of each action unit by network, fold and expression, with intervals from the bootstrap over people.

    Args:
        networks: in the order of the table; those without known evidence are passed over.
        expressions: that are explained, in the order of the table.
        replicates: of the bootstrap.

    Returns:
        Columns `COLUMNS`, for every network first all folds together, units by their numbers; empty if no run has any.

    Raises:
        UserError: a file cannot be read or lacks a column.
    """
    every = {k: own for k, network in enumerate(networks) if len(own := _of_network(network))}
    if not every:
        return pd.DataFrame(columns=list(COLUMNS)).astype({"n": "Int64", "fold": "Int64"})
    steady = with_steady_units(pd.concat([own.assign(network=k) for k, own in every.items()], ignore_index=True))
    steady = steady.sort_values("unit", kind="stable", key=lambda units: units.map(unit_number))
    parts = []
    for k in every:
        network, images = networks[k], steady[steady["network"].eq(k)]
        for fold in [None, *sorted(images["fold"].dropna().unique())]:
            own = images if fold is None else images[images["fold"].eq(fold)]
            rows = means_over_people(own, ["unit"], expressions, replicates).rows()
            rows = rows[_shown(rows, own)]
            parts.append(rows.assign(network=network.name, pretrained=network.pretrained, fold=fold))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)].astype({"n": "Int64", "fold": "Int64"})


def _shown(rows: pd.DataFrame, images: pd.DataFrame) -> pd.Series:
    """Which rows are of a unit that some face of the expression has, and of means over expressions."""
    there = set(zip(images["expression"], images["unit"], strict=True))
    pairs = zip(rows["expression"], rows["unit"], strict=True)
    return pd.Series([not pair[0] or pair in there for pair in pairs], index=rows.index)


def _of_network(network: Network) -> pd.DataFrame:
    """The values of single images over a network's runs, with their fold; runs that share images count once."""
    frames = [frame for run in network.runs if (frame := _of_run(run)) is not None]
    if not frames:
        return pd.DataFrame(columns=["fold"])
    return pd.concat(frames, ignore_index=True).drop_duplicates(["fold", "seed", "image", "expression", "unit"])


def _of_run(run: Run) -> pd.DataFrame | None:
    frame = RunPaths.action_units.read(run.paths)
    return None if frame is None else frame.assign(fold=run.record.fold, seed=run.record.seed)
