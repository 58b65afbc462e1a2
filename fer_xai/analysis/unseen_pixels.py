"""Pixels that under half of the images show: no score counts them, so it has to be said how much of a mask they are."""

from collections.abc import Sequence

import pandas as pd

from fer_xai.face.masks import Reference
from fer_xai.scoring.pooled_maps import PooledMaps

#: Columns of `unseen_pixels.csv`: `share` is that of the mask's pixels which are left out, in [0, 1]; `frame` that of
#: the whole frame.
COLUMNS = ("network", "pretrained", "expression", "reference", "share", "frame")


def unseen_table(rows: PooledMaps, references: Sequence[Reference]) -> pd.DataFrame:
    """The share of every mask that scores leave out.

    Args:
        rows: the networks' maps by one explainer.
        references: what they are compared with.

    Returns:
        Columns `COLUMNS`; a row per network, expression and reference that has it, without maps of no image.
    """
    table: list[tuple[object, ...]] = []
    for pool, maps in zip(rows.pools, rows.maps, strict=True):
        for number, name in enumerate(rows.expressions):
            unseen = ~maps.valid[number]
            if unseen.all():
                continue
            for reference in (item for item in references if name in item):
                mask = reference.mask(name) & reference.known_of(name)
                share = float(unseen[mask].mean()) if mask.any() else 0.0
                key = (pool.network.name, pool.network.pretrained, name, reference.name)
                table.append((*key, share, float(unseen.mean())))
    return pd.DataFrame(table, columns=list(COLUMNS))
