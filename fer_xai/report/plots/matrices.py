"""Matrices as pictures: distances between networks, and confusions."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np

from fer_xai.report.plots.style import COUNTS, DISTANCE, Drawing, finish, new_figure, shorten

# Up to so many rows the figures themselves are written into the cells.
_WRITTEN = 8


def distance_matrices(matrices: Mapping[str, np.ndarray], labels: Sequence[str], name: str, alt: str) -> Drawing:
    """A panel per expression, all in one colour scale from 0 to the largest distance.

    Args:
        matrices: (n, n) by title, 1 - NCC, NaN where undefined.
        labels: names of the n networks.
        name: of the files.
        alt: what the figure shows.
    """
    n = len(labels)
    columns = min(3, len(matrices))
    lines = -(-len(matrices) // columns)
    names = [shorten(label, 20) for label in labels]
    longest = max(len(label) for label in names)
    cell = max(0.19, 1.9 / n)
    margin = 0.075 * longest
    figure = new_figure(columns * (cell * n + 0.15) + margin + 0.9, lines * (cell * n + 0.35) + margin + 0.1)
    finite = [matrix[np.isfinite(matrix)] for matrix in matrices.values()]
    top = max((values.max() for values in finite if values.size), default=1.0) or 1.0
    grid = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
    image = None
    for axes, (title, matrix) in zip(grid.ravel(), matrices.items(), strict=False):
        axes.set_title(title, loc="left")
        image = _image(axes, matrix, DISTANCE, 0.0, top, "{:.2f}" if n <= _WRITTEN else None)
        axes.set_xticks(range(n), names, rotation=90, fontsize=8)
        axes.set_yticks(range(n), names, fontsize=8)
    for axes in grid.ravel()[len(matrices) :]:
        axes.set_axis_off()
    if image is not None:
        figure.colorbar(image, ax=grid, label="distance, 1 − NCC", shrink=0.8, pad=0.01).outline.set_visible(False)
    return finish(figure, name, alt)


def confusions(tables: Mapping[str, np.ndarray], expressions: Sequence[str], name: str, alt: str) -> Drawing:
    """A panel per network: shares of the images of each true expression, rows sum to one.

    Args:
        tables: (true, predicted) numbers of images by network.
        expressions: their order.
        name: of the files.
        alt: what the figure shows.
    """
    n = len(expressions)
    columns = min(4, len(tables))
    lines = -(-len(tables) // columns)
    figure = new_figure(columns * 2.1 + 1.6, lines * 2.25 + 1.0)
    grid = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
    image = None
    for axes, (title, table) in zip(grid.ravel(), tables.items(), strict=False):
        totals = table.sum(1, keepdims=True)
        shares = np.divide(table, totals, out=np.full(table.shape, np.nan), where=totals > 0)
        axes.set_title(shorten(title), loc="left", fontsize=9)
        image = _image(axes, shares, COUNTS, 0.0, 1.0, "{:.0%}")
        axes.set_xticks(range(n), expressions, rotation=90, fontsize=8)
        axes.set_yticks(range(n), expressions, fontsize=8)
    for axes in grid.ravel()[len(tables) :]:
        axes.set_axis_off()
    figure.supxlabel("predicted", fontsize=9)
    figure.supylabel("true", fontsize=9)
    if image is not None:
        figure.colorbar(image, ax=grid, label="share of the images", shrink=0.8, pad=0.01).outline.set_visible(False)
    return finish(figure, name, alt)


def _image(
    axes: mpl.axes.Axes, matrix: np.ndarray, cmap: str, low: float, high: float, written: str | None
) -> mpl.image.AxesImage:
    image = axes.imshow(matrix, cmap=cmap, vmin=low, vmax=high, interpolation="nearest")
    axes.set_facecolor("#eeeeee")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    if written is None:
        return image
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            red, green, blue, _ = image.cmap(image.norm(value))
            dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.55
            text = written.format(value)
            axes.text(column, row, text, ha="center", va="center", fontsize=6.5, color="white" if dark else "black")
    return image
