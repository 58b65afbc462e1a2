"""The metrics of a run or of an analysis: those of `conf/metrics`, of packages of parts, and of a user's own.

One of a user's own is an object with `compares` (`sets` or `values`), `higher_is_better`, `bounds` (smallest and
largest value), `title` if it has one, and `score(maps, reference, valid)`: NumPy arrays of one shape (..., y, x), in
which pixels may lie in one row, `valid` bool; it gives (...) scores. `reference`, `needs` and `corrected` are as
`Metric` has them, if the object says them.
"""

import logging
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any, NamedTuple, get_args

import numpy as np
from omegaconf import OmegaConf

from fer_xai.config.own import built, failure, kind_of, own_part
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError
from fer_xai.metrics.metric import EXACT, SMOOTH, Metric, Needs, ReferenceForm
from fer_xai.metrics.overlap import count_overlap, overlap_problems
from fer_xai.metrics.pixels import Array, Problems, align
from fer_xai.metrics.values import Values
from fer_xai.terminal import say_once

log = logging.getLogger(__name__)


def chosen_metrics(nodes: Mapping[str, Any]) -> dict[str, Metric[Any]]:
    """Build the metrics of a config and try each on random maps.

    Args:
        nodes: name -> config node, the main metric first.

    Raises:
        UserError: there is none, or one lacks something or gives something else than scores.
    """
    if not nodes:
        raise UserError("metrics=[]: choose at least one; the names are those of conf/metrics")
    found = {}
    for name, node in nodes.items():
        key = f"metrics.{name}"
        metric = as_metric(str(name), built(key, node, object, "a metric"))
        with own_part(key, node):
            _try(key, metric)
        found[str(name)] = metric
    return found


def check_primary(primary: str, metrics: Iterable[str]) -> None:
    """Refuse a primary measure that nobody knows; one that is known and not chosen gives way to the first that is.

    Args:
        primary: its name.
        metrics: names of those that are chosen.

    Raises:
        UserError: it is neither chosen nor in `conf/metrics`.
    """
    shipped = {path.stem for path in (conf_dir() / "metrics").glob("*.yaml")} - {"default"}
    if primary not in shipped and primary not in (chosen := list(metrics)):
        raise UserError(f"primary={primary}: there is no such metric; those that are chosen are {', '.join(chosen)}")


def shipped_metrics(names: Iterable[str] | None = None) -> dict[str, Metric[Any]]:
    """Metrics of `conf/metrics` with their settings there, where no config is composed.

    Args:
        names: of the metrics; None for those that are chosen by default.

    Raises:
        UserError: there is no such metric.
    """
    folder = conf_dir() / "metrics"
    if names is None:
        names = OmegaConf.load(folder / "default.yaml").defaults
    found = {}
    for name in names:
        path = folder / f"{name}.yaml"
        if name == "default" or not path.exists():
            known = sorted(path.stem for path in folder.glob("*.yaml") if path.stem != "default")
            raise UserError(f"unknown metric '{name}': known are {', '.join(known)}")
        found[str(name)] = as_metric(str(name), built(f"metrics.{name}", OmegaConf.load(path), Metric, "a Metric"))
    return found


def as_metric(name: str, part: Any) -> Metric[Any]:
    """A metric as it was built, whoever wrote it.

    Args:
        name: in tables.
        part: a `Metric`, or an object of a user's own that says and does the same.

    Raises:
        UserError: it lacks something.
    """
    key = f"metrics.{name}"
    if getattr(part, "compares", None) not in ("sets", "values"):
        raise UserError(
            f"{key}: its attribute `compares` has to be 'sets' (relevant pixels with a mask) or 'values' (the map "
            "with weights)"
        )
    if getattr(part, "higher_is_better", None) not in (True, False):
        raise UserError(f"{key}: its attribute `higher_is_better` has to be True or False")
    if not _are_bounds(getattr(part, "bounds", None)):
        raise UserError(f"{key}: its attribute `bounds` has to be (smallest, largest) value")
    sets = part.compares == "sets"
    if getattr(part, "reference", "mask") not in (("mask",) if sets else get_args(ReferenceForm)):
        right = "'mask', for it compares sets" if sets else "'mask', 'weights' or 'signed'"
        raise UserError(f"{key}: its attribute `reference` has to be {right}")
    if not isinstance(getattr(part, "needs", EXACT), Needs):
        raise UserError(f"{key}: its attribute `needs` has to be a fer_xai.metrics.metric.Needs")
    if not callable(getattr(part, "score", None)):
        raise UserError(f"{key}: it has no method score(maps, reference, valid)")
    metric = part if isinstance(part, Metric) else OwnMetric(key, part)
    if not isinstance(getattr(metric, "title", None), str) or not metric.title:
        metric.title = name.replace("_", " ")
    return metric


