"""Where two groups of maps differ, pixel by pixel, with people as the units: `map_differences.csv` and `.nc`.

Each person's map is standardised (mean 0, standard deviation 1 over the pixels), so that differences are of shape: raw
maps of two networks or explainers have no common scale. Trainings are held fixed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import false_discovery_control

from fer_xai.analysis.effects.max_statistic import Difference, group_difference, paired_difference
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.scoring.intervals import FEWEST_PEOPLE
from fer_xai.scoring.person_matrix import Floats, PersonMatrix

#: Columns of `map_differences.csv`. network or explainer is empty where these are compared; people, networks: how
#: many units. p: the smallest over the frame, each by the largest statistic over it; q: p over all rows of the kind
#: (Benjamini and Hochberg). more and less: shares of the pixels where the first maps are more relevant, or less, at
#: `SIGNIFICANCE`; map: the row of `map_differences.nc`.
COLUMNS = (
    *("kind", "explainer", "network", "pretrained", "expression", "first", "second"),
    *("people", "networks", "p", "q", "permutations", "exact", "more", "less", "largest", "x", "y", "map", "reason"),
)

PRETRAINING, NETWORKS, EXPLAINERS = "pretraining", "networks", "explainers"
ANSWERS, GROUPS = "answers", "groups"
#: Pretraining with networks as the units, by whole architectures where each comes with and without it.
OVER_NETWORKS = "pretraining, over networks"

_ONE = {"people": "person", "networks": "network"}


@dataclass(frozen=True)
class Contrast:
    """One comparison.

    Attributes:
        row: columns of the table.
        maps: difference and p (y4, x4); NaN where pixels take no part. None where nothing was tested.
    """

    row: dict[str, object]
    maps: tuple[Floats, Floats] | None = None


def paired_contrast(
    key: Mapping[str, object], first: PersonMatrix, second: PersonMatrix, unit: str = "people"
) -> Contrast:
    """The same people's maps by two networks or explainers, or of right and wrong answers.

    Args:
        key: kind, explainer, network, expression, first, second.
        first: maps of people.
        second: likewise.
        unit: what the rows of both are, as columns of the table call it.
    """
    others = set(second.people)
    people = tuple(name for name in first.people if name in others)
    pixels = first.pixels & second.pixels
    one, other = (part.of(people).at(pixels).standardised() for part in (first, second))
    known = np.isfinite(one).all(1) & np.isfinite(other).all(1)
    return _contrast(key, one[known], other[known], pixels, paired=True, unit=unit)


def network_contrast(key: Mapping[str, object], first: PersonMatrix, second: PersonMatrix) -> Contrast:
    """Global maps of networks with a pretraining against those of networks without.

    Args:
        key: as above.
        first: global maps, named by architecture.
        second: likewise; of the same architectures, which are then the pairs, or of any others.
    """
    if set(first.people) == set(second.people):
        return paired_contrast(key, first, second, unit="networks")
    pixels = first.pixels & second.pixels
    one, other = (part.at(pixels).standardised() for part in (first, second))
    one, other = (part[np.isfinite(part).all(1)] for part in (one, other))
    return _contrast(key, one, other, pixels, paired=False, unit="networks")


def group_contrast(key: Mapping[str, object], maps: PersonMatrix, inside: Sequence[bool]) -> Contrast:
    """Maps of people inside a group against those of all others.

    Args:
        key: as above.
        maps: of people of both.
        inside: (n,) who is in the group.
    """
    values, chosen = maps.standardised(), np.asarray(inside, dtype=bool)
    known = np.isfinite(values).all(1)
    return _contrast(key, values[chosen & known], values[~chosen & known], maps.pixels, paired=False)


def _contrast(
    key: Mapping[str, object], first: Floats, second: Floats, pixels: np.ndarray, *, paired: bool, unit: str = "people"
) -> Contrast:
    number = len(first) if paired else min(len(first), len(second))
    row: dict[str, object] = dict(key) | {unit: len(first) if paired else len(first) + len(second)}
    fewest = FEWEST_PEOPLE if unit == "people" else 2
    if number < fewest or not pixels.any():
        what = f"{_ONE[unit] if number == 1 else unit} with a map in {'both' if paired else 'a group'}"
        return Contrast(row | {"reason": f"{number} {what}, at least {fewest} wanted"})
    found = paired_difference(first, second) if paired else group_difference(first, second)
    # Of groups of one size, every way of dealing has a mirror that is as far apart.
    least = (2 if paired or len(first) == len(second) else 1) / found.permutations
    if found.exact and least > SIGNIFICANCE:
        return Contrast(row | {"reason": f"{found.permutations} labellings only: p cannot be below {least:.2f}"})
    if not np.isfinite(found.p).any():
        return Contrast(row | {"reason": "the maps are the same"})
    maps = _frame(found.difference, pixels), _frame(found.p, pixels)
    return Contrast(row | _figures(found, pixels) | {"reason": ""}, maps)


def _figures(found: Difference, pixels: np.ndarray) -> dict[str, object]:
    marked = found.p <= SIGNIFICANCE
    most = int(np.nanargmax(np.abs(found.t)))
    y, x = (int(place[most]) for place in np.nonzero(pixels))
    return {
        "p": float(np.nanmin(found.p)),
        "permutations": found.permutations,
        "exact": found.exact,
        "more": float((marked & (found.difference > 0)).mean()),
        "less": float((marked & (found.difference < 0)).mean()),
        "largest": float(found.difference[most]),
        # Where the largest statistic is, in pixels of the canonical frame: the middle of 4 x 4.
        "x": 4 * x + 1.5,
        "y": 4 * y + 1.5,
    }


def _frame(values: Floats, pixels: np.ndarray) -> Floats:
    whole = np.full(pixels.shape, np.nan)
    whole[pixels] = values
    return whole


def difference_table(contrasts: Sequence[Contrast]) -> pd.DataFrame:
    """Rows as the table of `map_differences.csv`, with p adjusted over all rows of the same kind."""
    places = iter(range(len(contrasts)))
    rows = [item.row | ({} if item.maps is None else {"map": next(places)}) for item in contrasts]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for _, part in table[table["p"].notna()].groupby("kind"):
        table.loc[part.index, "q"] = false_discovery_control(part["p"].to_numpy(dtype=float))
    numbers = dict.fromkeys(("people", "networks", "permutations", "map"), "Int64")
    return table.astype(numbers | {"exact": "boolean"} | dict.fromkeys(("p", "q", "more", "less", "largest"), float))


def difference_maps(contrasts: Sequence[Contrast]) -> xr.Dataset | None:
    """The maps as `map_differences.nc`: `difference` (standard deviations) and family-wise `p` (map, y4, x4)."""
    maps = [item.maps for item in contrasts if item.maps is not None]
    if not maps:
        return None
    dims = ("map", "y4", "x4")
    difference, p = (np.stack(part).astype(np.float32) for part in zip(*maps, strict=True))
    return xr.Dataset({"difference": (dims, difference), "p": (dims, p)})
