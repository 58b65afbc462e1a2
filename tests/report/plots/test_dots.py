"""Names of rows beside lines of baselines."""

import math

from fer_xai.analysis.words.tables import Cell, Row
from fer_xai.report.plots.dots import row_name


def row(label: str, values: list[float]) -> Row:
    return Row(label, tuple(Cell(value) for value in values), Cell(0.5))


def test_a_network_that_lacks_expressions_says_so_beside_baselines_over_all() -> None:
    mean = row("mean", [0.5, 0.5, 0.5])
    assert row_name(row("vgg16", [0.1, math.nan, 0.3]), mean) == "vgg16\n2 of 3 expressions"
    assert row_name(row("vgg16", [0.1, 0.2, 0.3]), mean) == "vgg16"
    assert row_name(row("vgg16", [math.nan] * 3), mean) == "vgg16"
    # An expression that no network has is in no mean.
    assert row_name(row("vgg16", [0.1, 0.2, math.nan]), row("mean", [0.5, 0.5, math.nan])) == "vgg16"
