"""Weights of tiles as small pictures of the grid."""

from collections.abc import Mapping, Sequence

import numpy as np

from fer_xai.report.plots.signed import SIGNED
from fer_xai.report.plots.style import Drawing, finish, new_figure, shorten


def tile_maps(
    rows: Mapping[str, np.ndarray], expressions: Sequence[str], grid: tuple[int, int], name: str, alt: str
) -> Drawing:
    """A row of grids per network, a column per expression, each row in a scale of its own.

    Args:
        rows: (expressions, tiles) by title, tile = grid rows * column + row; NaN where there is none.
        expressions: their names.
        grid: columns and rows.
        name: of the files.
        alt: what the figure shows.
    """
    columns, lines = grid
    height = 0.95 * lines / columns
    figure = new_figure(0.95 * len(expressions) + 1.9, (height + 0.08) * len(rows) + 0.75)
    axes = figure.subplots(len(rows), len(expressions), squeeze=False)
    image = None
    for number, (title, weights) in enumerate(rows.items()):
        known = np.abs(weights[np.isfinite(weights)])
        top = float(known.max()) if known.size and known.max() > 0 else 1.0
        for place, (expression, values) in enumerate(zip(expressions, weights, strict=True)):
            panel = axes[number, place]
            picture = values.reshape(columns, lines).T / top
            image = panel.imshow(picture, cmap=SIGNED, vmin=-1, vmax=1, interpolation="nearest")
            panel.set_facecolor("#e4e4e4")
            panel.set_xticks([])
            panel.set_yticks([])
            panel.spines[:].set_visible(False)
            if not np.isfinite(picture).any():
                panel.text(0.5, 0.5, "n/a", ha="center", va="center", transform=panel.transAxes, fontsize=8)
            if number == 0:
                panel.set_title(expression, fontsize=9)
            if place == 0:
                panel.set_ylabel(shorten(title, 24), rotation=0, ha="right", va="center", fontsize=9)
    if image is not None:
        label = "took part less − 0 + more than the mean tile"
        bar = figure.colorbar(image, ax=axes, orientation="horizontal", shrink=0.5, aspect=40, pad=0.02, label=label)
        bar.set_ticks([])
        bar.outline.set_visible(False)
    return finish(figure, name, alt)
