"""The two array files of a run: global heatmaps, and their bootstrap replicates at half resolution."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import xarray as xr

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.files import open_arrays, write_netcdf

#: Value of `images` where the number of images behind a heatmap is not known (imported maps).
UNKNOWN_IMAGES = -1

#: What HDF5 and its readers raise of files that are damaged, or hold something else than they should.
UNREADABLE = (OSError, KeyError, ValueError, IndexError, RuntimeError, TypeError, AttributeError)

#: Mantissa bits kept in replicates: a relative error of 1e-4 is far below the spread that they measure, and the
#: file compresses to less than half.
_REPLICATE_BITS = 12

#: Dimensions of both files in their order.
_DIMENSIONS = ("replicate", "explainer", "expression", "y", "x", "y2", "x2", "side")

#: Replicates in one chunk of the file, so that an analysis can read a part of them over all runs.
CHUNK = 25


def build_heatmaps(
    by_explainer: Mapping[str, Mapping[str, Any]],
    *,
    expressions: Sequence[str] = EXPRESSIONS,
    mean_face: Any = None,
    people: int | None = None,
) -> xr.Dataset:
    """The data set of `heatmaps.nc` from what the accumulators give.

    Args:
        by_explainer: for each explainer `mean`, `std`, `count` (expression, y, x) and `images` (expression,): what
            `GlobalHeatmap.compute()` returns, as arrays or CPU tensors; if it is known, `people` (expression,), whose
            images these are. A pixel's `count` is the number of images in
            which it is valid; `mean` is NaN where that is 0. If they are there, `empty` (expression,) counts maps that
            are zero everywhere (they are in the mean), `not_finite` those that were left out, `without_rest` images
            of people without the neutral face that hidden pixels were to show, and `grid` (expression, 2) gives the
            rows and columns of the explainer's own maps.
        expressions: names along the second dimension.
        mean_face: (y, x, channel) in [0, 1], the mean of the warped faces, NaN where there is none; give it only for
            ten people or more.
        people: how many people are in `mean_face`.

    Returns:
        `mean`, `std`, `count` (explainer, expression, y, x) float32 and `images` (explainer, expression) int64, and
        `people`, `empty`, `not_finite`, `without_rest` likewise if they are known.
    """
    names = list(by_explainer)
    stacks = {
        key: np.stack([np.asarray(by_explainer[name][key], dtype=np.float32) for name in names])
        for key in ("mean", "std", "count")
    }
    dims = ("explainer", "expression", "y", "x")
    numbers: dict[str, tuple[tuple[str, ...], np.ndarray]] = {
        key: (dims[:2], np.stack([np.asarray(by_explainer[name][key]).astype(np.int64) for name in names]))
        for key in ("images", "people", "empty", "not_finite", "without_rest")
        if all(key in by_explainer[name] for name in names)
    }
    if all("grid" in by_explainer[name] for name in names):
        grids = np.stack([np.asarray(by_explainer[name]["grid"]).astype(np.int64) for name in names])
        numbers["grid"] = ((*dims[:2], "side"), grids)
    dataset = xr.Dataset(
        {key: (dims, value) for key, value in stacks.items()} | numbers,
        coords={"explainer": names, "expression": list(expressions)},
    )
    if mean_face is not None:
        dataset["mean_face"] = (("y", "x", "channel"), np.asarray(mean_face, dtype=np.float32))
        dataset["mean_face"].attrs["people"] = int(people or 0)
    return dataset


def build_replicates(
    by_explainer: Mapping[str, Mapping[str, Any]], *, expressions: Sequence[str] = EXPRESSIONS
) -> xr.Dataset:
    """The data set of `replicates.nc`.

    Args:
        by_explainer: for each explainer `replicates` (replicate, expression, y2, x2), the mean heatmap under each
            replicate's weights, and `replicate_counts` of the same shape, the weighted number of pixels behind each of
            its values: what `GlobalHeatmap.compute()` returns.
        expressions: names along the expression dimension.

    Returns:
        `mean` float32, rounded to 12 bits of mantissa, and `count` uint32 (replicate, explainer, expression, y2, x2).
    """
    names = list(by_explainer)
    replicates, *rest = np.shape(by_explainer[names[0]]["replicates"])
    # Filled one by one, for these are the largest arrays of a run by far.
    mean = np.empty((replicates, len(names), *rest), dtype=np.float32)
    count = np.empty(mean.shape, dtype=np.uint32)
    for place, name in enumerate(names):
        mean[:, place] = _round_mantissa(np.asarray(by_explainer[name]["replicates"]), _REPLICATE_BITS)
        count[:, place] = np.asarray(by_explainer[name]["replicate_counts"])
    dims = ("replicate", "explainer", "expression", "y2", "x2")
    return xr.Dataset(
        {"mean": (dims, mean), "count": (dims, count)}, coords={"explainer": names, "expression": list(expressions)}
    )


def write_heatmaps(path: Path, dataset: xr.Dataset) -> None:
    """Write `heatmaps.nc` or `examples.nc`, compressed without loss."""
    names = [name for name in ("mean", "std", "count", "mean_face", "heatmap", "face") if name in dataset]
    write_netcdf(path, dataset, {name: {"zlib": True, "complevel": 4, "shuffle": True} for name in names})


def write_replicates(path: Path, dataset: xr.Dataset) -> None:
    """Write `replicates.nc`, compressed, in chunks of 25 replicates of one map; nothing without a replicate."""
    sizes = dataset["mean"].sizes
    if not sizes["replicate"]:
        return
    chunks = (min(CHUNK, sizes["replicate"]), 1, 1, sizes["y2"], sizes["x2"])
    packed = {"zlib": True, "complevel": 1, "shuffle": True, "chunksizes": chunks}
    write_netcdf(path, dataset, {"mean": packed, "count": packed})


def read_dataset(path: Path) -> xr.Dataset:
    """Open one of the two files lazily; close it after use (`with`).

    Raises:
        UserError: the file is missing or damaged, or leads to another one.
    """
    try:
        with open_arrays(path):
            return xr.open_dataset(path, engine="h5netcdf")
    except UNREADABLE as error:
        raise damaged(path, error) from error


def read_maps(
    path: Path, keys: Sequence[str], explainer: str, expressions: Sequence[str], replicates: slice | None = None
) -> dict[str, np.ndarray]:
    """Arrays of one explainer's maps, ten times quicker than opening the whole data set.

    Args:
        path: `heatmaps.nc` or `replicates.nc` of a run.
        keys: variables of the file; those that it does not have are passed over.
        explainer: whose maps, one that the file has.
        expressions: names and order of the result; of an expression that the file lacks, `mean` is NaN, the rest 0.
        replicates: of `replicates.nc`, which ones.

    Returns:
        By key (expression, ...), of replicates (replicate, expression, ...).

    Raises:
        UserError: the file is missing or damaged.
    """
    try:
        with open_arrays(path) as file:
            names = [str(name) for name in file["explainer"].asstr()[:]]
            places = {str(name): place for place, name in enumerate(file["expression"].asstr()[:])}
            at: dict[str, int | slice] = {"explainer": names.index(explainer)}
            if replicates is not None:
                at["replicate"] = replicates
            found = {key: _read_by_name(file[key], at) for key in keys if key in file}
    except UNREADABLE as error:
        raise damaged(path, error) from error
    axis = 0 if replicates is None else 1
    return {key: _in_order(values, places, expressions, axis, key) for key, values in found.items()}


def _read_by_name(array: h5py.Dataset, at: Mapping[str, int | slice]) -> np.ndarray:
    """A part of an array, its dimensions in this program's order, whatever their order in the file."""
    names = [dimension[0].name.strip("/") for dimension in array.dims]
    values: np.ndarray = array[tuple(at.get(name, slice(None)) for name in names)]
    left = [name for name in names if not isinstance(at.get(name), int)]
    return np.transpose(values, sorted(range(len(left)), key=lambda place: _DIMENSIONS.index(left[place])))


