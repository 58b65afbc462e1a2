"""What pretraining changes: the same network with and without it, on the same people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_xai.analysis.baselines.baseline_scores import controlled
from fer_xai.analysis.similarity.map_correlations import Similarity
from fer_xai.results.study import Network
from fer_xai.scoring.intervals import PEOPLE_AND_TRAININGS, interval, mean_known, mean_over
from fer_xai.scoring.resampled import Resampled, stacked
from fer_xai.scoring.score_tables import MEAN, Scores, number_of_people

#: Columns of `pretraining.csv`. `value` is the score with pretraining less the score without (`scratch`); where the
#: metric is `map_correlation`, it is the correlation of the two maps. expression empty: the mean over expressions;
#: network `mean`: over networks. `cells` are the pairs of maps behind a value. A row with nothing but a reason is a
#: network left out, `below_floor` because of its accuracy. `p` is that of a paired t test, `p_same` that of two
#: one-sided tests of a difference within `margin`; `q` and `q_same` are the same under false-discovery control over
#: every pretraining, explainer, reference and measure: means over networks and expressions by themselves, and all
#: others.
COLUMNS = (
    *("network", "pretrained", "explainer", "expression", "reference", "metric"),
    *("scratch", "trained", "value", "low", "high", "people", "cells", "holds"),
    *("p", "q", "margin", "p_same", "q_same", "below_floor", "reason"),
)

_KINDS = {"people": "Int64", "cells": "Int64", "below_floor": "boolean"}

#: Stands for the metric in rows that compare the two maps with each other.
MAP_CORRELATION = "map_correlation"

#: Word for no pretraining.
NONE = "none"


@dataclass(frozen=True)
class Pair:
    """A network with and without one pretraining.

    Attributes:
        scratch: the network without it.
        trained: the network with it; of the same name.
    """

    scratch: Network
    trained: Network


@dataclass(frozen=True)
class Pairs:
    """What can be contrasted.

    Attributes:
        kept: by word of the pretraining.
        left_out: network, pretraining, whether its accuracy is below the floor, and why it takes no part.
    """

    kept: Mapping[str, tuple[Pair, ...]]
    left_out: tuple[tuple[str, str, bool, str], ...]


#: Where nothing is to be contrasted.
NO_PAIRS = Pairs({}, ())


def pair_up(networks: Sequence[Network], below: Mapping[str, str], explained: Sequence[str]) -> Pairs:
    """Find every network with and without a pretraining.

    Args:
        networks: of the study, in the order of the tables.
        below: networks whose accuracy is below the floor, by label, with what is remarked of them: where they look says
            little, so they take no part.
        explained: labels of the networks that there are maps of.

    Returns:
        No pair and nothing left out where no network comes with several pretrainings.
    """
    by_name: dict[str, dict[str, Network]] = {}
    for network in networks:
        by_name.setdefault(network.name, {})[network.pretrained] = network
    words = [word for word in dict.fromkeys(item.pretrained for item in networks) if word not in ("", NONE)]
    if all(len(by_pretraining) == 1 for by_pretraining in by_name.values()):
        return Pairs({}, ())
    kept: dict[str, list[Pair]] = {word: [] for word in words}
    left_out = []
    for word in words:
        for name, by_pretraining in by_name.items():
            reason = _obstacle(by_pretraining, word, explained)
            low = "" if reason else _too_low(by_pretraining, word, below)
            if reason or low:
                left_out.append((name, word, bool(low), reason or low))
            else:
                kept[word].append(Pair(by_pretraining[NONE], by_pretraining[word]))
    return Pairs({word: tuple(pairs) for word, pairs in kept.items()}, tuple(left_out))


def contrast_rows(
    pairs: Pairs,
    explainer: str,
    scores: Sequence[Scores],
    similarities: Mapping[str, Similarity],
    expressions: Sequence[str],
    margins: Mapping[str, float],
) -> list[dict[str, object]]:
    """Differences of every score, and the correlation of the maps, with intervals.

    A bootstrap replicate draws the same people for both networks of a pair, and folds and seeds are left out of both:
    the interval is that of the difference itself, and what the two have in common cancels out.

    Args:
        pairs: what is contrasted.
        explainer: whose maps.
        scores: of whole networks, by that explainer.
        similarities: by expression, correlations between the networks' maps.
        expressions: of the maps.
        margins: by the name of a measure, a difference that counts as none if it is smaller.

    Returns:
        Rows for `contrast_table`.
    """
    by_key = {(item.reference, item.metric, item.pool.network.label): item for item in scores if item.pool}
    measures = list(dict.fromkeys((item.reference, item.metric) for item in scores))
    rows: list[dict[str, object]] = []
    for word, members in pairs.kept.items():
        if not members:
            continue
        names = [pair.scratch.name for pair in members]
        key: dict[str, object] = {"pretrained": word, "explainer": explainer}
        for reference, metric in measures:
            two = [
                (by_key[reference, metric, pair.scratch.label], by_key[reference, metric, pair.trained.label])
                for pair in members
            ]
            contrast = _Contrast(
                tuple(expressions),
                np.stack([a.values for a, _ in two]),
                np.stack([b.values for _, b in two]),
                np.stack([b.values - a.values for a, b in two]),
                Resampled(
                    np.stack([(b.resampled - a.resampled).rows for a, b in two], axis=1), two[0][0].resampled.layout
                ),
                _difference_bounds(two[0][0].bounds),
                number_of_people([item.people for pair in two for item in pair]),
                two[0][0].corrected,
                margins.get(metric),
            )
            rows += [key | {"reference": reference, "metric": metric} | row for row in contrast.rows(names)]
        rows += [
            key | {"metric": MAP_CORRELATION} | row
            for row in _correlations(members, similarities, expressions).rows(names)
        ]
    rows += [
        {"network": name, "pretrained": word, "explainer": explainer, "below_floor": low, "reason": reason}
        for name, word, low, reason in pairs.left_out
    ]
    return rows


def contrast_table(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Rows of all explainers as the table of `pretraining.csv`."""
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    over_all = table["network"].eq(MEAN) & table["expression"].isna()
    for _, part in table.groupby(over_all):
        for name in ("p", "p_same"):
            table.loc[part.index, name.replace("p", "q", 1)] = controlled(part[name])
    return table.astype({"people": "Int64", "cells": "Int64", "below_floor": "boolean"})


