"""How far networks answer by the tiles that people answered by, and err as they err."""

import itertools
import math
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_xai.analysis.uncovering import ANSWER, PEOPLE, WEIGHT
from fer_xai.face.observers.peoples_tiles import peoples_tile_ceilings
from fer_xai.face.observers.uncovering_answers import GRID_COLUMNS, GRID_ROWS
from fer_xai.scoring.pairings import pairings

#: Columns of `uncovering_likeness.csv`. expression empty: the mean over the expressions, or a measure of all of them;
#: value: a correlation with people; p: share of permutations that are as good; ceiling: root of the reliability of
#: people's weights; share: value over ceiling; n: expressions.
COLUMNS = ("network", "pretrained", "expression", "measure", "value", "p", "ceiling", "share", "n", "reason")

#: Tile by tile, against all shifts of the grid (round its edges); the same less the mean over the expressions, against
#: all pairings of expressions; distances between expressions, and shares of wrong answers, both against all namings.
TILES, SPECIFIC, GROUPS, ERRORS = "tiles", "tiles, this expression", "groups of expressions", "errors"

#: Namings of fewer expressions are too few to tell.
_LEAST = 4
_GRID = f"{GRID_COLUMNS}x{GRID_ROWS}"

Matrix = NDArray[np.float64]


def likeness_table(table: pd.DataFrame) -> pd.DataFrame:
    """Each network beside people, over the faces of all folds.

    Args:
        table: as `uncovering.uncovering_table` gives it.

    Returns:
        Columns `COLUMNS`; empty without networks.
    """
    pooled = table[table["fold"].isna()]
    people = pooled[pooled["network"].eq(PEOPLE)]
    rows = []
    for (name, pretrained), own in pooled[pooled["network"].ne(PEOPLE)].groupby(["network", "pretrained"], sort=False):
        named = {"network": name, "pretrained": pretrained}
        rows += [named | row for row in (*_tiles(own[own["grid"].eq(_GRID)], people), _errors(own, people))]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"n": "Int64"})


def weights_of(table: pd.DataFrame, expressions: Iterable[str]) -> Matrix:
    """Tiles' weights (expressions, tiles); NaN where an expression has none."""
    own = table[table["measure"].eq(WEIGHT)].assign(tile=lambda rows: rows["key"].astype(int))
    return own.pivot(index="expression", columns="tile", values="value").reindex(list(expressions)).to_numpy(float)


def answers_of(table: pd.DataFrame, expressions: Iterable[str]) -> Matrix:
    """Shares of the answers to each expression (rows) that name each (columns); NaN where nothing is known."""
    own = table[table["measure"].eq(ANSWER)].pivot(index="expression", columns="key", values="value")
    names = list(expressions)
    return own.reindex(index=names, columns=names).to_numpy(float)


def correlations(first: Matrix, second: Matrix) -> Matrix:
    """Pearson's correlation of every row (n, k) with every row (m, k): (n, m); NaN where a row does not vary."""
    with np.errstate(invalid="ignore", divide="ignore"):
        a, b = (rows - rows.mean(axis=1, keepdims=True) for rows in (first, second))
        a, b = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (a, b))
        return a @ b.T


def p_over_namings(first: Matrix, second: Matrix, cells: Callable[[Matrix], Matrix]) -> tuple[float, float]:
    """Correlation of two square matrices, and the share of all namings of the second that are as good.

    The names of rows and columns are permuted together (quadratic assignment: Mantel 1967; Hubert and Schultz 1976).

    Args:
        first: (n, n).
        second: (n, n).
        cells: takes the cells that count out of a matrix.
    """
    orders = itertools.permutations(range(len(second)))
    every = np.stack([cells(second[np.ix_(order, order)]) for order in orders])
    found = correlations(cells(first)[None], every)[0]
    return float(found[0]), float(np.mean(found >= found[0] - 1e-12)) if math.isfinite(found[0]) else math.nan


