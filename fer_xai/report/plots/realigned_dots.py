"""Heatmaps and scores under other alignments of the faces, as dots with intervals."""

from collections.abc import Mapping, Sequence

from fer_xai.analysis.words.tables import Cell
from fer_xai.report.plots.style import FAINT, FURTHER, INK, PRETRAINING, Drawing, finish, new_figure, shorten

_COLOURS = (*PRETRAINING.values(), *FURTHER)
_MARKERS = ("o", "s", "D", "^", "v")


def realigned_dots(
    names: Sequence[str],
    likeness: Mapping[str, Sequence[Cell]],
    differences: Mapping[str, Sequence[Cell]],
    words: tuple[str, float],
) -> Drawing:
    """How alike the maps are, and how far the scores differ, one line per alignment.

    Args:
        names: of the alignments.
        likeness: a cell per alignment, by network.
        differences: likewise.
        words: the title of the measure, and the difference that counts as none.
    """
    title, margin = words
    figure = new_figure(8.6, 0.32 * len(names) * max(1, len(likeness)) ** 0.5 + 1.7)
    left, right = figure.subplots(1, 2, sharey=True)
    for axes, by_network in ((left, likeness), (right, differences)):
        for number, (label, cells) in enumerate(by_network.items()):
            style = {"color": _COLOURS[number % len(_COLOURS)], "label": shorten(label) if axes is left else None}
            shift = 0.5 * ((number + 1) / (len(by_network) + 1) - 0.5)
            for line, cell in enumerate(cells):
                axes.plot([cell.low, cell.high], [line + shift] * 2, color=style["color"], lw=2)
                marker = _MARKERS[number % len(_MARKERS)]
                axes.plot([cell.value], [line + shift], marker, ms=6, mec="white", mew=0.7, **style)
                style["label"] = None
        axes.tick_params(axis="y", length=0)
    left.axvline(1, color=INK, lw=1, ls="--", zorder=0)
    right.axvline(0, color=INK, lw=1, ls="--", zorder=0)
    right.axvspan(-margin, margin, color=FAINT, alpha=0.2, lw=0, zorder=-1)
    left.set_yticks(range(len(names)), [shorten(name) for name in names])
    left.set_ylim(len(names) - 0.5, -0.5)
    left.set_xlabel("correlation of the global heatmap with that\nby the run's own landmarks")
    right.set_xlabel(f"{title}: difference from the run's own\nband: differences that count as none")
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize=8)
    alt = f"For each of {', '.join(names)}: how alike the heatmaps are, and how far {title} differs, with intervals."
    return finish(figure, "realigned", alt)
