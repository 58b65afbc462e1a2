"""Tables for a paper: what they promise stands in them."""

import math

import pandas as pd

from fer_xai.analysis.words.latex import accuracy_to_latex, latex_table, to_latex
from fer_xai.analysis.words.tables import Cell, Row, Table

HOLDS = "people and trainings"


def table() -> Table:
    cells = (Cell(0.25, 0.125, 0.5, HOLDS), Cell(math.nan))
    row = Row("net_a & co", cells, Cell(0.25, 0.2, 0.3, HOLDS), below_floor=True)
    mean = Row("mean", cells, Cell(0.25, 0.2, 0.3, HOLDS))
    baseline = Row("baseline: full frame", (Cell(0.2), Cell(0.3)), Cell(0.25))
    return Table("iou", "IoU", "grad", "bands", True, ("anger", "fear"), (row,), mean, (baseline,), 1)


def test_a_table_has_caption_label_and_the_intervals_that_the_caption_promises() -> None:
    lines = to_latex(table(), "iou").splitlines()
    assert lines[0] == r"\begin{table*}[t]"
    caption = next(line for line in lines if line.startswith(r"\caption{"))
    assert "Higher is better. In brackets: 95 \\% intervals over people and trainings." in caption
    assert r"\textdagger{} The network's balanced test accuracy is not shown to be above chance" in caption
    assert r"\label{tab:iou}" in lines
    place = lines.index(r"net\_a \& co \textdagger{} & 0.250 & n/a & 0.250 \\")
    assert lines[place + 1] == r" & {\scriptsize [0.125, 0.500]} &  & {\scriptsize [0.200, 0.300]} \\"
    assert r"baseline: full frame & 0.200 & 0.300 & 0.250 \\" in lines
    assert lines[-1] == r"\end{table*}"


def test_every_line_has_as_many_cells_as_columns() -> None:
    text = latex_table("c", "t", ["x", "y", "z"], [[("a", [Cell(1.0), Cell(2.0, 1.0, 3.0)])], []])
    assert {line.count("&") for line in text.splitlines() if line.endswith(r"\\")} == {2}
    assert text.count(r"\midrule") == 1
    assert r"\begin{tabular}{lrr}" in text


def test_accuracies_have_a_table() -> None:
    rows = [
        ("a", True, None, 0.5, 0.4, 0.6, 0.45, 0.35, 0.55, 0.3, False, 1 / 6),
        ("a", True, "fear", 0.25, 0.1, 0.4, *[math.nan] * 4, None, math.nan),
        ("a", False, None, 0.9, 0.9, 0.9, *[0.9] * 3, 0.3, False, 1 / 6),
        ("b", True, None, 0.2, 0.1, 0.3, 0.2, 0.1, 0.3, 0.3, True, 1 / 6),
    ]
    names = ["label", "whole", "expression", "value", "low", "high", "balanced", "balanced_low", "balanced_high"]
    frame = pd.DataFrame(rows, columns=[*names, "majority", "below_floor", "floor"])
    lines = accuracy_to_latex(frame, ["a", "b", "c"], ["anger", "fear"]).splitlines()
    assert r"a & 0.450 & 0.500 & 0.300 & n/a & 0.250 \\" in lines
    assert any(line.startswith(r"b \textdagger{} & 0.200") for line in lines)
    assert r"\textdagger{} Not shown to be above 0.167." in lines[2]
    assert accuracy_to_latex(pd.DataFrame(), ["a"], ["fear"]) == ""
