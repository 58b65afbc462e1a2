"""Pictures that come as numbers in a csv file: written once as PNG files into the cache."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.progress import track

from fer_xai.data.sources.setting import setting
from fer_xai.data.sources.table_columns import need_column, refuse_images
from fer_xai.data.sources.unpacked import unpacked
from fer_xai.tables.columns import Header, find_column
from fer_xai.tables.csv import read_csv, read_in_parts

#: Rows that are held in memory at once.
_ROWS = 2000


def unpack(file: Path, cache: Path, size: int) -> tuple[pd.DataFrame, Path]:
    """Write the pictures of a csv file, unless that has been done.

    Args:
        file: has the columns emotion and pixels (numbers from 0 to 255 between blanks, row by row), and perhaps usage.
        cache: the cache folder.
        size: pictures have so many pixels to a side.

    Returns:
        Columns line (of the csv file), emotion, usage, picture (name of the file, empty if the pixels are no picture);
        and the folder of the pictures.

    Raises:
        UserError: a column is missing, or the cache cannot be written.
    """
    folder = unpacked(file, cache, "pixels", f"{size}px", lambda part: _write(file, part, size))
    return read_csv(folder / "index.csv", "cache_dir"), folder


def _write(file: Path, folder: Path, size: int) -> None:
    index = []
    parts = read_in_parts(file, setting("root"), (), _ROWS, Header(check=refuse_images))
    for rows in track(parts, f"Writing the pictures of {escape(file.name)}", console=Console(stderr=True)):
        emotion = need_column(rows, "emotion", file, setting("root"))
        pixels = need_column(rows, "pixels", file, setting("root"))
        usage = find_column(rows, "usage")
        usages = rows[usage] if usage else [""] * len(rows)
        for line, label, text, part in zip(rows.index, rows[emotion], rows[pixels], usages, strict=True):
            name = f"{line:06d}.png"
            picture = _picture(text, size)
            if picture is not None:
                (folder / name).write_bytes(cv2.imencode(".png", picture)[1].tobytes())
            index.append((line, label, part, "" if picture is None else name))
    frame = pd.DataFrame(index, columns=["line", "emotion", "usage", "picture"])
    frame.to_csv(folder / "index.csv", index=False)


def _picture(pixels: str, size: int) -> np.ndarray | None:
    """(size, size) uint8; None if the numbers are too many, too few or none."""
    try:
        values = np.fromiter(map(int, pixels.split()), dtype=np.int64)
    except (ValueError, OverflowError):
        return None
    if values.size != size * size or values.min() < 0 or values.max() > 255:
        return None
    return values.astype(np.uint8).reshape(size, size)
