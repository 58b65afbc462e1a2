"""Dot plots: scores beside their baselines, and balanced accuracies beside their floor."""

import math
from collections.abc import Mapping, Sequence

import matplotlib as mpl

from fer_xai.analysis.words.tables import Cell, Row, Table
from fer_xai.report.plots.style import FAINT, INK, UNKNOWN, Drawing, colours_of, finish, new_figure, shorten

_LINES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))
_BASELINES = ("#7a4fbf", "#0b7a57", "#b3541e", "#4a6fa5", "#a03060")


def score_dots(table: Table, pretrained: Mapping[str, str], name: str) -> Drawing:
    """Every network's mean score with its interval, its expressions as faint dots, the baselines as lines.

    Args:
        table: of one metric.
        pretrained: word by network.
        name: of the files.
    """
    sign = 1 if table.higher_is_better else -1
    rows = sorted(table.rows, key=lambda row: sign * row.mean.value if math.isfinite(row.mean.value) else -math.inf)
    colours = colours_of(sorted(set(pretrained.values())))
    figure = new_figure(8.6, 0.3 * len(rows) + 1.9)
    axes = figure.add_subplot()
    for line, row in enumerate([table.mean, *rows]):
        colour = INK if line == 0 else colours.get(pretrained.get(row.label, ""), UNKNOWN)
        if line:
            values = [cell.value for cell in row.cells if math.isfinite(cell.value)]
            axes.plot(values, [line] * len(values), "|", color=colour, alpha=0.45, ms=8, mew=1.3)
        _dot(axes, line, row.mean, colour, "D" if line == 0 else "o")
    for number, row in enumerate(table.baselines):
        if math.isfinite(row.mean.value):
            label = f"{row.label.removeprefix('baseline: ')} {row.mean.value:.3f}"
            colour, line_style = _BASELINES[number % 5], _LINES[number % 5]
            axes.axvline(row.mean.value, label=label, zorder=0, color=colour, ls=line_style, lw=1.4)
    axes.set_yticks(range(len(rows) + 1), [row_name(row, table.mean) for row in (table.mean, *rows)])
    axes.axhline(0.5, color=FAINT, lw=0.6)
    axes.set_ylim(-0.6, len(rows) + 0.6)
    direction = "higher is better" if table.higher_is_better else "lower is better"
    axes.set_xlabel(f"{table.metric_title} ({direction})\ndot: mean over expressions; strokes: single expressions")
    axes.tick_params(axis="y", length=0)
    _legend(axes, colours)
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize=8)
    return finish(figure, name, f"{table.title}: mean of every network, beside the baselines.")


def row_name(row: Row, whole: Row) -> str:
    """A row's name, and of how many expressions it is the mean where others have more: baselines are over all of these.

    Args:
        row: of a network.
        whole: the mean over networks.
    """
    own, all_cells = (sum(math.isfinite(cell.value) for cell in one.cells) for one in (row, whole))
    return shorten(row.marked) + (f"\n{own} of {all_cells} expressions" if 0 < own < all_cells else "")


def accuracy_dots(
    labels: Sequence[str], cells: Sequence[Cell], pretrained: Mapping[str, str], floor: float, words: str, name: str
) -> Drawing:
    """Every network's balanced test accuracy with its interval, and what it has to be above as a line.

    Args:
        labels: networks.
        cells: their balanced accuracies.
        pretrained: word by label.
        floor: what they have to be above.
        words: for the floor.
        name: of the files.
    """
    colours = colours_of(sorted(set(pretrained.values())))
    order = sorted(range(len(labels)), key=lambda i: cells[i].value if math.isfinite(cells[i].value) else -1.0)
    figure = new_figure(8.6, 0.3 * len(labels) + 1.2)
    axes = figure.add_subplot()
    for line, number in enumerate(order):
        label = labels[number]
        _dot(axes, line, cells[number], colours.get(pretrained.get(label, ""), UNKNOWN), "o")
    axes.axvline(floor, color=INK, ls="--", lw=1.2, label=words, zorder=0)
    axes.set_yticks(range(len(labels)), [shorten(labels[number]) for number in order])
    axes.set_xlim(0, 1.0)
    axes.set_ylim(-0.6, len(labels) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("balanced test accuracy over all folds, with 95 % interval")
    _legend(axes, colours)
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize=8)
    return finish(figure, name, f"Balanced test accuracy of every network with its interval, beside {words}.")


def _legend(axes: mpl.axes.Axes, colours: Mapping[str, str]) -> None:
    """Name the colours of the pretrainings by empty dots."""
    for word, colour in colours.items():
        axes.plot([], [], "o", color=colour, label=f"pretraining: {word or 'not known'}")


def _dot(axes: mpl.axes.Axes, line: int, cell: Cell, colour: str, marker: str) -> None:
    if not math.isfinite(cell.value):
        axes.text(0.01, line, "n/a", transform=axes.get_yaxis_transform(), va="center", fontsize=8)
        return
    if math.isfinite(cell.low):
        axes.plot([cell.low, cell.high], [line, line], color=colour, lw=2.2, solid_capstyle="round")
    axes.plot([cell.value], [line], marker, color=colour, ms=7, mec="white", mew=0.8)
