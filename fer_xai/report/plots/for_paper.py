"""Figures at the widths of a journal's columns, as PDF and SVG."""

import io
from collections.abc import Mapping
from typing import Any

from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_pdf import Op, PdfFile, RendererPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.legend import Legend

#: Widths in inches of one column and of two, as most journals have them.
WIDTHS = {"one_column": 3.5, "two_columns": 7.2}

# For one column a figure is laid out at this width before it is scaled, so that its letters stay above 6 points.
_LAID_OUT = 5.0
# More panels beside each other would leave no room for their names.
_PANELS = 3
# Entries of a legend that stand beside each other there.
_LEGEND_COLUMNS = 2
# Matplotlib's number for the lower centre.
_BELOW = 8
# Pixels per inch of what is drawn as pixels.
_DPI = 200


def for_paper(figure: Figure, svg: bytes) -> Mapping[str, bytes]:
    """A figure at both widths.

    For one column its parts are laid out anew where there was a layout; else, and with many panels, it is only scaled.

    Args:
        figure: drawn, within the house's style; its size and its legends are changed.
        svg: the figure as it was drawn.

    Returns:
        Contents of files by the ends of their names, such as `one_column.pdf`.
    """
    files = _scaled(figure, svg, "two_columns")
    width, height = figure.get_size_inches()
    if _has_layout(figure) and width > _LAID_OUT and _beside(figure) <= _PANELS:
        figure.set_layout_engine("constrained")
        figure.set_size_inches(_LAID_OUT, height * max(1.0, 0.6 * width / _LAID_OUT))
        for legend in list(figure.legends):
            _narrow(figure, legend)
        svg = svg_of(figure)
        figure.set_layout_engine("none")
    return files | _scaled(figure, svg, "one_column")


def svg_of(figure: Figure) -> bytes:
    """A figure as SVG, without a date, so that equal figures are equal files."""
    content = io.BytesIO()
    # Date is a key of SVG's metadata only.
    FigureCanvasSVG(figure).print_svg(content, metadata={"Date": None})
    return content.getvalue()


def _has_layout(figure: Figure) -> bool:
    """Whether a layout can place the parts of a figure: panels that were put at places of their own stay there."""
    return any(axes.get_subplotspec() is not None for axes in figure.axes)


def _beside(figure: Figure) -> int:
    """How many panels of a figure stand beside each other."""
    return len({round(axes.get_position().x0, 2) for axes in figure.axes})


def _narrow(figure: Figure, legend: Legend) -> None:
    """The same legend in fewer columns, above a figure or below it as it was."""
    handles: Any = legend.legend_handles
    labels = [text.get_text() for text in legend.get_texts()]
    title, size = legend.get_title().get_text(), legend.get_texts()[0].get_fontsize() if labels else 8
    # Where it was put is kept under a name of matplotlib's own.
    place: Any = "outside lower center" if getattr(legend, "_loc", None) == _BELOW else "outside upper center"
    legend.remove()
    look: dict[str, Any] = {"ncols": _LEGEND_COLUMNS, "frameon": False, "fontsize": size, "title": title or None}
    figure.legend(handles, labels, loc=place, **look)


def _scaled(figure: Figure, svg: bytes, name: str) -> dict[str, bytes]:
    """The figure as PDF and SVG, letters and all scaled to a width; a smaller one stays as it is."""
    size = figure.get_size_inches()
    scale = min(1.0, WIDTHS[name] / size[0])
    return {f"{name}.svg": _svg_at(svg, size * scale), f"{name}.pdf": _pdf(figure, scale)}


def _svg_at(content: bytes, size: tuple[float, float]) -> bytes:
    """The same picture at another size: matplotlib writes size and view box once each, at the top."""
    head, tag, rest = content.partition(b"<svg ")
    attributes, end, body = rest.partition(b">")
    words = [word for word in attributes.split(b'" ') if not word.startswith((b"width=", b"height="))]
    sizes = [f'{name}="{72 * value:g}pt'.encode() for name, value in zip(("width", "height"), size, strict=True)]
    return head + tag + b'" '.join([*sizes, *words]) + end + body


def _pdf(figure: Figure, scale: float) -> bytes:
    """The figure as PDF, scaled as a whole: matplotlib itself scales lines and areas, but no letters."""
    buffer = io.BytesIO()
    # PDF counts in points.
    figure.set_dpi(72)
    width, height = figure.get_size_inches()
    file = PdfFile(buffer, metadata={"CreationDate": None})
    try:
        file.newPage(width * scale, height * scale)
        file.output(scale, 0, 0, scale, 0, 0, Op.concat_matrix)
        # Lines are cut to the page before they are scaled.
        file.width, file.height = width, height
        pages = RendererPdf(file, _DPI, height, width)
        renderer: Any = MixedModeRenderer(figure, width, height, _DPI, pages, bbox_inches_restore=None)
        figure.draw(renderer)
        renderer.finalize()
        file.finalize()
    finally:
        file.close()
    return buffer.getvalue()
