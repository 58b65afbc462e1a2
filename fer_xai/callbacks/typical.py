"""Local examples: the warped heatmaps that are most, and least, like the global one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from fer_xai.metrics.correlation import ncc_matrix

#: Names along the dimension `kind`.
KINDS = ("most", "least")


@dataclass(frozen=True)
class LocalMap:
    """One image's warped heatmap.

    Attributes:
        image: id of the image.
        expression: the explained class.
        heatmap: float32 (y, x) in the canonical frame, NaN where invalid.
        face: uint8 (y, x, 3), the image itself in that frame; None where faces may not be shown.
    """

    image: str
    expression: str
    heatmap: np.ndarray
    face: np.ndarray | None = None


def typicality(maps: Sequence[LocalMap], means: Mapping[str, np.ndarray]) -> list[float]:
    """Normalised correlation of each local heatmap with the global one of its expression, where both are known.

    Args:
        maps: local heatmaps.
        means: expression -> global heatmap (y, x), NaN where it is unknown.

    Returns:
        One value in [-1, 1] for each; NaN for maps without any contrast.
    """
    correlations = []
    for item in maps:
        pair = np.stack([item.heatmap.astype(np.float64), np.asarray(means[item.expression], dtype=np.float64)])
        correlations.append(float(ncc_matrix(np.nan_to_num(pair), np.isfinite(pair).all(axis=0))[0, 1]))
    return correlations


def extremes(maps: Sequence[LocalMap], values: Sequence[float], number: int) -> list[tuple[str, int, float, LocalMap]]:
    """The `number` most and least typical maps of each expression.

    Args:
        maps: local heatmaps.
        values: their typicality; those of NaN are neither.
        number: how many of each kind at most.

    Returns:
        Kind, rank from 0, typicality and map, for each that was chosen.
    """
    chosen = []
    for expression in dict.fromkeys(item.expression for item in maps):
        of_it = [(v, m.image, m) for v, m in zip(values, maps, strict=True) if m.expression == expression]
        ranked = sorted((entry for entry in of_it if np.isfinite(entry[0])), key=lambda entry: entry[:2])
        for kind, ordered in zip(KINDS, (ranked[::-1], ranked), strict=True):
            chosen += [(kind, rank, value, item) for rank, (value, _, item) in enumerate(ordered[:number])]
    return chosen


def build_examples(
    chosen: Mapping[str, Sequence[tuple[str, int, float, LocalMap]]],
    expressions: Sequence[str],
    number: int,
    frame: tuple[int, int],
) -> xr.Dataset:
    """The data set of `examples.nc`.

    Args:
        chosen: explainer -> what `extremes` gives.
        expressions: names along the expression dimension.
        number: places per kind.
        frame: rows and columns of the canonical frame.

    Returns:
        `heatmap` float32 (explainer, expression, kind, rank, y, x), NaN where there is none, `ncc` and `image` (its id,
        empty where there is none) over the first four of these dimensions. If the maps hold faces, `face` uint8
        (explainer, expression, kind, rank, y, x, channel).
    """
    names = list(chosen)
    faces: dict[Any, np.ndarray] = {}
    shape = (len(names), len(expressions), len(KINDS), number)
    heatmap = np.full((*shape, *frame), np.nan, dtype=np.float32)
    ncc, image = np.full(shape, np.nan), np.full(shape, "", dtype=object)
    for n, name in enumerate(names):
        for kind, rank, value, item in chosen[name]:
            place: Any = (n, list(expressions).index(item.expression), KINDS.index(kind), rank)
            heatmap[place], ncc[place], image[place] = item.heatmap, value, item.image
            if item.face is not None:
                faces[place] = item.face
    dims = ("explainer", "expression", "kind", "rank")
    dataset = xr.Dataset(
        {"heatmap": ((*dims, "y", "x"), heatmap), "ncc": (dims, ncc), "image": (dims, image.astype(str))},
        coords={"explainer": names, "expression": list(expressions), "kind": list(KINDS)},
    )
    if faces:
        shown = np.zeros((*shape, *frame, 3), dtype=np.uint8)
        for place, face in faces.items():
            shown[place] = face
        dataset["face"] = ((*dims, "y", "x", "channel"), shown)
    return dataset
