"""How every figure looks, and how it is kept."""

import base64
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from fer_xai.files import write_bytes
from fer_xai.report.plots.for_paper import svg_of

#: Colours that stay apart for colour-blind readers (Okabe and Ito 2008), by pretraining; others follow in order.
PRETRAINING = {"none": "#D55E00", "imagenet": "#0072B2"}
FURTHER = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31")
UNKNOWN = "#555555"
INK, FAINT = "#1d2330", "#8a93a3"

#: Perceptually uniform colour maps: of relevance, of distances, of counts.
HEAT, DISTANCE, COUNTS = "inferno", "viridis_r", "cividis"

# Of pictures of maps on the page, from 0 to 100; the files beside it have every pixel.
_QUALITY = 85

_RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.usetex": False,
    "text.parse_math": False,
    "svg.hashsalt": "fer_xai",
    # Letters that journals can embed and readers can copy.
    "pdf.fonttype": 42,
}


@dataclass(frozen=True)
class Drawing:
    """A finished figure.

    Attributes:
        name: file name without ending.
        alt: what a reader who cannot see it has to know.
        png: the figure as PNG.
        svg: the figure as SVG.
        inline: which of the two the page shows: vectors for lines, pixels for maps.
        local: whether it shows single images' maps or faces, and is sent nowhere.
        figure: as matplotlib has it, for other widths; None of what is local.
    """

    name: str
    alt: str
    png: bytes
    svg: bytes
    inline: str = "svg"
    local: bool = False
    figure: Figure | None = field(default=None, repr=False, compare=False)

    @property
    def uri(self) -> str:
        """The figure as a data URI."""
        kind, content = ("image/svg+xml", self.svg) if self.inline == "svg" else ("image/webp", _webp(self.png))
        return f"data:{kind};base64,{base64.b64encode(content).decode()}"

    def write(self, folder: Path) -> None:
        """Write both forms into `folder`."""
        write_bytes(folder / f"{self.name}.png", self.png)
        write_bytes(folder / f"{self.name}.svg", self.svg)


def _webp(png: bytes) -> bytes:
    """A picture of maps in a tenth of the bytes."""
    content = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").save(content, "WEBP", quality=_QUALITY)
    return content.getvalue()


@contextmanager
def house_style() -> Iterator[None]:
    """Settings of matplotlib for all figures; names that come from data are never read as formulas."""
    with mpl.rc_context(_RC):
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches that belongs to no window."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def finish(figure: Figure, name: str, alt: str, *, inline: str = "svg", dpi: int = 150, local: bool = False) -> Drawing:
    """Draw a figure as PNG and as SVG, without dates, so that equal figures are equal files."""
    # Drawing and laying out are the slow parts: each form is drawn once (`savefig` draws twice), laid out by the first.
    figure.set_dpi(dpi)
    png = io.BytesIO()
    FigureCanvasAgg(figure).print_png(png, pil_kwargs={"compress_level": 3})
    figure.set_layout_engine("none")
    return Drawing(name, alt, png.getvalue(), svg_of(figure), inline, local, None if local else figure)


def colours_of(words: Sequence[str]) -> dict[str, str]:
    """A colour for each word of a factor."""
    known = {word: PRETRAINING[word] for word in words if word in PRETRAINING}
    others = [word for word in dict.fromkeys(words) if word and word not in known]
    known |= {word: FURTHER[number % len(FURTHER)] for number, word in enumerate(others)}
    return known | ({"": UNKNOWN} if "" in words else {})


def shorten(text: str, length: int = 28) -> str:
    """`text` with its middle left out where it is longer than `length`."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"
