"""Observers' maps as one file: what `fer-xai reference build` writes, and `reference=maps` reads back."""

from pathlib import Path

import numpy as np
import xarray as xr

from fer_xai.errors import UserError
from fer_xai.face.masks import Reference
from fer_xai.face.observers.maps import ObserverMaps
from fer_xai.files import open_arrays


def as_dataset(reference: Reference) -> xr.Dataset:
    """The maps of a reference with their names.

    Returns:
        `mean` (expression, y, x) with its sign, NaN where unknown; and of observers `maps` (expression, observer, y, x)
        and `size` (expression, observer), how many observers a map is the mean of: NaN and 0 where one has none.
        Attributes: reference, unit (`observer` or `group`), note.
    """
    expressions = list(reference.expressions)
    mean = np.stack([reference.signed_of(expression) for expression in expressions])
    found = xr.Dataset({"mean": (("expression", "y", "x"), mean)}, {"expression": expressions})
    found.attrs.update(reference=reference.name, note=reference.note)
    observers = {name: of for name in expressions if (of := reference.observers_of(name)) is not None}
    if not observers:
        return found
    names = sorted({name for of in observers.values() for name in of.names})
    maps = np.full((len(expressions), len(names), *reference.frame), np.nan, np.float32)
    sizes = np.zeros((len(expressions), len(names)), dtype=np.int64)
    for row, expression in enumerate(expressions):
        of = observers[expression]
        places = [names.index(name) for name in of.names]
        maps[row, places], sizes[row, places] = of.maps, of.sizes
    found.attrs["unit"] = next(iter(observers.values())).unit
    dims = ("expression", "observer")
    return found.assign_coords(observer=names).assign(maps=((*dims, "y", "x"), maps), size=(dims, sizes))


def read_dataset(path: Path, key: str) -> tuple[dict[str, ObserverMaps], str]:
    """Expression -> maps of observers as they were written, and the note on them.

    Args:
        path: as `as_dataset` was written.
        key: the setting that names the file, for messages.

    Raises:
        UserError: it cannot be read, or holds no maps of observers.
    """
    try:
        with open_arrays(path), xr.open_dataset(path, engine="h5netcdf") as file:
            found = file.load()
    except (OSError, ValueError) as error:
        raise UserError(f"{key}={path} cannot be read: {error}") from None
    if not {"maps", "size"} <= set(found.data_vars):
        raise UserError(f"{key}={path} holds no maps of observers: it is the maps.nc of fer-xai reference build")
    maps = {}
    for expression in found["expression"].values:
        of = found.sel(expression=expression)
        of = of.isel(observer=np.flatnonzero(of["size"].values > 0))
        names, sizes = (tuple(of[name].values.tolist()) for name in ("observer", "size"))
        maps[str(expression)] = ObserverMaps(
            names, of["maps"].values.astype(np.float32), sizes, str(found.attrs["unit"])
        )
    return maps, str(found.attrs.get("note", ""))
