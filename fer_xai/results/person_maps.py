"""Maps of single people: the file `people.nc` of a run, and what is read of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fer_xai.files import open_arrays, write_netcdf
from fer_xai.results.heatmap_files import UNREADABLE, damaged

#: What a row of `people.nc` is of. person: as `fer_xai.metrics.proportion.person_of_each` calls people; answer: whether
#: the network recognised what the images show (`right`) or not (`wrong`).
KEYS = ("expression", "person", "answer")
RIGHT, WRONG = "right", "wrong"

#: Rows in one chunk of the file.
_CHUNK = 64


@dataclass(frozen=True)
class PersonMaps:
    """Mean maps of people for one expression by one explainer, at a quarter of the frame's resolution.

    Attributes:
        rows: (n,) index, columns `person` and, while answers are kept apart, `answer`.
        mean: (n, y4, x4) float32; NaN where no image is valid.
        count: (n, y4, x4) float32, pixels of the frame behind each value.
        images: (n,) images behind each map.
    """

    rows: pd.DataFrame
    mean: np.ndarray
    count: np.ndarray
    images: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def people(self) -> list[str]:
        """Whose the maps are."""
        return [str(name) for name in self.rows["person"]]

    def only(self, kept: np.ndarray) -> "PersonMaps":
        """Some of the maps: bool (n,) or places."""
        rows = self.rows.iloc[np.flatnonzero(kept) if kept.dtype == bool else kept].reset_index(drop=True)
        return PersonMaps(rows, self.mean[kept], self.count[kept], self.images[kept])


def build_people(by_explainer: Mapping[str, Mapping[str, Any]], rows: pd.DataFrame) -> xr.Dataset:
    """The data set of `people.nc`.

    Args:
        by_explainer: for each explainer `sums` and `counts` (row, y4, x4) and `images` (row,), see `PersonSums`.
        rows: columns `KEYS`, in the order of the rows.

    Returns:
        `mean` float16 (explainer, row, y4, x4), each map over its own `scale` (explainer, row), the largest of its
        absolute values; `count` uint32 and `images` (explainer, row); what a row is of, by `KEYS`.
    """
    names = list(by_explainer)
    counts = np.stack([np.asarray(by_explainer[name]["counts"]) for name in names])
    sums = np.stack([np.asarray(by_explainer[name]["sums"]) for name in names])
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums / counts
    scale = np.nan_to_num(np.abs(mean)).max((-2, -1))
    # Half precision has five digits at best, and nothing below 6e-8: maps of single people may be that faint.
    mean /= np.where(scale > 0, scale, 1)[..., None, None]
    dims = ("explainer", "row", "y4", "x4")
    images = np.stack([np.asarray(by_explainer[name]["images"]) for name in names])
    return xr.Dataset(
        {
            "mean": (dims, mean.astype(np.float16)),
            "count": (dims, counts.astype(np.uint32)),
            "scale": (dims[:2], scale),
            "images": (dims[:2], images.astype(np.int64)),
        },
        coords={"explainer": names, **{key: ("row", rows[key].to_numpy(str)) for key in KEYS}},
    )


def write_people(path: Path, dataset: xr.Dataset) -> None:
    """Write `people.nc`, compressed; nothing where no image was explained."""
    sizes = dataset["mean"].sizes
    if not sizes["row"]:
        return
    packed = {
        "zlib": True,
        "complevel": 4,
        "shuffle": True,
        "chunksizes": (1, min(_CHUNK, sizes["row"]), sizes["y4"], sizes["x4"]),
    }
    write_netcdf(path, dataset, {"mean": packed, "count": packed})


def read_people(path: Path, explainer: str, expression: str) -> PersonMaps | None:
    """The maps of one explainer and expression; None where the file lacks the explainer.

    Args:
        path: `people.nc` of a run.
        explainer: whose maps.
        expression: of which.

    Raises:
        UserError: the file is damaged.
    """
    try:
        with open_arrays(path) as file:
            names = [str(name) for name in file["explainer"].asstr()[:]]
            if explainer not in names:
                return None
            rows = pd.DataFrame({key: file[key].asstr()[:] for key in KEYS})
            own = np.flatnonzero(rows["expression"] == expression)
            place = names.index(explainer)
            # Rows of one expression follow one another.
            cut = slice(int(own[0]), int(own[-1]) + 1) if len(own) else slice(0, 0)
            mean, count, images = (file[key][place, cut] for key in ("mean", "count", "images"))
            mean = mean.astype(np.float32) * file["scale"][place, cut].astype(np.float32)[:, None, None]
    except UNREADABLE as error:
        raise damaged(path, error) from error
    table = rows.iloc[cut][["person", "answer"]].reset_index(drop=True)
    kept = images > 0
    return PersonMaps(table, mean, count.astype(np.float32), images).only(kept)


def pooled_people(parts: Sequence[PersonMaps], keys: Sequence[str] = ("person",)) -> PersonMaps | None:
    """The maps of several runs, or of right and wrong answers, put together: sums over counts, image by image.

    Args:
        parts: on one grid.
        keys: what tells the maps apart afterwards.

    Returns:
        Sorted by keys; None where there is no map.
    """
    parts = [part for part in parts if len(part)]
    if not parts:
        return None
    rows = pd.concat([part.rows for part in parts], ignore_index=True)
    groups = rows.groupby(list(keys), sort=True)
    place = groups.ngroup().to_numpy()
    n = groups.ngroups
    shape = (n, *parts[0].mean.shape[1:])
    total, count, images = np.zeros(shape), np.zeros(shape, dtype=np.float32), np.zeros(n, dtype=np.int64)
    start = 0
    for part in parts:
        own = place[start : start + len(part)]
        for sums, values in (
            (total, np.nan_to_num(part.mean).astype(np.float64) * part.count),
            (count, part.count),
            (images, part.images),
        ):
            _add(sums, own, values)
        start += len(part)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (total / count).astype(np.float32)
    table = rows.assign(place=place).drop_duplicates("place").sort_values("place")[list(keys)]
    return PersonMaps(table.reset_index(drop=True), mean, count, images)


def _add(sums: np.ndarray, places: np.ndarray, values: np.ndarray) -> None:
    """Add values to places, of which several may be the same; ten times quicker than `np.add.at` for whole maps."""
    order = np.argsort(places, kind="stable")
    there, first = np.unique(places[order], return_index=True)
    sums[there] += np.add.reduceat(values[order], first, axis=0)
