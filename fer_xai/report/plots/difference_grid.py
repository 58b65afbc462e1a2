"""Differences of maps over the canonical face: comparisons in rows, expressions in columns, significance outlined."""

from collections.abc import Sequence

import numpy as np
from matplotlib.collections import LineCollection
from skimage.measure import find_contours

from fer_xai.face.canonical import CANONICAL_POINTS
from fer_xai.report.plots.masks_figure import FACE_LINES
from fer_xai.report.plots.signed import SIGNED
from fer_xai.report.plots.style import INK, Drawing, finish, new_figure

#: Difference and family-wise p (y4, x4), NaN where pixels take no part; None where nothing was compared.
Compared = tuple[np.ndarray, np.ndarray] | None

# Pixels of the maps, which have a quarter of the frame's resolution.
_STEP, _GAP = 4, 3
_FACE = "#9a9a9a"


def difference_grid(
    labels: Sequence[str],
    cells: Sequence[Sequence[Compared]],
    expressions: Sequence[str],
    level: float,
    name: str,
    alt: str,
) -> Drawing:
    """Draw the differences on one scale, each with the outline of the pixels whose p is at most the level.

    Args:
        labels: names of the rows, at least one, in lines.
        cells: by row and expression; at least one is there.
        expressions: names of the columns.
        level: of significance.
        name: of the files.
        alt: what the figure shows.
    """
    there = [cell for row in cells for cell in row if cell is not None]
    height, width = there[0][0].shape
    # A few pixels beyond the scale must not make all others pale.
    top = max(float(np.nanpercentile(np.abs(difference), 99)) for difference, _ in there) or 1.0
    shape = len(labels) * (height + _GAP) - _GAP, len(expressions) * (width + _GAP) - _GAP
    canvas = np.full(shape, np.nan)
    longest = max(len(line) for label in labels for line in label.split("\n"))
    left, above, below, across = 0.2 + 0.085 * longest, 0.3, 0.7, 6.6
    tall = across * shape[0] / shape[1]
    figure = new_figure(left + across + 0.1, above + tall + below)
    figure.set_layout_engine("none")
    full_width, full_height = figure.get_size_inches()
    axes = figure.add_axes((left / full_width, below / full_height, across / full_width, tall / full_height))
    face, outlines = [], []
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            y, x = i * (height + _GAP), j * (width + _GAP)
            corner = np.array([x, y])
            if cell is None:
                middle = x + width / 2, y + height / 2
                axes.text(*middle, "not\ncompared", ha="center", va="center", fontsize=7, color=INK)
                continue
            face += [line + corner for line in _face_lines()]
            difference, p = cell
            canvas[y : y + height, x : x + width] = difference
            # A margin of nothing closes outlines at the edge.
            marked = np.pad((np.nan_to_num(p, nan=1.0) <= level).astype(float), 1)
            outlines += [line[:, ::-1] - 1 + corner for line in find_contours(marked, 0.5)]
    image = axes.imshow(canvas, cmap=SIGNED, vmin=-top, vmax=top, interpolation="nearest")
    axes.add_collection(LineCollection(face, colors=_FACE, linewidths=0.5))
    axes.add_collection(LineCollection(outlines, colors="black", linewidths=1.1))
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.set_xticks([j * (width + _GAP) + width / 2 for j in range(len(expressions))], expressions, fontweight="bold")
    axes.set_yticks([i * (height + _GAP) + height / 2 for i in range(len(labels))], list(labels))
    axes.set_xlim(-0.5, shape[1] - 0.5)
    axes.set_ylim(shape[0] - 0.5, -0.5)
    bar_axes = figure.add_axes((left / full_width, 0.42 / full_height, across / full_width, 0.12 / full_height))
    bar = figure.colorbar(image, cax=bar_axes, orientation="horizontal", extend="both")
    bar.set_label("difference in standard deviations of a map; black line: significant")
    bar.outline.set_visible(False)
    return finish(figure, name, alt, inline="png", dpi=110)


def _face_lines() -> list[np.ndarray]:
    """Lines of the canonical face, in pixels of the maps: (n, 2) x, y."""
    points = (CANONICAL_POINTS + 0.5) / _STEP - 0.5
    return [points[[*numbers, numbers[0]] if closed else list(numbers)] for numbers, closed in FACE_LINES]
