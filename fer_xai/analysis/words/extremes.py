"""Which networks and expressions score highest and lowest, over cells that all of them have."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fer_xai.analysis.words.tables import Cell, Row, Table

_NOTHING = Cell(math.nan)


def seeing_rows(table: Table) -> tuple[Row, ...]:
    """The rows of a table without the cells of blind maps, whose scores say nothing of a network."""
    return tuple(
        replace(
            row,
            cells=tuple(
                _NOTHING if (row.label, name) in table.blind_cells else cell
                for name, cell in zip(table.expressions, row.cells, strict=True)
            ),
        )
        for row in table.rows
    )


def columns_of(rows: Sequence[Row], table: Table) -> list[Row]:
    """The expressions as rows, each with the mean that the table gives it; those without any score are left out."""
    return [
        Row(name, tuple(row.cells[number] for row in rows), cell)
        for number, (name, cell) in enumerate(zip(table.expressions, table.mean.cells, strict=True))
        if any(math.isfinite(row.cells[number].value) for row in rows)
    ]


def ranked(rows: Sequence[Row], higher_is_better: bool) -> list[tuple[Row, int]]:
    """Rows from worst to best by their means over the cells that all of them have, with the number of these.

    Rows without half of the cells take no part, so that one blind row does not decide over what the others are ranked.

    Args:
        rows: of equally many cells.
        higher_is_better: direction of the score.

    Returns:
        The rows, each with the mean over the common cells; it has an interval only where these are all that the row
        ever had. Empty where there is no common cell.
    """
    values = np.array([[cell.value for cell in row.cells] for row in rows], dtype=float).reshape(len(rows), -1)
    known = np.isfinite(values)
    taken = np.flatnonzero(known.any(1) & (2 * known.sum(1) >= known.shape[1]))
    common = known[taken].all(0) if len(taken) else np.zeros(known.shape[1], dtype=bool)
    if not common.any():
        return []
    means = values[taken][:, common].mean(1)
    order = np.argsort(means if higher_is_better else -means, kind="stable")
    whole = bool(common.all())
    return [
        (
            rows[taken[place]] if whole else replace(rows[taken[place]], mean=Cell(float(means[place]))),
            int(common.sum()),
        )
        for place in order
    ]
