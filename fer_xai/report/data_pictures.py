"""Pictures of the page of a data set: faces with landmarks, mean faces, how figures on quality are spread."""

import base64
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from fer_xai.data.preparation.image import UnreadableImage, read_image
from fer_xai.report.data_facts import DOUBTS
from fer_xai.report.plots.style import INK, Drawing, finish, new_figure

#: Side of a face on the page in pixels of its file; the page shows it at half that size, so that dots stay fine.
TILE = 264
_DOT = (80, 255, 120)


def face_tile(crop: np.ndarray, landmarks: np.ndarray | None = None) -> str:
    """A face as a data URI, with dots for its landmarks.

    Args:
        crop: uint8 (S, S, 3).
        landmarks: (68, 2) in pixels of the crop; None draws none.
    """
    scale = TILE / crop.shape[0]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    image = cv2.resize(crop, (TILE, TILE), interpolation=how)
    for x, y in np.empty((0, 2)) if landmarks is None else (landmarks + 0.5) * scale - 0.5:
        # The last argument: coordinates count sixteenths of a pixel.
        middle = (round(float(x) * 16), round(float(y) * 16))
        cv2.circle(image, middle, 40, (0, 0, 0), -1, cv2.LINE_AA, 4)
        cv2.circle(image, middle, 27, _DOT, -1, cv2.LINE_AA, 4)
    return _uri(image, 85)


def picture_tile(path: Path) -> str:
    """A whole picture file as a data URI, small; empty where it cannot be read."""
    try:
        image = read_image(path.read_bytes())
    except (OSError, UnreadableImage):
        return ""
    scale = TILE / max(image.shape[:2])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return _uri(cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), 85)


def mean_face_tile(face: np.ndarray) -> str:
    """A mean face, uint8 (rows, columns, 4) with its opacity last, as a data URI."""
    content = cv2.imencode(".png", cv2.cvtColor(face, cv2.COLOR_RGBA2BGRA))[1]
    return f"data:image/png;base64,{base64.b64encode(content.tobytes()).decode()}"


def _uri(image: np.ndarray, quality: int) -> str:
    content = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return f"data:image/jpeg;base64,{base64.b64encode(content.tobytes()).decode()}"


def quality_figure(frame: pd.DataFrame) -> Drawing:
    """Histograms of the figures on quality of all faces, outliers gathered at the ends."""
    known = [(name, unit) for _, name, unit, _ in DOUBTS if frame[name].notna().any()]
    # What is the same of all faces needs no picture.
    kinds = [(name, unit) for name, unit in known if _range(frame[name].dropna())[1]] or known[:1]
    columns = 4
    rows = -(-len(kinds) // columns)
    figure = new_figure(10.5, 1.9 * rows)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis, (name, unit) in zip(axes, kinds, strict=False):
        values = frame[name].dropna()
        (low, high), varies = _range(values)
        whole = bool((values == values.round()).all())
        bins = np.arange(np.floor(low), np.ceil(high) + 2) - 0.5 if whole and high - low < 100 else 40 if varies else 1
        axis.hist(np.clip(values, low, high), bins=bins, color="#0072B2")
        axis.set_title(name)
        axis.set_xlabel(unit)
        axis.tick_params(labelsize=7)
        axis.axvline(np.median(values), color=INK, linewidth=1)
    for axis in axes[len(kinds) :]:
        axis.set_visible(False)
    return finish(figure, "quality", "Histograms of the figures on quality; the line is the median.")


def _range(values: pd.Series) -> tuple[tuple[float, float], bool]:
    """Between which values nearly all lie, and whether they differ by more than rounding does."""
    low, high = np.quantile(values, [0.005, 0.995])
    return (float(low), float(high)), bool(high - low > 1e-4 * max(1.0, abs(high)))
