"""Figures at the widths of columns."""

import re
import zlib

import pytest

from fer_xai.report.plots.for_paper import WIDTHS, for_paper, svg_of
from fer_xai.report.plots.style import finish, house_style, new_figure


def sizes(pdf: bytes) -> tuple[float, float]:
    found = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    assert found
    return float(found[1]), float(found[2])


def first_stream(pdf: bytes) -> bytes:
    return zlib.decompress(re.split(rb"stream\r?\n", pdf)[1])


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    with house_style():
        figure = new_figure(8.6, 2.0)
        axes = figure.add_subplot()
        for number in range(6):
            axes.plot([0, 1], [0, number], label=f"a rather long name of line {number}")
        figure.legend(loc="outside upper center", ncols=4)
        drawing = finish(figure, "x", "a figure")
        assert drawing.figure is figure
        return dict(for_paper(figure, drawing.svg))


def test_both_widths_are_those_of_columns(files: dict[str, bytes]) -> None:
    assert set(files) == {f"{name}.{ending}" for name in WIDTHS for ending in ("pdf", "svg")}
    for name, width in WIDTHS.items():
        assert sizes(files[f"{name}.pdf"])[0] == pytest.approx(72 * width, abs=0.01)
        head = files[f"{name}.svg"].partition(b"<svg ")[2].partition(b">")[0].decode()
        assert float(re.search(r'width="([\d.]+)pt"', head)[1]) == pytest.approx(72 * width, abs=0.01)  # type: ignore[index]
        # All of the picture is in view, whatever its size.
        view = [float(number) for number in re.search(r'viewBox="([^"]+)"', head)[1].split()]  # type: ignore[index]
        height = float(re.search(r'height="([\d.]+)pt"', head)[1])  # type: ignore[index]
        assert view[2] / view[3] == pytest.approx(72 * width / height, rel=1e-3)


def test_letters_in_one_column_are_above_six_points(files: dict[str, bytes]) -> None:
    """The figure is laid out anew before it is scaled: by 3.5 / 5, of letters of nine points."""
    stream = first_stream(files["one_column.pdf"])
    scale = float(re.search(rb"([\d.]+) 0 0 \1 0 0 cm", stream)[1])  # type: ignore[index]
    assert scale == pytest.approx(3.5 / 5)
    letters = [float(size) for size in re.findall(rb"/F\d+ ([\d.]+) Tf", stream)]
    assert min(letters) * scale > 6


def test_lines_reach_as_far_as_the_picture(files: dict[str, bytes]) -> None:
    """What is scaled is cut to the page before it is scaled: nothing may be lost at the right or at the top."""
    stream = first_stream(files["two_columns.pdf"])
    points = [float(x) for x in re.findall(rb"^([\d.]+) [\d.]+ l$", stream, flags=re.MULTILINE)]
    assert max(points) > 0.9 * 72 * 8.6


def test_many_panels_beside_each_other_are_only_scaled() -> None:
    figure = new_figure(10.0, 2.0)
    figure.subplots(1, 5)
    figure.canvas.draw()
    figure.set_layout_engine("none")
    files = for_paper(figure, svg_of(figure))
    assert sizes(files["one_column.pdf"]) == pytest.approx((72 * 3.5, 72 * 0.7), abs=0.1)


@pytest.mark.filterwarnings("error")
def test_panels_at_places_of_their_own_are_only_scaled() -> None:
    figure = new_figure(8.0, 2.0)
    figure.set_layout_engine("none")
    figure.add_axes((0.1, 0.1, 0.8, 0.8))
    drawing = finish(figure, "x", "a figure")
    assert sizes(for_paper(figure, drawing.svg)["one_column.pdf"]) == pytest.approx((72 * 3.5, 72 * 0.875), abs=0.1)


def test_pictures_of_single_images_go_nowhere() -> None:
    figure = new_figure(2.0, 2.0)
    assert finish(figure, "x", "a figure", local=True).figure is None
