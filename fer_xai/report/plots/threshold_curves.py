"""IoU as a function of the threshold: a panel per network, a line per expression."""

from collections.abc import Sequence

import pandas as pd

from fer_xai.analysis.threshold_curves import MAXIMUM, OTSU
from fer_xai.report.plots.style import FURTHER, PRETRAINING, Drawing, finish, new_figure, shorten

_COLOURS = (*PRETRAINING.values(), *FURTHER)
_COLUMNS = 4


def threshold_curves(frame: pd.DataFrame, labels: Sequence[str], expressions: Sequence[str], name: str) -> Drawing:
    """Draw the curves of one explainer and reference.

    Args:
        frame: rows of `threshold_curves.csv` with a column `label`.
        labels: networks, in the order of the panels; those without a row have none.
        expressions: in the order of the colours.
        name: of the files.
    """
    drawn = [label for label in labels if label in set(frame["label"])]
    columns = min(_COLUMNS, len(drawn))
    lines = -(-len(drawn) // columns)
    figure = new_figure(max(2.25 * columns, 5.5), 1.75 * lines + 0.9)
    grid = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
    for axes, label in zip(grid.ravel(), drawn, strict=False):
        own = frame[frame["label"].eq(label)]
        for number, expression in enumerate(expressions):
            curve = own[own["expression"].eq(expression)].sort_values("threshold")
            colour = _COLOURS[number % len(_COLOURS)]
            axes.plot(curve["threshold"], curve["iou"], color=colour, lw=1.1)
            for word, marker, face in ((OTSU, "o", colour), (MAXIMUM, "D", "white")):
                at = curve[curve["at"].eq(word)]
                axes.plot(at["threshold"], at["iou"], marker, ms=4, color=face, mec=colour, mew=0.9, zorder=3)
        axes.set_title(shorten(label, 26), loc="left", fontsize=8)
        axes.tick_params(labelsize=7)
        axes.set_xlim(0, 255)
    grid[0, 0].set_ylim(0, 1.05 * frame["iou"].max())
    for axes in grid.ravel()[len(drawn) :]:
        axes.set_axis_off()
    handles = [
        grid[0, 0].plot([], [], color=_COLOURS[number % len(_COLOURS)], label=word)[0]
        for number, word in enumerate(expressions)
    ]
    for label, marker, face in (("Otsu's threshold", "o", "black"), ("largest IoU", "D", "white")):
        handles += grid[0, 0].plot([], [], marker, color=face, mec="black", ms=4, ls="", label=label)
    figure.supxlabel("threshold (grey level of the stretched map)", fontsize=8)
    figure.supylabel("IoU", fontsize=8)
    figure.legend(handles=handles, loc="outside upper center", ncols=4, frameon=False, fontsize=8)
    best, cut = (frame[frame["at"].eq(word)]["iou"].mean() for word in (MAXIMUM, OTSU))
    alt = (
        f"IoU at every threshold for {len(drawn)} networks and {len(expressions)} expressions: in the mean "
        f"{cut:.3f} at Otsu's, {best:.3f} at the best one."
    )
    return finish(figure, name, alt)
