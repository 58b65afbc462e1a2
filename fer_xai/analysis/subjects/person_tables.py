"""All that the maps of single people say of a study, in one pass over the files: an expression at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd
import xarray as xr

from fer_xai.analysis.pretraining_contrasts import Pairs
from fer_xai.analysis.subjects.group_tables import GroupQuestion
from fer_xai.analysis.subjects.heterogeneity import HETEROGENEITY_COLUMNS, heterogeneity
from fer_xai.analysis.subjects.map_differences import (
    ANSWERS,
    EXPLAINERS,
    NETWORKS,
    PRETRAINING,
    Contrast,
    difference_maps,
    difference_table,
    paired_contrast,
)
from fer_xai.metrics.metric import Metrics
from fer_xai.metrics.reference_maps import ReferenceMaps
from fer_xai.results.person_maps import RIGHT, WRONG
from fer_xai.results.study import Network
from fer_xai.scoring.attainable import attainable_scores, simulated
from fer_xai.scoring.map_reliability import attainable_kind, reliabilities
from fer_xai.scoring.person_cells import PersonCell, person_cell
from fer_xai.scoring.person_matrix import person_matrix

#: Columns of `map_reliability.csv`. kind: see `fer_xai.scoring.map_reliability`; n: people or trainings.
RELIABILITY_COLUMNS = (
    *("explainer", "network", "pretrained", "expression", "kind", "value", "low", "high", "n", "remark"),
)

_Cells = Mapping[tuple[str, str], PersonCell]


@dataclass(frozen=True)
class PersonTables:
    """Tables of a study; without rows where no run keeps maps of single people.

    Attributes:
        heterogeneity: how far people differ.
        reliability: how steady global heatmaps are.
        differences: where maps differ.
        maps: the pixels behind these; None where nothing was compared.
        group_scores: rows of `groups.csv`: scores of groups of people by the main explainer.
        shares: rows of `variance_shares.csv`: of the scores of single people's maps by the main explainer.
    """

    heterogeneity: pd.DataFrame
    reliability: pd.DataFrame
    differences: pd.DataFrame
    maps: xr.Dataset | None
    group_scores: list[dict[str, object]]
    shares: list[dict[str, object]]


def person_tables(
    networks: Sequence[Network],
    explainers: Sequence[str],
    expressions: Sequence[str],
    pairs: Mapping[str, Pairs],
    question: GroupQuestion | None = None,
    over_networks: Sequence[Contrast] = (),
    reference: Mapping[str, ReferenceMaps] | None = None,
    metrics: Metrics | None = None,
) -> PersonTables:
    """Work out all tables.

    Args:
        networks: in the order of the tables.
        explainers: those that look at networks, the main one first.
        expressions: of the maps.
        pairs: networks with and without pretraining that are contrasted, by explainer.
        question: what is asked of groups of people; None for nothing.
        over_networks: comparisons of networks' global maps, which go into the same table.
        reference: by expression, what is to be found (y4, x4); None where nothing is simulated.
        metrics: measures of overlap; those with a ceiling by formula are passed over.

    Raises:
        UserError: a file is damaged.
    """
    kept = any(run.paths.people.exists() for network in networks for run in network.runs)
    reference, metrics = reference or {}, simulated(metrics or {})
    spread: list[dict[str, object]] = []
    steady: list[dict[str, object]] = []
    contrasts = list(over_networks)
    group_scores: list[dict[str, object]] = []
    single: list[pd.DataFrame] = []
    for expression in expressions if kept and explainers else ():
        cells: dict[tuple[str, str], PersonCell] = {}
        for explainer in explainers:
            for network in networks:
                if not any(explainer in run.record.explainers for run in network.runs):
                    continue
                key: dict[str, object] = {"explainer": explainer, "network": network.name}
                key |= {"pretrained": network.pretrained, "expression": expression}
                cell = person_cell(network.runs, explainer, expression)
                if isinstance(cell, str):
                    spread.append(key | {"people": 0, "reason": cell})
                    continue
                cells[explainer, network.label] = cell
                spread.append(key | heterogeneity(cell.people))
                steady += [
                    key | {"kind": kind, **vars(item)}
                    for kind, item in reliabilities(cell.people, cell.folds, cell.seeds).items()
                ]
                reached = attainable_scores(cell, reference[expression], metrics) if expression in reference else {}
                steady += [
                    key | {"kind": attainable_kind(name), "value": value, "n": len(cell.people), "remark": ""}
                    for name, value in reached.items()
                ]
        contrasts += _contrasts(cells, networks, explainers, expression, pairs)
        for network in networks if question is not None else ():
            own = cells.get((explainers[0], network.label))
            if own is not None and question is not None:
                place = {"explainer": explainers[0], "network": network.name, "pretrained": network.pretrained}
                place |= {"expression": expression}
                group_scores += question.scores(own.people, place)
                contrasts += question.contrasts(own.people, place)
                single += question.single_scores(own, network.label, expression)
    counts = dict.fromkeys(("people", "undefined"), "Int64")
    return PersonTables(
        pd.DataFrame(spread, columns=list(HETEROGENEITY_COLUMNS)).astype(counts),
        pd.DataFrame(steady, columns=list(RELIABILITY_COLUMNS)).astype({"n": "Int64"}),
        difference_table(contrasts),
        difference_maps(contrasts),
        group_scores,
        question.shares(single, explainers[0]) if question is not None and single else [],
    )


def _contrasts(
    cells: _Cells,
    networks: Sequence[Network],
    explainers: Sequence[str],
    expression: str,
    pairs: Mapping[str, Pairs],
) -> Iterator[Contrast]:
    """Comparisons of one expression.

    Pretraining by every explainer; networks, and right and wrong answers, by the main one; others with the main one.
    """
    for explainer in explainers:
        for pair in (pair for of_word in pairs[explainer].kept.values() for pair in of_word):
            yield from _paired(cells, PRETRAINING, expression, (explainer, pair.trained), (explainer, pair.scratch))
    main = explainers[0]
    for first, second in combinations(networks, 2):
        # Of networks that differ in pretraining as well, neither could be told apart.
        if first.pretrained == second.pretrained:
            yield from _paired(cells, NETWORKS, expression, (main, first), (main, second))
    for network in networks:
        for other in explainers[1:]:
            yield from _paired(cells, EXPLAINERS, expression, (other, network), (main, network))
        answers = cells[main, network.label].answers if (main, network.label) in cells else {}
        right, wrong = (person_matrix(answers[word]) if word in answers else None for word in (RIGHT, WRONG))
        if right is not None and wrong is not None:
            key: dict[str, object] = {"kind": ANSWERS, "explainer": main, "expression": expression}
            key |= {"network": network.name, "pretrained": network.pretrained}
            yield paired_contrast(key | {"first": "right answers", "second": "wrong answers"}, right, wrong)


def _paired(
    cells: _Cells, kind: str, expression: str, first: tuple[str, Network], second: tuple[str, Network]
) -> Iterator[Contrast]:
    (explainer, network), (other_explainer, other_network) = first, second
    one, other = cells.get((explainer, network.label)), cells.get((other_explainer, other_network.label))
    if one is None or other is None:
        return
    key: dict[str, object] = {"kind": kind, "expression": expression}
    if kind == EXPLAINERS:
        key |= {"network": network.name, "pretrained": network.pretrained}
        key |= {"first": explainer, "second": other_explainer}
    else:
        key |= {"explainer": explainer, "first": network.label, "second": other_network.label}
    yield paired_contrast(key, one.people, other.people)
