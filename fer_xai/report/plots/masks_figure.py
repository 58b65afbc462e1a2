"""The picture of the references: what each one claims for each expression, drawn over the canonical face."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fer_xai.errors import UserError
from fer_xai.expressions import SYNONYMS
from fer_xai.face.canonical import canonical_points
from fer_xai.face.masks import Reference, Region

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colours of the parts of the face (Okabe and Ito's, which colour-blind people can tell apart).
PART_COLOURS = {
    "forehead": "#0072B2",
    "temples": "#56B4E9",
    "brows": "#E69F00",
    "eyes": "#009E73",
    "nose": "#CC79A7",
    "cheeks": "#F0E442",
    "mouth": "#D55E00",
    "chin": "#8C6BB1",
}
WITHOUT_REGIONS, LINES, TEXT = "#D55E00", "#4A4A4A", "#222222"
#: dlib's landmarks along each line of the face, and whether the line is closed.
FACE_LINES = (
    (range(17), False),
    (range(17, 22), False),
    (range(22, 27), False),
    (range(27, 31), False),
    (range(31, 36), False),
    (range(36, 42), True),
    (range(42, 48), True),
    (range(48, 60), True),
    (range(60, 68), True),
)


def draw_masks(references: Sequence[Reference], path: str | Path) -> Path:
    """Draw references over the canonical face: one row per reference, one column per expression that any of them has.

    Each region has the colour of the part of the face that it covers, the paler the less it weighs, and bears its name
    (once, where there is a left and a right one). Under each face stands how much of the frame the mask covers.

    Args:
        references: at least one.
        path: file to write; its ending chooses the format (png, svg, pdf).

    Returns:
        The path.

    Raises:
        UserError: nothing to draw, no folder to write to, or an ending that is no picture.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    path = Path(path)
    if not references:
        raise UserError("no reference to draw: give at least one of those in conf/reference")
    if not path.parent.is_dir():
        raise UserError(f"cannot write {path}: there is no folder {path.parent}")
    expressions = [name for name in SYNONYMS if any(name in reference for reference in references)]
    figure = Figure(
        figsize=(2.6 * len(expressions), 3.3 * len(references) + 0.75), layout="constrained", facecolor="white"
    )
    canvas = FigureCanvasAgg(figure)
    endings = canvas.get_supported_filetypes()
    if path.suffix.lstrip(".").lower() not in endings:
        raise UserError(f"cannot write {path}: a picture's name ends in one of {', '.join(sorted(endings))}")
    axes = figure.subplots(len(references), len(expressions), squeeze=False)
    for row, reference in zip(axes, references, strict=True):
        for axis, expression in zip(row, expressions, strict=True):
            _draw(axis, reference, expression)
        row[0].set_ylabel(reference.name.replace("_", " "), fontsize=13, color=TEXT, labelpad=8)
    for axis, expression in zip(axes[0], expressions, strict=True):
        axis.set_title(expression, fontsize=13, color=TEXT)
    _add_legend(figure, references)
    figure.savefig(path, dpi=170)
    return path


def _draw(axis: "Axes", reference: Reference, expression: str) -> None:
    from matplotlib.colors import to_rgb

    rows, columns = reference.frame
    has = expression in reference
    regions = reference.regions[expression] if has else ()
    if regions:
        for region in regions:
            _draw_region(axis, region)
    elif has:
        shade = np.empty((rows, columns, 4))
        shade[..., :3], shade[..., 3] = to_rgb(WITHOUT_REGIONS), 0.75 * reference.weights_of(expression)
        axis.imshow(shade, extent=(-0.5, columns - 0.5, rows - 0.5, -0.5))
    points = canonical_points(reference.frame)
    for numbers, closed in FACE_LINES:
        line = points[list(numbers) + ([numbers[0]] if closed else [])]
        axis.plot(*line.T, color=LINES, linewidth=1.1, solid_capstyle="round", solid_joinstyle="round", zorder=3)
    for name, (x, y) in _labels(regions).items():
        _write(axis, name, x, y)
    axis.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5), aspect="equal", xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set(color="#CFCFCF", linewidth=0.8)
    words = f"{100 * reference.mask(expression).mean():.0f} % of the frame" if has else "not in this reference"
    axis.set_xlabel(words, fontsize=8.5, color="#666666", labelpad=3)


def _draw_region(axis: "Axes", region: Region) -> None:
    from matplotlib.patches import Polygon

    colour = _colour(region)
    axis.add_patch(Polygon(region.outline, facecolor=colour, edgecolor="none", alpha=0.6 * region.weight, zorder=1))
    axis.add_patch(Polygon(region.outline, facecolor="none", edgecolor="white", linewidth=0.9, zorder=2))


def _write(axis: "Axes", text: str, x: float, y: float) -> None:
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=1.8, foreground="white")]
    axis.text(x, y, text, fontsize=5.8, color=TEXT, ha="center", va="center", path_effects=halo, zorder=4)


def _labels(regions: Sequence[Region]) -> dict[str, tuple[float, float]]:
    """A label for each name, with its place: the largest of the regions that bear it, the left one of two alike."""
    sizes: dict[str, float] = {}
    places: dict[str, tuple[float, float]] = {}
    for region in sorted(regions, key=lambda region: _centre(region.outline)[0]):
        words = region.name.removeprefix("left_").removeprefix("right_").replace("_", " ")
        name = words.split()[0] if words.startswith("AU") else "\n".join(words.split(" ", 1))
        if abs(_area(region.outline)) > 1.2 * sizes.get(name, 0):
            sizes[name], places[name] = abs(_area(region.outline)), _centre(region.outline)
    return _apart(places)


def _apart(places: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Labels moved down where they would cover one that is written above them."""
    written: dict[str, tuple[float, float]] = {}
    for name, (x, y) in sorted(places.items(), key=lambda item: item[1][1]):
        for other, (other_x, other_y) in written.items():
            width = 2.2 * max(len(line) for text in (name, other) for line in text.split("\n"))
            height = 4.6 * (name.count("\n") + other.count("\n") + 2)
            if abs(x - other_x) < width and y - other_y < height:
                y = other_y + height
        written[name] = (x, y)
    return written


def _area(outline: np.ndarray) -> float:
    """Area of an outline, its sign by the turning sense."""
    x, y = outline.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def _centre(outline: np.ndarray) -> tuple[float, float]:
    """Centre of mass of an outline's area."""
    x, y = outline.T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    centre_x, centre_y = (((v + np.roll(v, -1)) * cross).sum() / (6 * _area(outline)) for v in (x, y))
    return float(centre_x), float(centre_y)


def _colour(region: Region) -> str:
    return PART_COLOURS.get(region.covers[0] if region.covers else "", "#999999")


def _add_legend(figure: "Figure", references: Sequence[Reference]) -> None:
    from matplotlib.patches import Patch

    used = {region.covers[0] for r in references for parts in r.regions.values() for region in parts if region.covers}
    patches = [Patch(facecolor=c, alpha=0.6, label=part) for part, c in PART_COLOURS.items() if part in used]
    if patches:
        figure.legend(handles=patches, loc="outside lower center", ncols=len(patches), frameon=False, fontsize=10)