def _in_order(
    values: np.ndarray, places: Mapping[str, int], expressions: Sequence[str], axis: int, key: str
) -> np.ndarray:
    """The values of the wanted expressions in their order."""
    if list(places) == list(expressions):
        return values
    there = [number for number, name in enumerate(expressions) if name in places]
    shape = (*values.shape[:axis], len(expressions), *values.shape[axis + 1 :])
    result = np.full(shape, np.nan if key == "mean" else 0, dtype=values.dtype)
    found = np.take(values, [places[expressions[number]] for number in there], axis=axis)
    np.moveaxis(result, axis, 0)[there] = np.moveaxis(found, axis, 0)
    return result


def replicates_in(path: Path) -> int:
    """How many replicates a `replicates.nc` holds.

    Raises:
        UserError: the file is missing or damaged.
    """
    try:
        with open_arrays(path) as file:
            return int(file["mean"].shape[0])
    except UNREADABLE as error:
        raise damaged(path, error) from error


def read_expressions(path: Path) -> list[str]:
    """The expressions that a file of heatmaps holds; quicker than opening the whole data set.

    Raises:
        UserError: the file is missing or damaged.
    """
    try:
        with open_arrays(path) as file:
            return [str(name) for name in file["expression"].asstr()[:]]
    except UNREADABLE as error:
        raise damaged(path, error) from error


def read_mean_face(path: Path) -> tuple[np.ndarray, int] | None:
    """The mean face (y, x, channel) in a file of heatmaps, and how many people are in it; None where there is none.

    Raises:
        UserError: the file is missing or damaged.
    """
    try:
        with open_arrays(path) as file:
            if "mean_face" not in file:
                return None
            return file["mean_face"][:], int(np.asarray(file["mean_face"].attrs["people"]).item())
    except UNREADABLE as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> UserError:
    """What to say of a run's file of arrays that cannot be read."""
    return UserError(f"cannot read {path}: {error}; delete its run's folder and run it again")


def _round_mantissa(values: np.ndarray, bits: int) -> np.ndarray:
    drop = 23 - bits
    half = np.uint32(1 << (drop - 1))
    mask = np.uint32(0xFFFFFFFF ^ ((1 << drop) - 1))
    raw = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    rounded = ((raw + half) & mask).view(np.float32)
    return np.where(np.isfinite(values), rounded, values)
