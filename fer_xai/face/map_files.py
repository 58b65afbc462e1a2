"""Reading one map of relevance, a heatmap or an observer's, from an image, an array or a table of numbers."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image, UnidentifiedImageError

#: Endings of files that hold maps as a rule; a `.csv` may hold one, too, but mostly holds something else.
SUFFIXES = frozenset({".png", ".npy", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"})

_SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I")


class UnreadableMapError(Exception):
    """A file that holds no usable heatmap; the message says why."""


@dataclass(frozen=True)
class HeatmapFile:
    """A heatmap as read: `values` (y, x) float64, and remarks on what was done or noticed."""

    values: np.ndarray
    remarks: tuple[str, ...] = ()


def read_map(path: Path, unknown: bool = False, part: str | int | None = None) -> HeatmapFile:
    """Read a map; grey images and whole-number arrays of n bits are divided by 2**n - 1.

    Args:
        path: a grey image (8 or 16 bits; colour is turned into grey), a `.npy` array (y, x), or a `.csv` of nothing
            but numbers, a line for each row of the map. With `part`, an array file of several maps.
        unknown: whether values may be NaN, for pixels that nothing is known of.
        part: which map of a file of several: the number, from 0, in a `.npy` array (n, y, x), or the name of an array
            in a `.npz` file.

    Raises:
        UnreadableMapError: no image, an array of another shape or kind, or values that are not finite.
    """
    if part is not None or path.suffix.lower() == ".npz":
        heatmap = _of_array(_part_of(path, part))
    else:
        read = {".npy": _read_array, ".csv": _read_table}.get(path.suffix.lower(), _read_image)
        heatmap = read(path)
    bad = np.isinf(heatmap.values) if unknown else ~np.isfinite(heatmap.values)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise UnreadableMapError(
            f"{bad.sum()} of {bad.size} values {'' if unknown else 'NaN or '}infinite, "
            f"the first at row {row}, column {column}"
        )
    known = heatmap.values[np.isfinite(heatmap.values)]
    remarks = heatmap.remarks
    if not known.any():
        remarks += ("is zero everywhere: its scores are undefined",)
    elif known.max() == known.min():
        remarks += ("has one value everywhere: its scores are undefined",)
    return HeatmapFile(heatmap.values, remarks)


def _read_array(path: Path) -> HeatmapFile:
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UnreadableMapError(f"cannot be read as an array: {error}") from error
    return _of_array(array)


def _part_of(path: Path, part: str | int | None) -> np.ndarray:
    """One of the maps of a file of several; of a large array only this one is read."""
    try:
        array = np.load(path, allow_pickle=False, mmap_mode="r")
        if isinstance(array, np.ndarray):
            return np.asarray(array[int(part or 0)]) if array.ndim == 3 else np.asarray(array)
        with array:
            if part not in array:
                raise UnreadableMapError(f"has no array '{part}' (it has: {', '.join(array.files[:6])} ...)")
            return array[part]
    except IndexError:
        raise UnreadableMapError(f"has {len(array)} maps, none of number {part}") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UnreadableMapError(f"cannot be read as an array: {error}") from error


def _of_array(array: Any) -> HeatmapFile:
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.size == 0:
        shape = getattr(array, "shape", None)
        raise UnreadableMapError(f"has shape {shape}, expected one map (rows, columns)")
    if array.dtype.kind in "ui" and array.dtype.itemsize <= 2:
        return HeatmapFile(array.astype(np.float64) / np.iinfo(array.dtype).max)
    if array.dtype.kind not in "fuib":
        raise UnreadableMapError(f"holds {array.dtype}, expected numbers")
    return HeatmapFile(array.astype(np.float64))


def _read_table(path: Path) -> HeatmapFile:
    try:
        with path.open(encoding="utf-8-sig") as text:
            first = text.readline()
        separator = next((sign for sign in "\t;, " if sign in first.strip()), ",")
        decimal = "." if separator == "," else ","
        decimal = decimal if decimal in first else "."
        table = pd.read_csv(path, header=None, sep=separator, decimal=decimal, encoding="utf-8-sig", dtype=np.float64)
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors
        raise UnreadableMapError(f"cannot be read as a table of numbers: {error}") from error
    return HeatmapFile(table.to_numpy())


def _read_image(path: Path) -> HeatmapFile:
    try:
        with Image.open(path) as image:
            image.load()
            mode = image.mode
            if mode in ("L", "1"):
                return HeatmapFile(np.asarray(image.convert("L"), dtype=np.float64) / 255)
            if mode in _SIXTEEN_BIT:
                values = np.asarray(image, dtype=np.float64) / 65535
                return HeatmapFile(values, ("has 16 bits: converted from 0..65535 to 0..1",))
            if mode == "F":
                return HeatmapFile(np.asarray(image, dtype=np.float64))
            return _grey(np.asarray(image.convert("RGB"), dtype=np.float64) / 255)
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise UnreadableMapError(f"cannot be read as an image: {error}") from error


def _grey(colour: np.ndarray) -> HeatmapFile:
    if (colour == colour[..., :1]).all():
        return HeatmapFile(colour[..., 0], ("is stored in colour but grey: converted",))
    # Luminance after Rec. 601, the usual one for eight-bit images.
    remark = "is in colour: converted by luminance, which is right only for maps whose brightness rises with relevance"
    return HeatmapFile(colour @ np.array([0.299, 0.587, 0.114]), (remark,))
