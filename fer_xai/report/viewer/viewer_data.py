"""What the viewer of heatmaps shows, as plain values and pictures within the page."""

import base64
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from PIL import Image

from fer_xai.analysis.analysis_files import read_continuous_references, read_references
from fer_xai.analysis.blind_maps import blind_reason
from fer_xai.analysis.outputs import Analysis
from fer_xai.metrics.otsu import otsu_threshold, to_uint8
from fer_xai.metrics.stretch import stretch
from fer_xai.report.plots.style import HEAT
from fer_xai.results.pool import GlobalMaps, pool_heatmaps, replicate_count
from fer_xai.results.study import Network, Study

#: Every second pixel is enough for a map of that smoothness, and a quarter of the bytes.
STEP = 2
_DIGITS = 4


def viewer_data(study: Study, analysis: Analysis, face: np.ndarray | None) -> dict[str, Any]:
    """Maps, masks and scores of a study for the viewer.

    Args:
        study: its runs.
        analysis: of it.
        face: (y, x) in [0, 1], the face below the maps, NaN where there is none; or None.

    Returns:
        rows (networks) and columns (expressions); size, rows and columns of a map; palette (256 colours as #rrggbb);
        face (picture or None); explainers and references, each with its pictures (of a reference its masks, and its
        continuous maps where it is more than these), and metrics; `scores` by explainer,
        reference and metric: (network, expression) -> value, low, high; `folds`: their names, and values likewise by
        (network, fold, expression); replicates, their number; holds, what intervals hold.
    """
    expressions = list(analysis.facts["expressions"])
    by_label = {network.label: network for network in study.networks}
    networks = [by_label[label] for label in analysis.labels]
    explainers = [_explainer(analysis, name, networks, expressions) for name in analysis.facts["explainers"]]
    main = next(iter(analysis.tables.values()))
    masks = read_references(study.paths.analysis)
    continuous = read_continuous_references(study.paths.analysis)
    return {
        "rows": [analysis.marked(label) for label in analysis.labels],
        "columns": expressions,
        "size": explainers[0]["size"],
        "palette": [mpl.colors.to_hex(colour) for colour in mpl.colormaps[HEAT](np.arange(256))],
        "face": None if face is None else picture(to_uint8(face[::STEP, ::STEP])),
        "explainers": explainers,
        "references": [
            _reference(analysis, name, masks[name], continuous.get(name, {}), expressions)
            for name in analysis.facts["references"]
        ],
        "metrics": [{"name": name, "title": analysis.described[name].title} for name in analysis.facts["metrics"]],
        "scores": _scores(analysis),
        "folds": _folds(study, analysis),
        "replicates": min((replicate_count(network.runs) for network in networks), default=0),
        "holds": "; ".join(main.holds),
    }


