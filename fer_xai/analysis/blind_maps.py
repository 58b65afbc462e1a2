"""Maps that show nothing: an explainer that does not fit a network, which is no fault of the network.

Whoever ranks, judges or shows maps asks here which of them are blind.
"""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from fer_xai.results.pool import GlobalMaps
from fer_xai.scoring.pooled_maps import PooledMaps

#: Columns of `blind_maps.csv`, a row per blind map. `empty` of `images` maps are zero everywhere; `fits` names an
#: explainer of the study that gives this network maps that show something.
COLUMNS = ("network", "pretrained", "explainer", "expression", "images", "empty", "reason", "fits")

#: A map of so many places, or fewer, is too coarse for parts of a face.
FEWEST_PLACES = 16


def blind_reason(maps: GlobalMaps, number: int) -> str:
    """Why one global map shows nothing; empty where it does show something, or where there is none.

    A map is blind if more than half of the single maps behind it are zero everywhere, if it has one value everywhere,
    or if the explainer's own maps have at most 4 x 4 places.

    Args:
        maps: the maps of one network.
        number: which of them.
    """
    valid = maps.valid[number]
    if not valid.any():
        return ""
    if maps.empty is not None and 2 * maps.empty[number] > maps.images[number] > 0:
        return f"zero everywhere for {maps.empty[number]} of {maps.images[number]} images"
    if np.ptp(maps.mean[number][valid]) == 0:
        return "the same everywhere"
    rows, columns = (0, 0) if maps.grid is None else maps.grid[number].tolist()
    return f"only {rows} x {columns} places" if 0 < rows * columns <= FEWEST_PLACES else ""


def blind_table(explained: Sequence[PooledMaps], baselines: Collection[str]) -> pd.DataFrame:
    """All blind maps of a study.

    Args:
        explained: the networks' maps by each explainer, the main one first.
        baselines: explainers that look at no network; nothing is said of their maps.

    Returns:
        Columns `COLUMNS`.
    """
    rows: list[dict[str, object]] = []
    usable: dict[tuple[str, str], list[str]] = {}
    for item in explained:
        if item.explainer in baselines:
            continue
        for pool, maps in zip(item.pools, item.maps, strict=True):
            key = (pool.network.name, pool.network.pretrained)
            reasons = {name: blind_reason(maps, number) for number, name in enumerate(item.expressions)}
            if not any(reasons.values()):
                usable.setdefault(key, []).append(item.explainer)
            for number, (name, reason) in enumerate(reasons.items()):
                if reason:
                    place = dict(zip(COLUMNS, (*key, item.explainer, name), strict=False))
                    empty = None if maps.empty is None else int(maps.empty[number])
                    rows.append(place | {"images": int(maps.images[number]), "empty": empty, "reason": reason})
    for row in rows:
        row["fits"] = next(iter(usable.get((str(row["network"]), str(row["pretrained"])), [])), None)
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"images": "Int64", "empty": "Int64"})


def blind_cells(table: pd.DataFrame, explainer: str) -> frozenset[tuple[str, str]]:
    """Label and expression of every blind map of one explainer.

    Args:
        table: as of `blind_table`, with the column `label`; may be empty.
        explainer: its name.
    """
    if table.empty:
        return frozenset()
    own = table[table["explainer"].eq(explainer)]
    return frozenset(zip(own["label"], own["expression"], strict=True))
