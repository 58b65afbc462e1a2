"""Tables for a paper: LaTeX with caption, label and the intervals that the caption promises."""

import math
from collections.abc import Iterable, Sequence

import pandas as pd

from fer_xai.analysis.words.tables import MEAN, Cell, Table, blind_note, floor_note, one_line
from fer_xai.results.classification import BALANCED
from fer_xai.scoring.floor import MARK

#: A row: its name and its cells.
_Line = tuple[str, Sequence[Cell]]


def to_latex(table: Table, name: str) -> str:
    """A table of scores as a LaTeX `table`, for the package booktabs.

    Args:
        table: of one metric, explainer and reference.
        name: of its file; the label is `tab:NAME`.
    """
    direction = "Higher" if table.higher_is_better else "Lower"
    holds = f" In brackets: 95 % intervals over {'; '.join(table.holds)}." if table.holds else ""
    notes = " ".join(note for note in (floor_note(table), blind_note(table)) if note)
    blocks = [
        [(row.marked, (*row.cells, row.mean)) for row in rows] for rows in (table.rows, (table.mean,), table.baselines)
    ]
    caption = f"{table.title}. {direction} is better.{holds} {notes}"
    return latex_table(caption, name, ["network", *table.expressions, MEAN], blocks)


def accuracy_to_latex(accuracy: pd.DataFrame, labels: Sequence[str], expressions: Sequence[str]) -> str:
    """Test accuracies of all networks, over all folds, as a LaTeX `table`.

    Args:
        accuracy: as of `accuracy_table`, with the columns `label` and `whole`.
        labels: networks in the order of the rows.
        expressions: in the order of the columns.

    Returns:
        Empty where no accuracy is known.
    """
    whole = accuracy[accuracy["whole"]] if len(accuracy) else accuracy
    lines, marked = [], False
    for label in labels:
        by_name = (
            {row["expression"]: row for row in whole[whole["label"].eq(label)].to_dict("records")} if len(whole) else {}
        )
        overall = next((row for name, row in by_name.items() if not isinstance(name, str)), None)
        if overall is None:
            continue
        recalls = [_cell(by_name.get(name), ("value", "low", "high")) for name in expressions]
        below = overall["below_floor"] is True
        marked |= below
        cells = [
            _cell(overall, BALANCED),
            _cell(overall, ("value", "low", "high")),
            Cell(float(overall["majority"])),
            *recalls,
        ]
        lines.append((f"{label} {MARK}" if below else label, cells))
    if not lines:
        return ""
    caption = (
        "Test accuracy over all folds: balanced accuracy (the mean of the shares recognised of each expression), "
        "accuracy, the share of the most frequent expression, and the share recognised of each expression. In "
        "brackets: 95 % intervals that take into account that images of one person are alike."
    )
    floor = f" {MARK} Not shown to be above {float(whole['floor'].iloc[0]):.3f}." if marked else ""
    return latex_table(
        caption + floor, "accuracy", ["network", "balanced", "accuracy", "majority", *expressions], [lines]
    )


def latex_table(caption: str, name: str, header: Sequence[str], blocks: Iterable[Sequence[_Line]]) -> str:
    """A LaTeX `table` over both columns, for the package booktabs; intervals stand below their figures.

    Args:
        caption: plain text.
        name: the label is `tab:NAME`.
        header: names of the columns, the first of them of the rows.
        blocks: rows between rules; empty ones are left out.
    """
    lines = [
        r"\begin{table*}[t]",
        r"\centering",
        rf"\caption{{{escaped(caption)}}}",
        rf"\label{{tab:{name}}}",
        r"\small",
    ]
    lines += [rf"\begin{{tabular}}{{l{'r' * (len(header) - 1)}}}", r"\toprule"]
    lines.append(" & ".join(map(escaped, header)) + r" \\")
    for block in blocks:
        lines += [r"\midrule"] if block else []
        for label, cells in block:
            lines.append(" & ".join([escaped(label), *(Cell(cell.value).text() for cell in cells)]) + r" \\")
            intervals = [_interval(cell) for cell in cells]
            lines += [" & ".join(["", *intervals]) + r" \\"] if any(intervals) else []
    lines += [r"\bottomrule", r"\end{tabular}", r"\end{table*}"]
    return "\n".join(lines) + "\n"


_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    MARK: r"\textdagger{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}


def escaped(text: str) -> str:
    """Plain text as LaTeX, in one line."""
    return "".join(_LATEX.get(sign, sign) for sign in one_line(text))


def _interval(cell: Cell) -> str:
    return rf"{{\scriptsize [{cell.low:.3f}, {cell.high:.3f}]}}" if math.isfinite(cell.low) else ""


def _cell(row: object, names: Sequence[str]) -> Cell:
    if not isinstance(row, dict):
        return Cell(math.nan)
    value, low, high = (float(row[name]) for name in names)
    return Cell(value, low, high)
