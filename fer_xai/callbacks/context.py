"""What the callbacks of one run share."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from fer_xai.data.copies.duplicates import NO_DUPLICATES, Duplicates
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.splits.base import NO_PARTS, Parts
from fer_xai.results.paths import RunPaths
from fer_xai.trust.measures import Description

_FROM_CALLBACKS = (
    *("predictions", "heatmaps", "replicates", "people", "metrics", "examples", "regions"),
    *("action_units", "uncovering", "trust", "trust_images", "trust_tests", "realigned"),
)


@dataclass
class RunContext:
    """One run: what it is called, where it writes, and what its callbacks have found so far.

    Attributes:
        name: name of the run's folder.
        study: name of the study, by which loggers group runs.
        network: name of the network.
        pretrained: none, imagenet, or the name of the weights.
        fold: number of the test fold.
        training_fingerprint: names the trained network.
        run_fingerprint: names the run.
        paths: the run's files.
        trained: folder of the trained network (checkpoints, curves).
        faces: the prepared faces.
        config: the resolved configuration as plain containers.
        parts: rows of the faces that are trained on, validated on and tested.
        duplicates: the copies among the faces.
        split: how the faces are split: way, number of folds, name of the tested fold.
        predictions: one row per test image, from the Predictions callback.
        heatmaps: contents of heatmaps.nc, from the Explain callback.
        replicates: contents of replicates.nc, likewise.
        people: contents of people.nc, likewise, unless that is off.
        images: number of explained images per expression.
        left_out_explainers: explainers that do not fit the network, with the reason.
        examples: contents of examples.nc, the most and least typical local heatmaps, if they are asked for.
        regions: one row per explained image and face region, from explainers that value regions.
        action_units: contents of action_units.csv, from whichever callback makes interventions first.
        uncovering: contents of uncovering.csv, if faces were uncovered tile by tile.
        trust: contents of trust.csv, from the Trust callback, if tests are asked for.
        trust_images: contents of trust_images.csv, likewise.
        trust_tests: what those tests say of themselves, by name.
        realigned: contents of realigned.nc, from the Realign callback, if other alignments are asked for.
        metrics: rows of metrics.csv, from the Compare callback.
        elsewhere: of a network that was trained elsewhere, what the record tells of that.
        validation: accuracy of the trained network on the validation part, and its number of images.
        device: what the network ran on.
        timings: seconds per stage; a stage within another is part of it.
    """

    name: str
    study: str
    network: str
    pretrained: str
    fold: int
    training_fingerprint: str
    run_fingerprint: str
    paths: RunPaths
    trained: Path
    faces: PreparedFaces
    config: dict
    parts: Parts = NO_PARTS
    duplicates: Duplicates = NO_DUPLICATES
    split: dict[str, Any] = field(default_factory=dict)
    predictions: pd.DataFrame | None = None
    heatmaps: xr.Dataset | None = None
    replicates: xr.Dataset | None = None
    people: xr.Dataset | None = None
    images: dict[str, int] = field(default_factory=dict)
    left_out_explainers: dict[str, str] = field(default_factory=dict)
    examples: xr.Dataset | None = None
    regions: pd.DataFrame | None = None
    action_units: pd.DataFrame | None = None
    uncovering: pd.DataFrame | None = None
    trust: pd.DataFrame | None = None
    trust_images: pd.DataFrame | None = None
    trust_tests: dict[str, Description] | None = None
    realigned: xr.Dataset | None = None
    metrics: pd.DataFrame | None = None
    elsewhere: dict[str, Any] = field(default_factory=dict)
    validation: dict[str, float] = field(default_factory=dict)
    device: str = ""
    timings: dict[str, float] = field(default_factory=dict)

    def contents(self) -> dict[str, Any]:
        """What the callbacks have left for the run's files, by the names of `RunPaths.files`."""
        return {name: getattr(self, name) for name in _FROM_CALLBACKS}

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Note how many seconds a stage takes."""
        start = time.perf_counter()
        yield
        self.timings[stage] = round(time.perf_counter() - start, 3)
