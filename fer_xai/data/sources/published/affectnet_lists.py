"""AffectNet as first distributed: images in numbered folders, and lists that say what they show."""

from pathlib import Path

import pandas as pd

from fer_xai.data.sources.file_listing import Listing, stem
from fer_xai.data.sources.names import tokens_of
from fer_xai.data.sources.reader import ReaderResult
from fer_xai.data.sources.setting import setting
from fer_xai.data.sources.split_parts import part_of, parts_of
from fer_xai.data.sources.table_columns import need_column
from fer_xai.data.sources.tables_beside import first_rows, tables_beside
from fer_xai.tables.columns import Header
from fer_xai.tables.csv import read_csv

_IMAGE = "subDirectory_filePath"
#: What the lists hold, where they have no row of names.
_COLUMNS = (
    *(_IMAGE, "face_x", "face_y", "face_width", "face_height", "facial_landmarks"),
    *("expression", "valence", "arousal"),
)


def find_lists(listing: Listing) -> dict[str, pd.DataFrame]:
    """Lists that name images, below their folder or beside it: path, and rows with columns image and expression."""
    lists, keys = {}, set(map(_key, listing.images))
    for file in tables_beside(listing):
        rows = first_rows(Path(file), 1)
        cells = [cell.casefold() for cell in rows[0]] if rows else []
        if _IMAGE.casefold() in cells and "expression" in cells:
            whole = read_csv(Path(file), setting("root"))
        elif len(cells) == len(_COLUMNS) and "/" in cells[0] and cells[5].count(";") > 1:
            whole = read_csv(Path(file), setting("root"), header=Header(columns=_COLUMNS))
        else:
            continue
        names = whole[need_column(whole, _IMAGE, file, setting("root"))].str.replace("\\", "/")
        labels = whole[need_column(whole, "expression", file, setting("root"))]
        if not keys.isdisjoint(names.map(_key)):
            lists[file] = pd.DataFrame({"image": names, "expression": labels})
    return lists


def find_by_lists(listing: Listing, lists: dict[str, pd.DataFrame]) -> ReaderResult:
    """Read images by the lists that name them.

    Args:
        listing: the files.
        lists: as `find_lists` gives them.

    Returns:
        Columns beside the usual ones: `usage`, from the names of the lists. Images that a network has labelled
        (`automatically_annotated.csv`) are left out.
    """
    paths = {_key(path): path for path in listing.images}
    parts, left_out = [], []
    for file, rows in sorted(lists.items()):
        names = rows["image"]
        keys = names.map(_key)
        known = keys.isin(paths.keys())
        left_out += [(name, "label without an image") for name in names[~known]]
        words = tokens_of(Path(file).stem.casefold())
        if "automatically" in words or "automatic" in words:
            left_out += [(name, "labelled by a network: not by people") for name in names[known]]
            parts.append(pd.DataFrame({"path": keys[known].map(paths), "by_network": True}))
            continue
        usage = next((word for word in words if part_of(word)), "")
        made = {
            "image": names.map(lambda name: "/".join(name.split("/")[-2:])),
            "path": keys.map(paths),
            "expression": rows["expression"].map(_code),
            "subject": "",
            "origin": [f"{file}, row {line}" for line in rows.index],
            "usage": usage,
            "by_network": False,
        }
        parts.append(pd.DataFrame(made)[known])
    images = pd.concat(parts, ignore_index=True)
    named = set(images["path"])
    lost = [path for path in listing.images if path not in named]
    left_out += [("/".join(path.split("/")[-2:]), "image without a label") for path in lost]
    images = images[~images.pop("by_network").astype(bool)].reset_index(drop=True)
    if "usage" in images:
        images["usage"] = parts_of(images["usage"])
    notes = [f"read by {', '.join(Path(file).name for file in sorted(lists))}: the folders' numbers are no labels"]
    return ReaderResult(images, left_out, notes, cropped=False)


def _key(name: str) -> str:
    """The folder and the name of an image without ending: what a list and the disk have in common."""
    return "/".join([*name.split("/")[-2:-1], stem(name)]).casefold()


def _code(label: str) -> str:
    """`3.0` as `3`; words as they are."""
    try:
        value = float(label)
    except ValueError:
        return label
    return str(int(value)) if value.is_integer() else label
