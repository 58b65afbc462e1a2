"""A reference as files: pictures that `reference=images` reads, maps of each observer, ceilings, what was left out."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from fer_xai.expressions import SYNONYMS
from fer_xai.face.masks import Reference
from fer_xai.face.observers.built_maps import as_dataset
from fer_xai.files import write_csv, write_netcdf, write_with

_MAPS = "maps.nc"


def write_reference(folder: Path, reference: Reference, ceilings: pd.DataFrame, left_out: pd.DataFrame) -> None:
    """Write a reference into a folder.

    Args:
        folder: made if need be: `EXPRESSION.png` for each expression (8 bits, the positive part over its maximum, 0
            where unknown), `maps.nc` (see `as_dataset`), `ceilings.csv`, `dropped.csv`. Pictures that an earlier call
            has made of expressions which the reference has no more are removed.
        reference: masks, or maps of observers.
        ceilings: the table of people against people; no rows for masks.
        left_out: observer, stimulus, reason, n.

    Raises:
        UserError: the folder cannot be written.
    """
    if (folder / _MAPS).exists():
        for expression in SYNONYMS:
            if expression not in reference.expressions:
                (folder / f"{expression}.png").unlink(missing_ok=True)
    for expression in reference.expressions:
        grey = Image.fromarray(np.round(255 * reference.weights_of(expression)).astype(np.uint8))
        write_with(folder / f"{expression}.png", lambda path, grey=grey: grey.save(path, format="PNG"))  # type: ignore[misc]
    maps = as_dataset(reference)
    write_netcdf(folder / _MAPS, maps, {str(name): {"zlib": True, "complevel": 4} for name in maps.data_vars})
    write_csv(folder / "ceilings.csv", ceilings)
    write_csv(folder / "dropped.csv", left_out)