def picture(levels: np.ndarray, known: np.ndarray | None = None) -> str:
    """Grey levels as a PNG in a data URI.

    Args:
        levels: uint8 (y, x).
        known: bool (y, x): elsewhere the picture is transparent; None for everywhere.
    """
    image = Image.fromarray(levels)
    if known is not None:
        image = Image.merge("LA", (image, Image.fromarray(known.astype(np.uint8) * 255)))
    content = io.BytesIO()
    image.save(content, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def sheet(cells: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """Equal cells (y, x) laid out in rows and columns as one array."""
    return np.concatenate([np.concatenate(row, axis=1) for row in cells], axis=0)


def _explainer(
    analysis: Analysis, name: str, networks: Sequence[Network], expressions: Sequence[str]
) -> dict[str, Any]:
    pooled = [_pooled(network, name, expressions) for network in networks]
    some = next(maps for maps in pooled if maps is not None)
    levels = [[_levels(maps, number, some) for number in range(len(expressions))] for maps in pooled]
    known = [[_valid(maps, number, some) for number in range(len(expressions))] for maps in pooled]
    each = [(maps, number) for maps in pooled for number in range(len(expressions))]
    size = (len(pooled), len(expressions))
    return {
        "name": name,
        "title": analysis.explainer_title(name),
        "measured": name in analysis.facts.get("true_map_explainers", ()),
        "size": list(levels[0][0][::STEP, ::STEP].shape),
        "maps": picture(
            sheet([[cell[::STEP, ::STEP] for cell in row] for row in levels]),
            sheet([[cell[::STEP, ::STEP] for cell in row] for row in known]),
        ),
        "thresholds": _table(
            (int(otsu_threshold(levels[i][j], known[i][j])) for i in range(size[0]) for j in range(size[1])), size
        ),
        "images": _table((0 if maps is None else int(maps.images[number]) for maps, number in each), size),
        "people": _table((0 if maps is None else int(maps.people[number]) for maps, number in each), size),
        "blind": _table(("" if maps is None else blind_reason(maps, number) for maps, number in each), size),
    }


def _pooled(network: Network, explainer: str, expressions: Sequence[str]) -> GlobalMaps | None:
    runs = [run for run in network.runs if explainer in run.record.explainers]
    return pool_heatmaps(runs, explainer, expressions) if runs else None


def _levels(maps: GlobalMaps | None, number: int, like: GlobalMaps) -> np.ndarray:
    """8-bit levels of one map, stretched over its valid pixels."""
    if maps is None:
        return np.zeros(like.mean.shape[1:], dtype=np.uint8)
    valid = maps.valid[number]
    return to_uint8(np.asarray(stretch(np.where(valid, maps.mean[number], 0.0), valid)))


def _valid(maps: GlobalMaps | None, number: int, like: GlobalMaps) -> np.ndarray:
    return np.zeros(like.mean.shape[1:], dtype=bool) if maps is None else maps.valid[number]


def _reference(
    analysis: Analysis,
    name: str,
    masks: Mapping[str, np.ndarray],
    continuous: Mapping[str, np.ndarray],
    expressions: Sequence[str],
) -> dict[str, Any]:
    shape = next(iter(masks.values())).shape
    maps = [continuous.get(word, np.full(shape, np.nan))[::STEP, ::STEP] for word in expressions]
    cells = [masks.get(word, np.zeros(shape, dtype=bool))[::STEP, ::STEP] for word in expressions]
    return {
        "name": name,
        "title": analysis.reference_title(name),
        "masks": picture(sheet([cells]).astype(np.uint8) * 255),
        "has": [word in masks for word in expressions],
        "maps": _continuous_picture(sheet([maps])) if continuous else None,
    }


def _continuous_picture(maps: np.ndarray) -> str:
    return picture(to_uint8(np.nan_to_num(maps)), np.isfinite(maps))


def _scores(analysis: Analysis) -> dict[str, Any]:
    """By explainer, reference and metric: (network, expression) -> value, low, high; empty without a row."""
    scores: dict[str, Any] = {}
    for table in analysis.tables.values():
        rows = {row.label: row.cells for row in table.rows}
        values = [
            [[_short(cell.value), _short(cell.low), _short(cell.high)] for cell in rows.get(label, ())]
            for label in analysis.labels
        ]
        scores.setdefault(table.explainer, {}).setdefault(table.reference, {})[table.metric] = values
    return scores


def _folds(study: Study, analysis: Analysis) -> dict[str, Any]:
    """Names of folds, and scores (network, fold, expression) by explainer, reference and metric, over their seeds."""
    if len(study.folds) < 2:
        return {"names": [], "values": {}}
    frame = analysis.metrics
    frame = frame[frame["fold"].notna() & frame["expression"].notna() & frame["metric"].isin(analysis.facts["metrics"])]
    means = frame.groupby(["explainer", "reference", "metric", "label", "fold", "expression"])["value"].mean()
    values: dict[str, Any] = {}
    for keys, part in means.groupby(level=[0, 1, 2]):
        explainer, reference, metric = map(str, keys)  # type: ignore[arg-type]
        wide = part.droplevel([0, 1, 2])
        values.setdefault(explainer, {}).setdefault(reference, {})[metric] = [
            [[_value(wide, (label, fold, word)) for word in analysis.facts["expressions"]] for fold in study.folds]
            for label in analysis.labels
        ]
    return {"names": [f"fold {fold}" for fold in study.folds], "values": values}


def _value(values: pd.Series, key: tuple[Any, ...]) -> float | None:
    return _short(float(values.get(key, math.nan)))  # type: ignore[arg-type]


def _short(value: float) -> float | None:
    return round(value, _DIGITS) if math.isfinite(value) else None


def _table(values: Iterable[Any], size: tuple[int, int]) -> list[list[Any]]:
    everything = list(values)
    return [everything[row * size[1] : (row + 1) * size[1]] for row in range(size[0])]
