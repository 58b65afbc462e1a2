"""Maps of single people under other alignments: the file `realigned.nc` of a run, and what is read of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from fer_xai.results.heatmap_files import damaged, read_dataset
from fer_xai.results.person_maps import build_people, write_people

#: The run's own landmarks, among the names of alignments.
OWN = "own"


@dataclass(frozen=True)
class Alignments:
    """What a run has tried.

    Attributes:
        explainer: whose maps were carried by each alignment.
        titles: of the alignments that there are maps of, by name.
        left_out: why there are none of others, by name.
    """

    explainer: str
    titles: Mapping[str, str]
    left_out: Mapping[str, str]


def build_realigned(by_alignment: Mapping[str, Mapping[str, Any]], rows: pd.DataFrame, tried: Alignments) -> xr.Dataset:
    """The data set of `realigned.nc`: as that of `people.nc`, with alignments in the place of explainers.

    Args:
        by_alignment: for `OWN` and each other alignment what `build_people` takes of an explainer.
        rows: whose maps these are.
        tried: what they are.
    """
    dataset = build_people(by_alignment, rows)
    told = {"titles": json.dumps(dict(tried.titles)), "left_out": json.dumps(dict(tried.left_out))}
    return dataset.assign_attrs(alignments_of=tried.explainer, **told)


def write_realigned(path: Path, dataset: xr.Dataset) -> None:
    """Write `realigned.nc`, compressed; nothing where no image was explained."""
    write_people(path, dataset)


def read_realigned(path: Path) -> Alignments:
    """What `realigned.nc` holds; its maps are read by `read_people`.

    Raises:
        UserError: the file is damaged, or does not say of what it is.
    """
    with read_dataset(path) as dataset:
        told = dataset.attrs
        try:
            return Alignments(told["alignments_of"], json.loads(told["titles"]), json.loads(told["left_out"]))
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise damaged(path, error) from error
