"""Who is judged how: accuracy, scores and heatmaps of groups of people, `groups.csv`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from fer_xai.analysis.accuracy_table import read_predictions
from fer_xai.analysis.effects.person_shares import person_shares
from fer_xai.analysis.subjects.group_accuracy import accuracy_rows
from fer_xai.analysis.subjects.group_scores import Scorer, score_rows
from fer_xai.analysis.subjects.groupings import Grouping, groupings
from fer_xai.analysis.subjects.map_differences import GROUPS, Contrast, group_contrast
from fer_xai.face.masks import Reference
from fer_xai.metrics.metric import Metric
from fer_xai.metrics.reference_maps import ReferenceMaps, study_reference
from fer_xai.results.study import Network
from fer_xai.scoring.person_cells import PersonCell
from fer_xai.scoring.person_matrix import PersonMatrix

#: Columns of `groups.csv`. A row with nothing in `against` is of the people whose `column` is `level`; else it is the
#: difference from those of another level, or from all `others`. metric: balanced accuracy, recall of an expression, or
#: the primary measure of the main explainer's maps with the main reference; q: p over all rows of the metric.
COLUMNS = (
    *("column", "level", "against", "explainer", "network", "pretrained", "expression", "reference", "metric"),
    *("value", "low", "high", "p", "q", "people", "images", "permutations", "exact", "holds", "reason"),
)


@dataclass(frozen=True)
class GroupQuestion:
    """What is asked of groups of people.

    Attributes:
        groupings: by column.
        accuracy: rows of accuracy and recall.
        reference: name of the main reference.
        references: its maps (y4, x4) at a quarter of the resolution, by expression.
        name: of the measure.
        metric: the measure.
    """

    groupings: Sequence[Grouping]
    accuracy: Sequence[Mapping[str, object]]
    reference: str
    references: Mapping[str, ReferenceMaps]
    name: str
    metric: Metric[Any]

    def scores(self, maps: PersonMatrix, key: Mapping[str, object]) -> Iterator[dict[str, object]]:
        """Scores of groups by one network, explainer and expression."""
        own = self.references.get(str(key["expression"]))
        for grouping in self.groupings if own is not None else ():
            row = dict(key) | {"column": grouping.column, "reference": self.reference, "metric": self.name}
            if own is not None:
                yield from score_rows(Scorer(maps, own, self.metric), grouping, row)

    def contrasts(self, maps: PersonMatrix, key: Mapping[str, object]) -> Iterator[Contrast]:
        """Where their maps differ."""
        for grouping in self.groupings:
            known = tuple(name for name in maps.people if name in grouping.level_of)
            for first, second in grouping.contrasts():
                words = {"first": f"{grouping.column} {first}", "second": f"{grouping.column} {second}"}
                inside = [grouping.level_of[name] == first for name in known]
                yield group_contrast({"kind": GROUPS, **key, **words}, maps.of(known), inside)

    def single_scores(self, cell: PersonCell, network: str, expression: str) -> list[pd.DataFrame]:
        """The score of each person's map: value, network, expression, fold, person; nothing without a reference."""
        own = self.references.get(expression)
        if own is None:
            return []
        people = cell.people.people
        values = Scorer(cell.people, own, self.metric).of(np.eye(len(people)))
        folds = [cell.fold_of.get(name, 0) for name in people]
        named = {"network": network, "expression": expression}
        return [pd.DataFrame({"value": values, "fold": folds, "person": people}).assign(**named)]

    def shares(self, single: Sequence[pd.DataFrame], explainer: str) -> list[dict[str, object]]:
        """Shares of the variance of these scores."""
        key: dict[str, object] = {"explainer": explainer, "reference": self.reference, "metric": self.name}
        return person_shares(pd.concat(single, ignore_index=True), key)

    def table(self, scores: Sequence[Mapping[str, object]]) -> pd.DataFrame:
        """Rows as the table of `groups.csv`; of columns that allow no comparison, why."""
        left_out = [{"column": item.column, "reason": item.remark} for item in self.groupings if item.remark]
        table = pd.DataFrame([*self.accuracy, *scores, *left_out], columns=list(COLUMNS))
        for _, part in table[table["p"].notna()].groupby("metric"):
            table.loc[part.index, "q"] = false_discovery_control(part["p"].to_numpy(dtype=float))
        numbers = dict.fromkeys(("people", "images", "permutations"), "Int64")
        return table.astype(numbers | {"exact": "boolean"} | dict.fromkeys(("value", "low", "high", "p", "q"), float))


def group_question(
    networks: Sequence[Network],
    groups: Any,
    reference: Reference,
    expressions: Sequence[str],
    name: str,
    metric: Metric[Any],
) -> GroupQuestion:
    """Find the groups of people, and how well each is recognised.

    Args:
        networks: of the study.
        groups: columns, see `groupings`.
        reference: the main one.
        expressions: of the maps.
        name: of the measure.
        metric: the measure.

    Raises:
        UserError: groups that cannot be compared, or a file that cannot be read.
    """
    by_network = [(network, read_predictions(network.trained)) for network in networks]
    everything = pd.concat([part for _, part in by_network], ignore_index=True) if by_network else pd.DataFrame()
    found = groupings(everything, groups)
    rows: list[dict[str, object]] = []
    for network, predictions in by_network:
        for grouping in found if len(predictions) else ():
            key: dict[str, object] = {"column": grouping.column, "network": network.name}
            rows += accuracy_rows(predictions, grouping, key | {"pretrained": network.pretrained})
    maps = study_reference(reference, expressions).halved(2)
    own = {word: item for number, word in enumerate(expressions) if (item := maps.of(number)) is not None}
    return GroupQuestion(found, rows, reference.name, own, name, metric)
