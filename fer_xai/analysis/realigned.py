"""How far heatmaps and their scores hang on the alignment of the faces."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.analysis.baselines.baseline_scores import controlled
from fer_xai.face.masks import Reference
from fer_xai.metrics.metric import Metric
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.metrics.reference_maps import ReferenceMaps, study_reference
from fer_xai.results.person_maps import pooled_people, read_people
from fer_xai.results.realigned_maps import OWN, read_realigned
from fer_xai.results.study import Network, Run
from fer_xai.scoring.intervals import Interval
from fer_xai.scoring.paired_maps import PairedMaps, each_left_out, jackknife, mean_scores, over_expressions
from fer_xai.scoring.person_matrix import PersonMatrix, person_matrix

#: The measure of how alike a global heatmap is to that of the run's own alignment: their correlation.
LIKENESS = "likeness"
#: What tests say of the difference of a mean score from that of the run's own alignment.
DIFFERS, WITHIN, BOTH, UNCLEAR = "differs", "within the margin", "differs, within the margin", "unclear"

#: Columns of `realigned.csv`; expression empty: the mean over the expressions, by which is tested.
COLUMNS = (
    *("network", "pretrained", "explainer", "alignment", "title", "expression", "measure", "reference"),
    *("value", "low", "high", "difference", "difference_low", "difference_high", "p", "q", "p_same", "q_same"),
    *("answer", "images", "people", "reason"),
)

# Maps of people are kept at a quarter of the frame's resolution: halved twice.
_HALVED = 2


@dataclass(frozen=True)
class _Cell:
    """One expression: the maps by both alignments, and what they are scored with."""

    expression: str
    maps: PairedMaps
    reference: ReferenceMaps | None


def realigned_table(
    networks: Sequence[Network],
    expressions: Sequence[str],
    reference: Reference,
    metric: tuple[str, Metric[Any]],
    margin: float,
) -> pd.DataFrame:
    """Every alignment beside the run's own: the same network, explainer, people and local heatmaps.

    Scores are those of the global heatmaps, at a quarter of the frame's resolution; intervals leave out one person at a
    time, from both maps at once. Whether a mean score differs, and whether by less than the margin, is tested for all
    networks and alignments together at one false-discovery rate.

    Args:
        networks: in the order of the table; those whose runs have tried none have no row.
        expressions: of the maps.
        reference: what they are compared with.
        metric: its name, and the measure.
        margin: a difference of the measure that counts as none if it is smaller.

    Returns:
        Columns `COLUMNS`; empty where no run has tried another alignment.

    Raises:
        UserError: a file that cannot be read.
    """
    compared = study_reference(reference, expressions).halved(_HALVED)
    rows: list[dict[str, object]] = []
    for network in networks:
        runs = [run for run in network.runs if run.paths.realigned.exists()]
        if not runs:
            continue
        tried = read_realigned(runs[0].paths.realigned)
        key: dict[str, object] = {"network": network.name, "pretrained": network.pretrained}
        key |= {"explainer": tried.explainer}
        own = [_matrix(runs, OWN, expression) for expression in expressions]
        for name, title in tried.titles.items():
            cells = []
            for number, expression in enumerate(expressions):
                one, other = own[number], _matrix(runs, name, expression)
                pair = PairedMaps.of(one, other) if one is not None and other is not None else None
                cells += [_Cell(expression, pair, compared.of(number))] if pair else []
            rows += [
                key | {"alignment": name, "title": title} | row
                for row in _rows(cells, name == OWN, (reference.name, *metric), margin)
            ]
        for name, why in tried.left_out.items():
            rows.append(key | {"alignment": name, "measure": LIKENESS, "reason": why})
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"images": "Int64", "people": "Int64"})
    return _judged(frame)


def _matrix(runs: Sequence[Run], alignment: str, expression: str) -> PersonMatrix | None:
    read = [read_people(run.paths.realigned, alignment, expression) for run in runs]
    pooled = pooled_people([maps for maps in read if maps is not None])
    return None if pooled is None else person_matrix(pooled)


def _rows(
    cells: Sequence[_Cell], is_own: bool, compared: tuple[str, str, Metric[Any]], margin: float
) -> list[dict[str, object]]:
    """Rows of one alignment: likeness and scores of every expression, and their means."""
    reference, name, metric = compared
    everybody = sorted({person for cell in cells for person in cell.maps.people})
    rows: list[dict[str, object]] = []
    whole: dict[str, list[tuple[np.ndarray, np.ndarray | None]]] = {LIKENESS: [], name: []}
    images = sum(int(cell.maps.other.weights.sum()) for cell in cells)
    for cell in cells:
        maps = cell.maps
        kept = each_left_out(maps.people, everybody)
        own_rows = np.concatenate([[True], np.isin(everybody, maps.people)])
        place = {"expression": cell.expression, "people": len(maps.people), "images": int(maps.other.weights.sum())}
        figures: dict[str, tuple[np.ndarray, np.ndarray | None]] = {}
        if not is_own:
            figures[LIKENESS] = (maps.likeness(kept), None)
        if cell.reference is not None:
            scores = [mean_scores(one, kept, cell.reference, metric) for one in (maps.other, maps.own)]
            figures[name] = (scores[0], None if is_own else scores[0] - scores[1])
        for measure, (values, differences) in figures.items():
            whole[measure].append((values, differences))
            cut = values[own_rows], None if differences is None else differences[own_rows]
            bounds = (-1.0, 1.0) if measure == LIKENESS else metric.bounds
            rows.append(place | _measured(measure, reference, *cut, len(maps.people), bounds))
    for measure, found in whole.items():
        if not found:
            continue
        values = over_expressions([one for one, _ in found])
        paired = [other for _, other in found if other is not None]
        differences = over_expressions(paired) if paired else None
        bounds = (-1.0, 1.0) if measure == LIKENESS else metric.bounds
        place = {"expression": None, "people": len(everybody), "images": images}
        rows.append(place | _measured(measure, reference, values, differences, len(everybody), bounds, margin))
    return rows


def _measured(
    measure: str,
    reference: str,
    values: np.ndarray,
    differences: np.ndarray | None,
    people: int,
    bounds: tuple[float, float],
    margin: float | None = None,
) -> dict[str, object]:
    """A figure with its interval and, of a score, its difference from the run's own; tested where a margin is given."""
    of = jackknife(values, people, bounds)
    row: dict[str, object] = {"measure": measure, "reference": None if measure == LIKENESS else reference}
    row |= {"value": float(values[0]), "low": of.low, "high": of.high, "reason": of.reason}
    if differences is None:
        return row
    apart: Interval = jackknife(differences, people)
    row |= {"difference": float(differences[0]), "difference_low": apart.low, "difference_high": apart.high}
    if margin is None:
        return row
    return row | {"p": apart.p(), "p_same": apart.p_equivalent(0.0, margin), "reason": of.reason or apart.reason}


def _judged(frame: pd.DataFrame) -> pd.DataFrame:
    """With q-values over all tests, and what they say."""
    tested = frame["difference"].notna() & frame["expression"].isna()
    for p, q in (("p", "q"), ("p_same", "q_same")):
        frame[p] = frame[p].astype(float)
        frame[q] = controlled(frame[p])
    differs, within = (frame[name].astype(float) <= SIGNIFICANCE for name in ("q", "q_same"))
    answers = np.select([differs & within, differs, within], [BOTH, DIFFERS, WITHIN], UNCLEAR)
    return frame.assign(answer=pd.Series(answers, index=frame.index, dtype=object).where(tested))
