"""Faces that are the same as listed images, or nearly the same: those that a network was trained on elsewhere."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer_xai.data.copies.picture_pairs import picture_pairs
from fer_xai.data.copies.thumbnails import Thumbnails
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.preparation.preparer import content_of
from fer_xai.data.sources.image_lookup import find_images
from fer_xai.data.sources.table_columns import need_column, refuse_images
from fer_xai.errors import UserError
from fer_xai.parallel import run_parallel
from fer_xai.tables.columns import Header, find_column
from fer_xai.tables.csv import read_csv


@dataclass(frozen=True, eq=False)
class ListedCopies:
    """What a comparison with listed images found.

    Attributes:
        listed: number of images in the list.
        looked_at: how many of them could be compared.
        rows: int64 (m,), rows of the faces that are like one of them.
    """

    listed: int
    looked_at: int
    rows: np.ndarray


def copies_of_listed(file: Path, key: str, faces: PreparedFaces, workers: int | None = None) -> ListedCopies:
    """Find the faces whose pictures are listed, or nearly the same as a listed one; see `picture_pairs`.

    Args:
        file: csv file with the column `image` (names relative to its folder, or paths), and perhaps `content` (SHA-256
            of the file, as runs write it into `split.csv`), by which files that are not here are known.
        key: config key that names the file, for messages.
        faces: the faces.
        workers: how many files to read at once; None takes the number of cores.

    Raises:
        UserError: the file cannot be read, or none of its images could be compared.
    """
    table = read_csv(file, key, header=Header(check=refuse_images))
    names = table[need_column(table, "image", file, key)].str.replace("\\", "/")
    paths = find_images(names, file.absolute().parent).paths
    there = {str(path): "" for path in paths if Path(path).is_file()}
    there |= dict(run_parallel(_content, list(there), len(there), "Reading listed images", workers, threads=True))
    column = find_column(table, "content")
    told = table[column].tolist() if column else [""] * len(table)
    contents = [there.get(str(path), "") or said for path, said in zip(paths, told, strict=True)]
    known = {content for content in contents if content}
    if not known:
        raise UserError(
            f"{key}={file}: none of its {len(table)} images is here, e.g. not {paths.iloc[0]}: names are relative to "
            "its folder"
        )
    own = faces.frame["content"].to_numpy(str)
    alike = known | _near(known, {content: path for path, content in there.items() if content}, faces, workers)
    rows = np.flatnonzero([content in alike for content in own])
    return ListedCopies(len(table), sum(map(bool, contents)), rows)


def _near(known: set[str], files: dict[str, str], faces: PreparedFaces, workers: int | None) -> set[str]:
    """Contents of faces that differ by little from a listed file that is here."""
    own = dict(zip(faces.frame["content"], faces.frame["path"], strict=True))
    every = own | files
    store = Thumbnails(faces.crops.path.with_name("thumbnails.sqlite"))
    store.add_missing(list(every), list(every.values()), workers)
    contents = np.array(sorted(every))
    one, other = contents[picture_pairs(store, contents).places].T
    pairs = [*zip(one, other, strict=True), *zip(other, one, strict=True)]
    return {str(a) for a, b in pairs if b in known and a in own}


def _content(path: str) -> tuple[str, str]:
    try:
        return path, content_of(path)
    except OSError:
        return path, ""