def _are_bounds(bounds: Any) -> bool:
    if not isinstance(bounds, list | tuple) or len(bounds) != 2:
        return False
    return all(isinstance(bound, Real) for bound in bounds) and bounds[0] < bounds[1]


def _try(key: str, metric: Metric[Any]) -> None:
    """Refuse a metric whose scores of random maps are no scores."""
    rng = np.random.default_rng(0)
    maps, reference = rng.random((2, 3, 4, 5))
    maps, reference = (
        (maps > 0.5 if metric.compares == "sets" else maps),
        (reference > 0.5 if metric.reference == "mask" else reference),
    )
    scores = metric.part.score if isinstance(metric, OwnMetric) else metric.score
    tried = np.asarray(scores(maps, reference, np.ones(maps.shape, dtype=bool)))
    if tried.shape != (3,):
        raise UserError(f"{key}: `score` gives shape {tried.shape} for maps (3, 4, 5); it has to give (3,)")
    if not np.issubdtype(tried.dtype, np.number) and tried.dtype != bool:
        raise UserError(f"{key}: `score` gives {kind_of(tried.flat[0])}; it has to give numbers")
    known = tried[~np.isnan(tried)]
    if known.size and not (metric.bounds[0] <= known.min() and known.max() <= metric.bounds[1]):
        raise UserError(
            f"{key}: `score` gives {known.min():.3g} to {known.max():.3g}, outside its bounds {tuple(metric.bounds)}"
        )


class OwnScores(NamedTuple):
    """Scores that a metric of a user's own has given, and why some are undefined."""

    scores: Array
    problems: Problems


class OwnMetric(Metric[OwnScores]):
    """A metric of a user's own that is no `Metric`.

    Args:
        key: where it is configured.
        part: an object that `as_metric` has found to be one.
    """

    def __init__(self, key: str, part: Any) -> None:
        self.key, self.part = key, part
        self.compares = part.compares
        sets = part.compares == "sets"
        self.reference = getattr(part, "reference", "mask" if sets else "weights")
        self.needs = getattr(part, "needs", EXACT if sets else SMOOTH)
        self.corrected = bool(getattr(part, "corrected", False))
        self.higher_is_better = bool(part.higher_is_better)
        self.bounds = float(part.bounds[0]), float(part.bounds[1])
        self.title = str(getattr(part, "title", ""))

    def prepare(self, maps: Array, reference: Array, valid: Array | None) -> OwnScores:  # type: ignore[override]
        """Let the object score; where it fails, its scores are undefined and the others stay."""
        maps, reference, valid = align(maps, reference, valid)
        maps, reference = np.broadcast_arrays(maps, reference)
        ok = np.ones(maps.shape, dtype=bool) if valid is None else valid
        if self.compares == "sets":
            problems = overlap_problems(count_overlap(maps, reference, valid))
        else:
            problems = Values(maps, reference, valid).problems
        shape = maps.shape[:-2]
        try:
            scores = np.asarray(self.part.score(maps, reference, ok), dtype=np.float64)
            if scores.shape != shape:
                raise ValueError(f"it gives shape {scores.shape} for maps {maps.shape}")
        except Exception as error:
            reason = f"{self.key} failed: {failure(error)}"
            log.warning("%s", reason, exc_info=error)
            say_once(f"{reason}; its scores are undefined", of=self.key)
            return OwnScores(np.full(shape, np.nan), [*problems, (reason, np.ones(shape, dtype=bool))])
        return OwnScores(scores, problems)

    def score_prepared(self, prepared: OwnScores) -> Array:
        """What the object gave."""
        return prepared.scores

    def problems(self, prepared: OwnScores) -> Problems:
        """An empty set or mask, a map of one value or not finite, no valid pixel, or that the object failed."""
        return prepared.problems
