"""What came of uncovering faces tile by tile, beside people: tiles needed, right answers, errors, tiles' weights."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.observers.peoples_tiles import peoples_tile_weights
from fer_xai.face.observers.uncovering_answers import GRID_COLUMNS, GRID_ROWS, peoples_answers, peoples_intervals
from fer_xai.metrics.bootstrap import REPLICATES
from fer_xai.results.paths import RunPaths
from fer_xai.results.study import Network, Run
from fer_xai.scoring.means_over_people import means_over_people

#: What people are called among the networks.
PEOPLE = "people"

#: Columns of `uncovering.csv`. fold empty: the faces of all folds; expression (that the faces show) empty: the mean
#: over the expressions; key: the answer, or the number of the tile; n: faces, of people answers; grid: columns x rows;
#: set_by: the faces by which the criterion was set.
COLUMNS = (
    *("network", "pretrained", "fold", "expression", "measure", "key", "value", "low", "high", "n"),
    *("grid", "set_by"),
)
#: Tiles that the mean answer needed; share of right answers; share of the answers that name `key`; what tile `key` was
#: worth to quick right answers, in per cent of the mean tile's less 100.
NEEDED, RIGHT, ANSWER, WEIGHT = "tiles needed", "accuracy", "answer", "tile weight"


def uncovering_table(
    networks: Sequence[Network], expressions: Sequence[str], replicates: int = REPLICATES
) -> pd.DataFrame:
    """Means over faces by network, fold and expression, with intervals from the bootstrap over the people that these
    show; people first, with intervals over observers.

    Args:
        networks: in the order of the table; those without the experiment are passed over.
        expressions: in the order of the table.
        replicates: of the bootstrap.

    Returns:
        Columns `COLUMNS`; empty if no network has done the experiment.

    Raises:
        UserError: a file cannot be read or lacks a column.
    """
    parts = []
    for network in networks:
        faces = _of_network(network)
        for fold in [None, *sorted(faces["fold"].dropna().unique())] if len(faces) else []:
            own = faces if fold is None else faces[faces["fold"].eq(fold)]
            grids = own["columns"].astype(int).astype(str) + "x" + own["rows"].astype(int).astype(str)
            for grid, of_grid in own.groupby(grids, sort=False):
                rows = means_over_people(_long(of_grid), ["measure", "key"], expressions, replicates).rows()
                named = {"network": network.name, "pretrained": network.pretrained, "fold": fold}
                parts.append(rows.assign(**named, grid=grid, set_by=" and ".join(sorted(set(of_grid["set_by"])))))
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS)).astype({"n": "Int64", "fold": "Int64"})
    table = pd.concat([peoples_rows(expressions), *parts], ignore_index=True)
    return table[list(COLUMNS)].astype({"n": "Int64", "fold": "Int64"})


def peoples_rows(expressions: Sequence[str]) -> pd.DataFrame:
    """People's figures, for the expressions that they saw."""
    answers, weights = peoples_answers(), peoples_tile_weights()
    rows: list[dict[str, Any]] = []
    for expression in [name for name in expressions if name in answers.counts.index]:
        shares = answers.shares.loc[expression]
        figures: dict[tuple[str, str], Any] = {
            (NEEDED, ""): answers.needed[expression],
            (RIGHT, ""): shares[expression],
            **{(ANSWER, str(name)): share for name, share in shares.items()},
            **{(WEIGHT, str(tile)): weight for tile, weight in enumerate(weights[expression])},
        }
        n = int(answers.counts.loc[[expression]].to_numpy().sum())
        rows += [
            {"expression": expression, "measure": measure, "key": key, "value": value, "n": n}
            for (measure, key), value in figures.items()
        ]
    frame = pd.DataFrame(rows, columns=["expression", "measure", "key", "value", "n"])
    every = frame.groupby(["measure", "key"], sort=False, as_index=False).agg({"value": "mean", "n": "sum"})
    whole = pd.concat([frame, every.assign(expression="")], ignore_index=True)
    return _with_intervals(whole).assign(
        network=PEOPLE, grid=f"{GRID_COLUMNS}x{GRID_ROWS}", pretrained="", fold=None, set_by=""
    )


def _with_intervals(rows: pd.DataFrame) -> pd.DataFrame:
    """People's rows with intervals over observers, where these are known: the mean's is of the six expressions."""
    known = peoples_intervals().drop(columns="n").assign(key="")
    if set(rows["expression"]) != {*EXPRESSIONS, ""}:
        known = known[known["expression"].ne("")]
    return rows.merge(known, on=["expression", "measure", "key"], how="left")


def _long(faces: pd.DataFrame) -> pd.DataFrame:
    """A row per face and figure: measure, key, expression, group, value."""
    columns = [str(column) for column in faces]
    named = {column: column.removeprefix("answer_") for column in columns if column.startswith("answer_")}
    shares = faces[list(named)].div(faces["orders"], axis=0).rename(columns=named)
    right = [shares.at[row, word] if word in shares else 0.0 for row, word in faces["expression"].items()]
    tiles = [column for column in columns if column[0] == "t" and column[1:].isdigit()]
    figures: Mapping[tuple[str, str], Any] = {
        (NEEDED, ""): faces["tiles"],
        (RIGHT, ""): right,
        **{(ANSWER, name): shares[name] for name in named.values()},
        **{(WEIGHT, column[1:]): faces[column] for column in tiles},
    }
    place = faces[["expression", "group"]]
    return pd.concat(
        [place.assign(measure=measure, key=key, value=value) for (measure, key), value in figures.items()],
        ignore_index=True,
    )


def _of_network(network: Network) -> pd.DataFrame:
    """The faces of a network's runs, with their fold; runs that share faces count once."""
    frames = [frame for run in network.runs if (frame := _of_run(run)) is not None]
    if not frames:
        return pd.DataFrame(columns=["fold"])
    faces = pd.concat(frames, ignore_index=True)
    return faces.drop_duplicates(["fold", "seed", "image", "columns", "rows"]).reset_index(drop=True)


def _of_run(run: Run) -> pd.DataFrame | None:
    frame = RunPaths.uncovering.read(run.paths)
    return None if frame is None else frame.assign(fold=run.record.fold, seed=run.record.seed)
