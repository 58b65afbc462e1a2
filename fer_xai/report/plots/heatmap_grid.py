"""Global heatmaps: a row per network or explainer, a column per expression, over the face, with outlines of masks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.patheffects import Normal, Stroke
from skimage.measure import find_contours

from fer_xai.analysis.blind_maps import blind_reason
from fer_xai.face.canonical import CANONICAL_POINTS
from fer_xai.metrics.stretch import stretch
from fer_xai.report.plots.masks_figure import FACE_LINES
from fer_xai.report.plots.slivers import without_slivers
from fer_xai.report.plots.style import FAINT, HEAT, INK, Drawing, finish, new_figure, shorten
from fer_xai.results.pool import GlobalMaps

# Every second pixel is enough for a picture of hundreds of maps.
_STEP = 2
_GAP = 6
_OUTLINE = "#35f0ff"
#: Grey where there is no face, and what red, green and blue add to the grey of one.
NO_FACE, LUMINANCE = 0.9, (0.299, 0.587, 0.114)
# From stroke to stroke, in pixels of the picture.
_HATCH = 7
# A name of a row stands in so many lines of so many letters at most.
_NAME_LINES, _NAME_WIDTH = 4, 20


def heatmap_grid(
    labels: Sequence[str],
    maps: Sequence[GlobalMaps],
    references: Mapping[str, Mapping[str, np.ndarray]],
    face: np.ndarray | None,
    words: str,
    name: str = "heatmaps",
    scores: Sequence[Sequence[float]] | None = None,
) -> Drawing:
    """Draw all maps, each stretched from its minimum to its maximum.

    Pixels that under half of the images show, which no score counts, are hatched.

    Args:
        labels: names of the rows.
        maps: their maps, all of the same expressions.
        references: masks (y, x) bool by the reference's name for people and expression; the first rows show them, and
            the first one's are outlined in all.
        face: (y, x, 3) in [0, 1], NaN where no face is shown, or None: the canonical face's lines are drawn instead.
        words: what the maps are of, and what the rows are.
        name: of the files.
        scores: of each row's maps, NaN where there is none; None for no figures in the cells.
    """
    expressions = maps[0].expressions
    cells = _Cells([in_lines(label) for label in (*references, *labels)], len(expressions), maps[0].mean.shape[1:])
    grey = _grey(face, cells.shape)
    canvas = cells.canvas()
    for j, expression in enumerate(expressions):
        for i, masks in enumerate(references.values()):
            _paste(canvas, cells.corner(i, j), _mask_cell(grey, masks.get(expression)))
        for i, item in enumerate(maps, start=len(references)):
            _paste(canvas, cells.corner(i, j), _cell(item.mean[j], item.valid[j], grey))
    figure, axes = _canvas_axes(canvas.shape, cells.names)
    axes.imshow(canvas, interpolation="bilinear")
    # Outlines reach half a pixel beyond the cells, and must not move them.
    axes.set_autoscale_on(False)
    axes.set_xticks([cells.middle(0, j)[0] for j in range(len(expressions))], expressions, fontweight="bold")
    axes.set_yticks([cells.middle(i, 0)[1] for i in range(len(cells.names))], cells.names)
    for j, expression in enumerate(expressions):
        own = [_outline(masks.get(expression)) for masks in references.values()]
        for i in range(len(cells.names)):
            _draw(axes, own[i] if i < len(own) else own[0], cells.corner(i, j), _OUTLINE, 1.0)
            if face is None:
                colour = "white" if i >= len(references) else FAINT
                _draw(axes, _face_lines(), cells.corner(i, j), colour, 0.5, halo=False)
        for i, item in enumerate(maps, start=len(references)):
            _write(axes, cells.middle(i, j), _obstacle(item, j), 8)
            if scores is not None and math.isfinite(scores[i - len(references)][j]):
                _write(axes, cells.lower_right(i, j), f"{scores[i - len(references)][j]:.2f}", 6.5)
    _legends(figure, axes, grey, maps)
    alt = f"Global heatmaps {words}: {len(labels)} rows, {len(expressions)} expressions in columns"
    return finish(
        figure, name, f"{alt}, over the face, with the outline of each expression's mask.", inline="png", dpi=110
    )


@dataclass(frozen=True)
class _Cells:
    """Where the cells of a grid lie, in pixels of its picture.

    Attributes:
        names: of the rows.
        columns: how many.
        frame: height and width of a map.
    """

    names: list[str]
    columns: int
    frame: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of a cell."""
        return -(-self.frame[0] // _STEP), -(-self.frame[1] // _STEP)

    def canvas(self) -> np.ndarray:
        """An empty picture, (y, x, 3)."""
        below, right = self.corner(len(self.names), self.columns)
        return np.ones((below - _GAP, right - _GAP, 3))

    def corner(self, row: int, column: int) -> tuple[int, int]:
        """Upper left corner of a cell, as (y, x)."""
        return row * (self.shape[0] + _GAP), column * (self.shape[1] + _GAP)

    def middle(self, row: int, column: int) -> tuple[float, float]:
        """Middle of a cell, as (x, y)."""
        y, x = self.corner(row, column)
        return x + self.shape[1] / 2, y + self.shape[0] / 2

    def lower_right(self, row: int, column: int) -> tuple[float, float]:
        """Where a cell's figure stands, as (x, y)."""
        y, x = self.corner(row, column)
        return x + self.shape[1] - 16, y + self.shape[0] - 9


def in_lines(name: str) -> str:
    """A name in lines that are short enough to stand beside a row, broken between words where that goes.

    Examples:
        >>> print(in_lines("efficientnetv2 (identity-0f3a99c1d2)"))
        efficientnetv2
        (identity-0f3a99c1d2)
    """
    lines = wrap(name, _NAME_WIDTH + 4) or [""]
    return "\n".join(
        lines
        if len(lines) <= _NAME_LINES
        else [*lines[: _NAME_LINES - 1], shorten(" ".join(lines[_NAME_LINES - 1 :]), _NAME_WIDTH)]
    )


def _legends(figure: Figure, axes: Axes, grey: np.ndarray, maps: Sequence[GlobalMaps]) -> None:
    """The scale of relevance below the grid, and what hatched pixels are where there are any."""
    place, height = axes.get_position(), figure.get_figheight()
    below = figure.add_axes((place.x0, 0.75 / height, place.width, 0.12 / height))
    scale = mpl.cm.ScalarMappable(cmap=_over_grey(grey))
    bar = figure.colorbar(scale, cax=below, orientation="horizontal")
    bar.set_label("relevance, each map from its minimum (0) to its maximum (1); line: outline of the mask")
    bar.outline.set_visible(False)
    if any(_hides(valid) for item in maps for valid in item.valid):
        patch = Patch(
            facecolor="white", edgecolor=INK, hatch="//////", label="under half of the images show it: not scored"
        )
        figure.legend(handles=[patch], loc="lower center", frameon=False, fontsize=8)


def _hides(valid: np.ndarray) -> bool:
    """Whether some of a map's pixels are hatched, beside lines that are too thin for it."""
    return bool(valid.any()) and not without_slivers(valid, valid)[1].all()


def _write(axes: Axes, place: tuple[float, float], word: str, size: float) -> None:
    text = axes.text(*place, word, ha="center", va="center", fontsize=size, color="white")
    text.set_path_effects([Stroke(linewidth=2, foreground="#000000"), Normal()])


def _obstacle(maps: GlobalMaps, number: int) -> str:
    """Why a cell shows no map, or one that shows nothing; in lines that fit a cell."""
    if not maps.valid[number].any():
        return "no heatmap"
    return "\n".join(wrap(blind_reason(maps, number), 14))


def _canvas_axes(shape: tuple[int, ...], labels: Sequence[str]) -> tuple[Figure, Axes]:
    """A figure around a canvas, with room for the names at its left and the scale below it."""
    longest = max(len(line) for label in labels for line in label.splitlines())
    left, top, bottom = 0.2 + 0.085 * longest, 0.35, 0.98
    width = 7.2
    height = width * shape[0] / shape[1]
    figure = new_figure(left + width + 0.15, top + height + bottom)
    figure.set_layout_engine("none")
    total_width, total_height = figure.get_size_inches()
    axes = figure.add_axes((left / total_width, bottom / total_height, width / total_width, height / total_height))
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    return figure, axes


def _grey(face: np.ndarray | None, shape: tuple[int, int]) -> np.ndarray:
    """The face in grey; nearly white where there is none."""
    if face is None:
        return np.full((*shape, 3), NO_FACE)
    whole, _ = without_slivers(face, np.isfinite(face).all(axis=-1))
    luminance = whole[::_STEP, ::_STEP] @ np.array(LUMINANCE)
    return np.repeat(np.clip(np.nan_to_num(luminance, nan=NO_FACE), 0, 1)[..., None], 3, -1)


def _cell(mean: np.ndarray, valid: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """A map over the face: the more relevance, the less of the face shines through."""
    if not valid.any():
        return 0.5 + 0.5 * grey
    stretched, shown = without_slivers(np.asarray(stretch(np.where(valid, mean, 0.0), valid)), valid)
    values, ok = np.nan_to_num(stretched)[::_STEP, ::_STEP], shown[::_STEP, ::_STEP]
    colour = mpl.colormaps[HEAT](values)[..., :3]
    alpha = _alpha(values)
    return np.where(ok[..., None], alpha * colour + (1 - alpha) * grey, _hatched(grey))


def _hatched(grey: np.ndarray) -> np.ndarray:
    """The face under diagonal strokes: what too few images show."""
    y, x = np.indices(grey.shape[:2])
    stroke = np.asarray((x + y) % _HATCH < 2)
    return np.where(stroke[..., None], 0.35, 0.3 + 0.7 * grey)


def _alpha(values: np.ndarray) -> np.ndarray:
    return (0.35 + 0.6 * values)[..., None]


def _over_grey(grey: np.ndarray) -> mpl.colors.ListedColormap:
    """The colour map as it looks over the middle of the face."""
    values = np.linspace(0, 1, 256)
    alpha = _alpha(values)
    return mpl.colors.ListedColormap(alpha * mpl.colormaps[HEAT](values)[:, :3] + (1 - alpha) * float(np.median(grey)))


def _mask_cell(grey: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    if mask is None:
        return grey
    shade = 0.45 * mask[::_STEP, ::_STEP, None]
    return (1 - shade) * grey + shade * np.array([0.0, 0.62, 0.68])


def _paste(canvas: np.ndarray, corner: tuple[int, int], cell: np.ndarray) -> None:
    y, x = corner
    canvas[y : y + cell.shape[0], x : x + cell.shape[1]] = cell


def _outline(mask: np.ndarray | None) -> list[np.ndarray]:
    """Outlines of a mask as (x, y) lines in the cell's own pixels."""
    if mask is None:
        return []
    padded = np.pad(mask.astype(float), 1)
    return [(line[:, ::-1] - 1) / _STEP for line in find_contours(padded, 0.5)]


def _face_lines() -> list[np.ndarray]:
    lines = []
    for points, closed in FACE_LINES:
        order = [*points, points[0]] if closed else list(points)
        lines.append(CANONICAL_POINTS[order] / _STEP)
    return lines


def _draw(
    axes: Axes, lines: list[np.ndarray], corner: tuple[int, int], colour: str, width: float, halo: bool = True
) -> None:
    if not lines:
        return
    y, x = corner
    drawn = LineCollection([line + np.array([x, y]) for line in lines], colors=colour, linewidths=width)
    if halo:
        drawn.set_path_effects([Stroke(linewidth=width + 0.9, foreground="#000000"), Normal()])
    axes.add_collection(drawn)
