"""Does looking where people look help? Networks that were drawn to a reference, against others, figure by figure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.analysis.alignment.image_figures import Compared, image_figures
from fer_xai.analysis.alignment.network_difference import difference
from fer_xai.analysis.alignment.strengths import Family, choices, families, validation_of
from fer_xai.analysis.baselines.baseline_scores import controlled
from fer_xai.analysis.pretraining_contrasts import Pair, Pairs
from fer_xai.metrics.bootstrap import REPLICATES
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.results.study import Network
from fer_xai.scoring.intervals import PEOPLE_AND_TRAININGS
from fer_xai.scoring.score_tables import MEAN

#: Columns of `alignment.csv`: a row for each aligned network, what it is compared with, and measure. `value` is the
#: figure `with` the alignment less that `without` it, on the same images, folds and seeds. `chosen`: whether validation
#: chooses this strength of its reference; p-values are corrected (q) over all rows of chosen ones, and only these have
#: a verdict.
COLUMNS = (
    *("network", "pretrained", "reference", "own_map", "distance", "strength", "of_others", "chosen"),
    *("validation", "validation_none", "against", "explainer", "measure", "title", "higher_is_better"),
    *("without", "with", "value", "low", "high", "people", "n", "holds", "p", "q", "verdict", "reason"),
)
#: What a network is compared with: one that is drawn nowhere, one that is drawn to maps of other expressions.
NONE, OTHERS = "none", "shuffled"
#: The measure of how near maps lie to the reference, and its verdicts.
NEARNESS, NEARER, FARTHER = "nearness", "nearer", "farther"
BETTER, WORSE, UNCLEAR = "better", "worse", "unclear"


def alignment_pairs(networks: Sequence[Network], explained: Sequence[str]) -> Pairs:
    """Every aligned network beside what it is compared with, for contrasts of the maps' scores.

    Args:
        networks: of the study.
        explained: labels of the networks that there are maps of.
    """
    pairs = {
        _word(against, network): (Pair(other, network),)
        for family in families(networks)
        for against, other, network in _comparisons(family)
        if {other.label, network.label} <= set(explained)
    }
    return Pairs(pairs, ())


def alignment_table(
    networks: Sequence[Network],
    explainer: str,
    contrasts: Sequence[Mapping[str, object]],
    measure: tuple[str, str, bool],
    replicates: int = REPLICATES,
) -> pd.DataFrame:
    """What drawing its maps to a reference does to a network, against none and against a wrong reference.

    Args:
        networks: of the study, in the order of the tables.
        explainer: the main one, whose maps are looked at.
        contrasts: rows that `contrast_rows` has made of `alignment_pairs` and that explainer's maps.
        measure: name, title and direction of the measure of those rows that says how near maps and reference are.
        replicates: of the bootstrap.

    Returns:
        Columns `COLUMNS`; empty where no network was aligned beside one that was not.

    Raises:
        UserError: a file cannot be read.
    """
    rows: list[dict[str, object]] = []
    for family in families(networks):
        chosen = choices(family)
        figures = {network.label: dict(image_figures(network, explainer)) for network in (family.none, *family.aligned)}
        for against, other, network in _comparisons(family):
            best, remark = chosen[network.label]
            key = _key(network, family.none) | {"against": against, "chosen": best}
            compared = _compared(figures[other.label], figures[network.label], replicates)
            near = _nearness(contrasts, _word(against, network), network, explainer, measure)
            found = [key | row for row in (*compared, *near)]
            for row in found:
                row["reason"] = row.get("reason") or remark
            rows += found
    return _judged(pd.DataFrame(rows, columns=list(COLUMNS)))


def _comparisons(family: Family) -> Iterator[tuple[str, Network, Network]]:
    for network in family.aligned:
        yield NONE, family.none, network
        control = family.control_of(network)
        if control is not None:
            yield OTHERS, control, network


def _word(against: str, network: Network) -> str:
    return f"{network.label} against {against}"


def _key(network: Network, none: Network) -> dict[str, object]:
    own, before = validation_of(network), validation_of(none)
    return {
        "network": network.name,
        "pretrained": network.pretrained,
        **{key: network.alignment[key] for key in ("reference", "distance", "strength", "of_others")},
        "own_map": network.alignment["map"],
        "validation": None if own is None else own.accuracy,
        "validation_none": None if before is None else before.accuracy,
    }


def _compared(
    without: Mapping[Compared, pd.DataFrame], with_it: Mapping[Compared, pd.DataFrame], replicates: int
) -> Iterator[dict[str, object]]:
    for what, frame in with_it.items():
        if what not in without or frame.empty:
            continue
        figures, of = difference(what.name, without[what], frame, replicates)
        if not figures["n"]:
            continue
        words = {"explainer": what.explainer, "measure": what.name, "title": what.title}
        # With the trainings held fixed, a difference is one of these trainings and says nothing of the reference.
        p = of.p() if of.holds == PEOPLE_AND_TRAININGS else np.nan
        yield words | {"higher_is_better": what.higher_is_better} | figures | {"p": p}


def _nearness(
    contrasts: Sequence[Mapping[str, object]],
    word: str,
    network: Network,
    explainer: str,
    measure: tuple[str, str, bool],
) -> Iterator[dict[str, object]]:
    """How near the global maps are to the reference that they were drawn to, mean over the expressions."""
    name, title, higher_is_better = measure
    for row in contrasts:
        of_it = row.get("pretrained") == word and row.get("network") != MEAN and row.get("expression") is None
        if of_it and (row.get("metric"), row.get("reference")) == (name, network.alignment["reference"]):
            figures = {key: row.get(key) for key in ("value", "low", "high", "people", "holds", "p", "reason")}
            yield figures | {
                "explainer": explainer,
                "measure": NEARNESS,
                "title": f"{title} of maps and the reference",
                "higher_is_better": higher_is_better,
                "without": row["scratch"],
                "with": row["trained"],
                "n": row["cells"],
            }


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    """The table with q-values and verdicts of the rows of chosen strengths."""
    family = table["chosen"].eq(True)
    table = table.assign(q=np.nan, verdict=None)
    table.loc[family, "q"] = controlled(table.loc[family, "p"])
    table["verdict"] = [_verdict(row) if row["chosen"] is True else None for row in table.to_dict("records")]
    counted = dict.fromkeys(("people", "n"), "Int64")
    return table.astype(counted | dict.fromkeys(("of_others", "chosen", "higher_is_better"), "boolean"))


def _verdict(row: Mapping[Any, Any]) -> str:
    q, value = (float(row[key]) if row[key] is not None else np.nan for key in ("q", "value"))
    if not q < SIGNIFICANCE:
        return UNCLEAR
    good, bad = (NEARER, FARTHER) if row["measure"] == NEARNESS else (BETTER, WORSE)
    return good if (value > 0) == bool(row["higher_is_better"]) else bad