def off_diagonal(matrix: Matrix) -> Matrix:
    """All cells but those of right answers."""
    return matrix[~np.eye(len(matrix), dtype=bool)]


def _above_diagonal(matrix: Matrix) -> Matrix:
    return matrix[np.triu_indices(len(matrix), 1)]


def _tiles(own: pd.DataFrame, people: pd.DataFrame) -> list[dict[str, object]]:
    names = _known(own, people, weights_of)
    if not names:
        grid = f"the grid has to be {_GRID}" if own.empty else "no expression was answered quickly and rightly"
        return [_row("", TILES, math.nan, math.nan, 0, reason=f"{grid}, to be compared with people")]
    mine, theirs = weights_of(own, names), weights_of(people, names)
    ceilings = np.array([peoples_tile_ceilings().get(name, math.nan) for name in names])
    shifts = _shifted(theirs)
    by_shift = np.stack([np.diagonal(correlations(mine, shifted)) for shifted in shifts])
    p = np.mean(by_shift >= by_shift[0] - 1e-12, axis=0)
    rows = [_row(name, TILES, by_shift[0, i], p[i], 1, ceiling=ceilings[i]) for i, name in enumerate(names)]
    means = by_shift.mean(axis=1)
    as_good = float(np.mean(means >= means[0] - 1e-12))
    rows.append(_row("", TILES, means[0], as_good, len(names), ceiling=float(np.mean(ceilings))))
    if len(names) < _LEAST:
        few = f"fewer than {_LEAST} expressions"
        return rows + [_row("", measure, math.nan, math.nan, len(names), reason=few) for measure in (SPECIFIC, GROUPS)]
    specific = pairings(correlations(mine - mine.mean(axis=0), theirs - theirs.mean(axis=0)))
    distances = (1 - correlations(mine, mine), 1 - correlations(theirs, theirs))
    return [
        *rows,
        _row("", SPECIFIC, specific.right, specific.p, len(names)),
        _row("", GROUPS, *p_over_namings(*distances, _above_diagonal), len(names)),
    ]


def _errors(own: pd.DataFrame, people: pd.DataFrame) -> dict[str, object]:
    names = _known(own, people, answers_of)
    if len(names) < _LEAST:
        return _row("", ERRORS, math.nan, math.nan, len(names), reason=f"fewer than {_LEAST} expressions")
    mine, theirs = answers_of(own, names), answers_of(people, names)
    value, p = p_over_namings(mine, theirs, off_diagonal)
    reason = "" if math.isfinite(value) else "it never errs, or errs everywhere alike"
    return _row("", ERRORS, value, p, len(names), reason=reason)


def _known(own: pd.DataFrame, people: pd.DataFrame, read: Callable[[pd.DataFrame, Iterable[str]], Matrix]) -> list[str]:
    """The expressions of which both are known."""
    names = [name for name in dict.fromkeys(own["expression"]) if name and name in set(people["expression"])]
    return [name for name in names if all(np.isfinite(np.diagonal(read(part, [name]))).all() for part in (own, people))]


def _shifted(weights: Matrix) -> list[Matrix]:
    """Weights (expressions, tiles) with the grid shifted in all ways, as they are first."""
    grids = weights.reshape(len(weights), GRID_COLUMNS, GRID_ROWS)
    steps = itertools.product(range(GRID_COLUMNS), range(GRID_ROWS))
    return [np.roll(grids, step, axis=(1, 2)).reshape(weights.shape) for step in steps]


def _row(
    expression: str, measure: str, value: float, p: float, n: int, *, ceiling: float = math.nan, reason: str = ""
) -> dict[str, object]:
    share = value / ceiling if ceiling > 0 else math.nan
    named = {"expression": expression, "measure": measure, "value": float(value), "p": float(p)}
    return {**named, "ceiling": ceiling, "share": share, "n": n, "reason": reason}