@dataclass(frozen=True)
class _Contrast:
    """One figure of k pairs of networks over e expressions; resampled are (row, k, e)."""

    expressions: tuple[str, ...]
    scratch: np.ndarray
    trained: np.ndarray
    values: np.ndarray
    resampled: Resampled
    bounds: tuple[float, float]
    people: int | None
    corrected: bool
    margin: float | None = None
    unchanged: float | None = 0.0

    def rows(self, names: Sequence[str]) -> Iterator[dict[str, object]]:
        """Rows of every network and of their mean, each by expression and over the expressions."""
        places: list[tuple[str, list[int], bool | None]] = [(name, [k], False) for k, name in enumerate(names)]
        every = list(range(len(self.expressions)))
        for name, chosen, below in [*places, (MEAN, list(range(len(names))), None)]:
            key = {"network": name, "below_floor": below}
            for number, expression in enumerate(self.expressions):
                yield key | {"expression": expression} | self._figures(chosen, [number])
            yield key | {"expression": None} | self._figures(chosen, every)

    def _figures(self, chosen: list[int], columns: list[int]) -> dict[str, object]:
        cut = np.ix_(chosen, columns)
        values = self.values[cut]
        known = np.isfinite(values)
        # What is undefined for one of the two takes no part in either mean.
        scratch, trained = (
            float(mean_known(np.where(known, part[cut], np.nan))) for part in (self.scratch, self.trained)
        )
        value = float(mean_known(values))
        resampled = mean_over(self.resampled.each(lambda rows: rows[:, cut[0], cut[1]]), known, (1, 2))
        of = interval(value, resampled, self.bounds, self.people, corrected=self.corrected)
        cells = int(known.sum())
        figures: dict[str, object] = {"scratch": scratch, "trained": trained, "value": value}
        figures |= {"low": of.low, "high": of.high}
        # With the trainings held fixed, a difference is one of these trainings and says nothing of pretraining.
        figures |= {"people": self.people, "cells": cells, "holds": of.holds, "margin": self.margin}
        if self.unchanged is not None and of.holds == PEOPLE_AND_TRAININGS:
            figures |= {"p": of.p(self.unchanged)}
            figures |= {"p_same": of.p_equivalent(self.unchanged, self.margin)} if self.margin else {}
        return figures | {"reason": of.reason if cells else "undefined with, without or both"}


def _correlations(
    members: Sequence[Pair], similarities: Mapping[str, Similarity], expressions: Sequence[str]
) -> _Contrast:
    values, rows = [], []
    for name in expressions:
        labels = similarities[name].labels
        a, b = ([labels.index(getattr(pair, side).label) for pair in members] for side in ("scratch", "trained"))
        values.append(similarities[name].ncc[a, b])
        rows.append(similarities[name].resampled.each(lambda figures, a=a, b=b: figures[:, a, b]))  # type: ignore[misc]
    ncc = np.stack(values, axis=1)
    nothing = np.full_like(ncc, np.nan)
    resampled = stacked(rows, axis=2)
    people = number_of_people([similarities[name].people for name in expressions])
    # Two maps are never the same: there is no correlation that stands for no change.
    return _Contrast(tuple(expressions), nothing, nothing, ncc, resampled, (-1.0, 1.0), people, True, unchanged=None)


def _difference_bounds(bounds: tuple[float, float]) -> tuple[float, float]:
    """Smallest and largest difference of two scores."""
    low, high = bounds
    return low - high, high - low


def _obstacle(by_pretraining: Mapping[str, Network], word: str, explained: Sequence[str]) -> str:
    """Why there is nothing to contrast; empty if there is."""
    if NONE not in by_pretraining:
        return "it has no complete run without pretraining"
    if word not in by_pretraining:
        return f"it has no complete run with pretraining {word}"
    missing = [side for side, network in _sides(by_pretraining, word) if network.label not in explained]
    return f"there are no heatmaps of it {' or '.join(missing)}" if missing else ""


def _too_low(by_pretraining: Mapping[str, Network], word: str, below: Mapping[str, str]) -> str:
    """What is remarked of balanced accuracies below the floor; empty if there are none."""
    remarks = [(side, below[network.label]) for side, network in _sides(by_pretraining, word) if network.label in below]
    return "; ".join(f"its balanced accuracy {side} is {remark}" for side, remark in remarks)


def _sides(by_pretraining: Mapping[str, Network], word: str) -> tuple[tuple[str, Network], ...]:
    return ("without pretraining", by_pretraining[NONE]), (f"with pretraining {word}", by_pretraining[word])
