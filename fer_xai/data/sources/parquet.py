"""Parquet files of pictures and labels, as the Hugging Face hub has them."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from fer_xai.data.sources.setting import setting
from fer_xai.data.sources.unpacked import unpacked
from fer_xai.errors import UserError
from fer_xai.tables.csv import read_csv

#: Names of the column of labels, in the order in which they are looked for where no column is one of classes.
LABEL_COLUMNS: tuple[str, ...] = ("label", "labels", "expression", "emotion", "class")
#: Rows that are held in memory at once.
_ROWS = 256
#: Formats whose files end otherwise than they are called.
_ENDINGS = {"jpeg": "jpg", "jpeg2000": "jp2"}
_COLUMNS = ("row", "picture", "label", "subject")


@dataclass(frozen=True)
class ParquetColumns:
    """What the columns of a parquet file are called, and what its labels mean.

    Attributes:
        image: pictures, as bytes or with them.
        label: numbers or words.
        subject: who is shown; None where the file does not tell.
        names: what the numbers mean, from 0; None where nothing tells.
    """

    image: str
    label: str
    subject: str | None
    names: tuple[str, ...] | None


def pictures_of(
    file: Path, cache: Path, image: str, label: str | None, subject: str, names: Sequence[str] | None
) -> tuple[pd.DataFrame, Path]:
    """Write the pictures of a parquet file into the cache as they are encoded, unless that has been done.

    Args:
        file: the parquet file.
        cache: the cache folder.
        image: name of the column of pictures.
        label: name of the column of labels; None looks for it.
        subject: name of the column of people, which need not be there.
        names: what numbers mean; None takes what the file tells.

    Returns:
        Columns row (from 0), picture (name of the file, empty where the row has none), label (a word), subject; and the
        folder of the pictures.

    Raises:
        UserError: pyarrow is missing, the file is no parquet file, a column is missing, or a number has no name.
    """
    columns = _columns_of(file, image, label, subject, names)
    form = f"{columns.image}-{columns.label}-{columns.subject or ''}"
    folder = unpacked(
        file,
        cache,
        "parquet",
        "".join(c if c.isalnum() else "_" for c in form),
        lambda part: _write(file, part, columns),
    )
    table = read_csv(folder / "index.csv", "cache_dir")
    table["label"] = [
        _word(text, columns.names, file, row) for text, row in zip(table["label"], table["row"], strict=True)
    ]
    return table, folder


def _open(file: Path) -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UserError(f"{file}: parquet needs the package pyarrow: pip install 'fer_xai[hub]'") from error
    try:
        return pyarrow.parquet.ParquetFile(file)
    except (pyarrow.ArrowException, OSError) as error:
        raise UserError(f"{file}: no parquet file that can be read ({str(error).splitlines()[0]})") from error


def _columns_of(file: Path, image: str, label: str | None, subject: str, names: Sequence[str] | None) -> ParquetColumns:
    schema = _open(file).schema_arrow
    there = list(schema.names)
    features = _features(schema.metadata or {})
    if image not in there:
        raise UserError(
            f"{file} has no column '{image}' (it has: {', '.join(there)}): set {setting('image_column')}=NAME"
        )
    if label is None:
        classes = [name for name in there if features.get(name, {}).get("_type") == "ClassLabel"]
        usual = [name for name in LABEL_COLUMNS if name in there]
        found = classes if len(classes) == 1 else usual
        if not found:
            raise UserError(
                f"{file} has no column of labels (it has: {', '.join(there)}): set {setting('label_column')}=NAME"
            )
        label = found[0]
    elif label not in there:
        raise UserError(
            f"{file} has no column '{label}' (it has: {', '.join(there)}): set {setting('label_column')}=NAME"
        )
    told = names if names is not None else features.get(label, {}).get("names")
    if isinstance(told, dict):
        # As some cards have them: {"0": "angry", ...}
        told = list(told.values())
    return ParquetColumns(image, label, subject if subject in there else None, tuple(told) if told else None)


def _features(metadata: dict[bytes, bytes]) -> dict[str, dict[str, Any]]:
    """What `datasets` writes of the columns into the metadata: their types, and the names of classes."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
    except (ValueError, KeyError, TypeError):
        return {}
    return (
        {name: told for name, told in features.items() if isinstance(told, dict)} if isinstance(features, dict) else {}
    )


def _write(file: Path, folder: Path, columns: ParquetColumns) -> None:
    wanted = [name for name in (columns.image, columns.label, columns.subject) if name]
    row = 0
    with (folder / "index.csv").open("w", encoding="utf-8", newline="") as index:
        table = csv.writer(index)
        table.writerow(_COLUMNS)
        for batch in _open(file).iter_batches(batch_size=_ROWS, columns=wanted):
            for line in batch.to_pylist():
                picture = _picture(line[columns.image], row, folder, file.parent)
                label, person = line[columns.label], line.get(columns.subject) if columns.subject else ""
                table.writerow((row, picture, "" if label is None else label, "" if person is None else person))
                row += 1


def _picture(cell: Any, row: int, folder: Path, beside: Path) -> str:
    """The name of the file that a picture was written into; empty where the cell holds none.

    A cell may have the path of a picture instead, from the parquet file's folder on and not out of it.
    """
    data = cell.get("bytes") or cell.get("path") if isinstance(cell, dict) else cell
    if isinstance(data, str):
        place = (beside / data).resolve()
        data = place.read_bytes() if place.is_relative_to(beside.resolve()) and place.is_file() else None
    if not isinstance(data, bytes) or not data:
        return ""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            form = (picture.format or "").lower()
    except OSError:
        return ""
    name = f"{row:06d}.{_ENDINGS.get(form, form)}"
    (folder / name).write_bytes(data)
    return name


def _word(text: str, names: Sequence[str] | None, file: Path, row: str) -> str:
    if names is None or not text.removesuffix(".0").lstrip("-").isdecimal():
        return text
    number = int(text.removesuffix(".0"))
    if number == -1:
        # What `datasets` has for a label that is kept back.
        return ""
    if not 0 <= number < len(names):
        raise UserError(
            f"{file}, row {row}: label {number} has no name, there are {len(names)} ({', '.join(names)}): set "
            f"{setting('label_names')}"
        )
    return names[number]
