"""Landmarks in a file for each picture, as the 300-W faces have them."""

import glob
import re
from pathlib import Path

import pandas as pd

from fer_xai.errors import UserError
from fer_xai.face.canonical import N_LANDMARKS

_ENDING = ".pts"
_POINTS = re.compile(r"\{(.*)\}", re.DOTALL)
_NUMBER = r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"


def pts_files(stimuli: str | Path) -> list[Path]:
    """The `.pts` files that a path, a pattern or a folder names, none where it names something else."""
    path = Path(stimuli).expanduser()
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.suffix.lower() == _ENDING)
    # `Path.glob` takes no absolute patterns.
    found = [path] if path.is_file() else [Path(name) for name in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207
    return [file for file in found if file.suffix.lower() == _ENDING]


def read_pts(files: list[Path], key: str) -> pd.DataFrame:
    """The landmarks of files that are called as their pictures (C. Sagonas et al., 300 Faces In-The-Wild Challenge,
    ICCV Workshops 2013).

    Args:
        files: each with 68 lines `x y` in braces; the pixels of this form are counted from 1.
        key: of the setting that names them, for messages.

    Returns:
        A row per file as `read_rows` would give it: stimulus, x0, y0 ... x67, y67, counted from 0.

    Raises:
        UserError: a file that holds something else.
    """
    rows = {}
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace")
        points = re.findall(_NUMBER, found.group(1) if (found := _POINTS.search(text)) else "")
        if len(points) != 2 * N_LANDMARKS:
            raise UserError(f"{key}: {file} holds {len(points) // 2} points: {N_LANDMARKS} landmarks are needed")
        if file.stem in rows:
            raise UserError(f"{key}: two files are called {file.name}: stimuli are known by the names of their files")
        rows[file.stem] = [str(float(number) - 1) for number in points]
    columns = [f"{axis}{place}" for place in range(N_LANDMARKS) for axis in "xy"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).reset_index(names="stimulus")
    return table.rename_axis("line")
