"""What global heatmaps are worth: against references, beside baselines, and against each other."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.analysis.baselines.baseline_scores import FIXED, OTHER_MASKS, baselines_of
from fer_xai.face.masks import Reference
from fer_xai.library.choices import build_choice
from fer_xai.library.heatmaps import Heatmaps
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.correlation import compare, ncc_matrix
from fer_xai.metrics.resolution import halve
from fer_xai.results.pool import GlobalMaps, maps_of
from fer_xai.results.study import Network
from fer_xai.scoring.intervals import interval, mean_known
from fer_xai.scoring.pooled_maps import PooledMaps, PooledRuns
from fer_xai.scoring.resampled import Resampled
from fer_xai.scoring.run_scores import score_run

#: What no network has to be looked at for, by the names of its columns.
BASELINES = (*FIXED, OTHER_MASKS)
_KEY = ["explainer", "reference", "metric", "expression"]


def reference(name: str = "friesen_ekman", **settings: Any) -> Reference:
    """What heatmaps are compared with: masks of experts, or maps of observers.

    Args:
        name: of a file of `conf/reference`: `friesen_ekman`, `facs_units`, `observers`, `images`, `fixations` ...
        settings: as the file names them, such as `root`.

    Returns:
        What is right for each of its `expressions`, in the canonical frame: `mask(expression)` bool (275, 224), and
        `weights_of(expression)` float32 (275, 224).

    Raises:
        UserError: no such reference or setting, or it cannot be built.

    Examples:
        >>> import fer_xai
        >>> masks = fer_xai.reference("friesen_ekman")
        >>> masks.mask("happiness").shape, len(masks.expressions)
        ((275, 224), 6)
    """
    return build_choice("reference", name, settings, Reference, cache_dir=None)


def score(heatmaps: Heatmaps, *references: Reference, metrics: Sequence[str] | None = None) -> pd.DataFrame:
    """Scores of global heatmaps against references, with 95 % intervals over people, beside baselines.

    Args:
        heatmaps: from `global_heatmaps`.
        references: what to compare with; without any, the masks after Friesen and Ekman.
        metrics: names of files of `conf/metrics`; None takes those that are chosen by default.

    Returns:
        A row for each explainer, reference, metric and expression, and one with an empty expression for their mean:
        `value`, `low`, `high`, `n` (images), `people`, `holds` (what the interval is over), `reason` (why there is no
        value, or no interval); and what knows nothing of the network: `full frame`, `centred Gaussian`,
        `landmark density`, `other masks` (the same maps with the masks of the other expressions).

    Raises:
        UserError: no such metric.

    Examples:
        >>> import fer_xai
        >>> import numpy as np
        >>> faces = [fer_xai.draw_face("happiness", subject=k) for k in range(5)]
        >>> mouth = np.zeros((5, 256, 256))
        >>> mouth[:, 150:215, 80:175] = 1
        >>> local = fer_xai.LocalHeatmaps("mine", mouth, ["happiness"] * 5,
        ...     np.stack([face.landmarks for face in faces]), list("abcde"))
        >>> table = fer_xai.score(fer_xai.global_heatmaps(local, replicates=20), metrics=["ncc"])
        >>> row = table.iloc[0]
        >>> bool(row["low"] < row["value"] < row["high"]), int(row["people"]), "centred Gaussian" in table
        (True, 5, True)
    """
    chosen = references or (reference(),)
    measures = shipped_metrics(metrics)
    table = score_run(heatmaps.means, heatmaps.replicates, chosen, measures)
    rows = []
    for explainer, one in product(heatmaps.explainers, chosen):
        own = baselines_of(_pooled(heatmaps, explainer), one, measures)
        scores = {**own.fixed, OTHER_MASKS: own.others}
        for m, metric in enumerate(measures):
            # A mean of scores is over the expressions that have one, and so is that of the baselines beside it.
            whole = np.flatnonzero(np.isfinite(own.right[m, 0]))
            for e, expression in enumerate([*heatmaps.expressions, None]):
                cut = whole if expression is None else e
                values = {name: float(mean_known(scores[name][m, 0, cut])) for name in BASELINES}
                rows.append(dict(zip(_KEY, (explainer, one.name, metric, expression), strict=True)) | values)
    return table.merge(pd.DataFrame(rows), on=_KEY, how="left")


def compare_maps(first: Heatmaps, second: Heatmaps) -> pd.DataFrame:
    """How alike the global heatmaps of two networks, explainers or groups of people are, expression by expression.

    Pearson's correlation over the pixels that both show. Its 95 % interval is over people, who are drawn alike for both
    where they are the same; so both have to be averaged with the same seed.

    Args:
        first: from `global_heatmaps` or `study_heatmaps`.
        second: likewise.

    Returns:
        A row for each explainer of the first, explainer of the second, and expression that both have: `first`,
        `second`, `expression`, `ncc`, `low`, `high`, `people` (of the map with fewer), `pixels` (share of the frame
        that was compared), `reason` (why there is no value, or no interval).

    Examples:
        >>> import fer_xai
        >>> import numpy as np
        >>> faces = [fer_xai.draw_face("fear", subject=k) for k in range(2)]
        >>> local = fer_xai.LocalHeatmaps("mine", np.random.default_rng(0).random((2, 256, 256)), ["fear"] * 2,
        ...     np.stack([face.landmarks for face in faces]))
        >>> heatmaps = fer_xai.global_heatmaps(local, replicates=0)
        >>> fer_xai.compare_maps(heatmaps, heatmaps)[["expression", "ncc"]]
          expression  ncc
        0       fear  1.0
    """
    shared = [name for name in first.expressions if name in second.expressions]
    rows = []
    for one, other, expression in product(first.explainers, second.explainers, shared):
        pair = [_one(first, one, expression), _one(second, other, expression)]
        ncc, pixels = compare(np.stack([maps.mean[0] for maps in pair]), np.stack([maps.valid[0] for maps in pair]))
        people = [int(maps.people[0]) for maps in pair]
        known = None if min(people) < 0 else min(people)
        of = interval(float(ncc[0, 1]), _resampled(first, one, second, other, expression), (-1, 1), known)
        reason = of.reason if np.isfinite(ncc[0, 1]) else "a map is constant or missing"
        row = {"first": one, "second": other, "expression": expression, "ncc": float(ncc[0, 1])}
        rows.append(row | {"low": of.low, "high": of.high, "people": known, "pixels": pixels, "reason": reason})
    names = ["first", "second", "expression", "ncc", "low", "high", "people", "pixels", "reason"]
    return pd.DataFrame(rows, columns=names).astype({"people": "Int64"})


def _one(heatmaps: Heatmaps, explainer: str, expression: str) -> GlobalMaps:
    maps, e = maps_of(heatmaps.means, explainer), heatmaps.expressions.index(expression)
    cut = slice(e, e + 1)
    return GlobalMaps((expression,), maps.mean[cut], maps.count[cut], maps.images[cut], maps.people[cut])


def _pooled(heatmaps: Heatmaps, explainer: str) -> PooledMaps:
    nobody = PooledRuns(Network("", "", "", ()), (), None, None)
    return PooledMaps(explainer, heatmaps.expressions, (nobody,), (maps_of(heatmaps.means, explainer),), 0)


def _resampled(first: Heatmaps, one: str, second: Heatmaps, other: str, expression: str) -> Resampled:
    """The correlation from each replicate of people, on the replicates' grid."""
    drawn = [heatmaps.replicates for heatmaps in (first, second)]
    if any(replicates is None for replicates in drawn):
        return Resampled.nothing()
    pair = [(first, one), (second, other)]
    parts = [
        replicates["mean"].sel(explainer=name, expression=expression).values  # type: ignore[index]
        for replicates, (_, name) in zip(drawn, pair, strict=True)
    ]
    number = min(map(len, parts))
    valid = np.all([_one(*of, expression).valid[0] for of in pair], axis=0)
    common = halve(valid.astype(np.float64)) >= 1
    whole = [halve(np.where(valid, _one(*of, expression).mean[0], 0.0)) for of in pair]
    rows = [
        ncc_matrix(np.stack([np.where(np.isfinite(a), a, b) for a, b in zip(maps, whole, strict=True)]), common)[0, 1]
        for maps in zip(*(part[:number] for part in parts), strict=True)
    ]
    return Resampled.over_people(ncc_matrix(np.stack(whole), common)[0, 1], np.array(rows))
