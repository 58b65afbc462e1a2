"""Matrices of numbers that have a sign, with zero in the middle of the colours."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from skimage.color import lab2rgb, lch2lab


def _signed() -> mpl.colors.ListedColormap:
    """From blue over near white to orange; lightness falls evenly to both sides, so that equal steps look equal."""
    away = np.linspace(-1, 1, 257)
    hue = np.where(away < 0, np.deg2rad(265), np.deg2rad(55))
    lch = np.stack([96 - 54 * np.abs(away), 45 * np.abs(away), hue], axis=-1)
    return mpl.colors.ListedColormap(np.clip(lab2rgb(lch2lab(lch)), 0, 1), name="signed")


#: Diverging and perceptually even (CIELAB): for values whose sign matters.
SIGNED = _signed()


def signed_matrix(
    axes: Axes,
    matrix: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    top: float,
    digits: int = 2,
    missing: str = "n/a",
    sign: str = "+",
) -> mpl.image.AxesImage:
    """Draw a matrix with its numbers written into it.

    Args:
        axes: to draw into.
        matrix: (rows, columns); NaN stays grey.
        rows: names.
        columns: names.
        top: the colours reach from -top to top.
        digits: of the numbers.
        missing: stands where there is none.
        sign: of numbers above zero.
    """
    image = axes.imshow(matrix, cmap=SIGNED, vmin=-top, vmax=top, interpolation="nearest", aspect="auto")
    axes.set_facecolor("#e4e4e4")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xticks(range(len(columns)), columns, rotation=40, ha="right", rotation_mode="anchor", fontsize=8)
    axes.set_yticks(range(len(rows)), rows, fontsize=8)
    for (row, column), value in np.ndenumerate(matrix):
        known = np.isfinite(value)
        dark = known and abs(value) > 0.75 * top
        # Adding zero takes the sign from what is rounded to it.
        text = f"{round(value, digits) + 0.0:{sign}.{digits}f}" if known else missing
        axes.text(column, row, text, ha="center", va="center", fontsize=7.5, color="white" if dark else "black")
    return image
