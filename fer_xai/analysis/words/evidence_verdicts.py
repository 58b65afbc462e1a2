"""Which explainers tell what networks use, by known evidence, where intervals over people allow to say so."""

from typing import Any

import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.beside_baselines import BETTER, UNCLEAR, WORSE, beside_baselines
from fer_xai.scoring.explainer_test_rows import ANSWERS

#: The test, and the measure by which explainers are ranked.
TEST, MEASURE = "known_evidence", "rank_correlation"
#: Stands for the mean over the networks.
ALL = "all networks"


def ranked_rows(analysis: Analysis) -> pd.DataFrame:
    """The rank correlations by network (`ALL`: their mean), over the expressions, the best explainer of all first."""
    frame = analysis.trust
    if frame.empty:
        return frame
    frame = frame[frame["test"].eq(TEST) & frame["measure"].eq(MEASURE) & frame["expression"].fillna("").eq("")]
    whole = frame["network"].fillna("").eq("")
    frame = frame.assign(label=frame["label"].mask(whole, ALL)).fillna({"chance_of": ""})
    best = frame[whole & frame["answers"].eq(ANSWERS[0])].sort_values("value", ascending=False, na_position="last")
    place = {name: number for number, name in enumerate(best["explainer"])}
    return frame.sort_values("explainer", key=lambda names: names.map(place), kind="stable")


def network_verdicts(analysis: Analysis, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """For all networks and for each: the explainers on either side of the best baseline, and the best one if certain.

    The true map itself, where it is among the explainers, takes no part: it is what the others are held against.

    Args:
        analysis: of the study.
        frame: as `ranked_rows` gives it.
    """
    against = analysis.trust_against
    if against.empty:
        return []
    against = against[against["answers"].eq(ANSWERS[0]) & against["expression"].fillna("").eq("")]
    against = against.assign(label=against["label"].mask(against["network"].fillna("").eq(""), ALL))
    frame, truth = frame[frame["answers"].eq(ANSWERS[0])], analysis.facts.get("true_map_explainers", ())
    verdicts = []
    for label in ranked_labels(analysis, frame):
        own = frame[frame["label"].eq(label) & frame["value"].notna()]
        sides: dict[str, list[str]] = {BETTER: [], UNCLEAR: [], WORSE: []}
        for name in own.loc[~own["explainer"].isin(truth), "explainer"]:
            side = beside_baselines(against[against["label"].eq(label)], name, TEST, MEASURE, True)
            if side is not None:
                sides[side].append(name)
        chance = own["chance_of"].iloc[0] if len(own) else ""
        verdicts.append({"label": label, "sides": sides, "chance_of": chance, "best": _best(own, sides)})
    return verdicts


def _best(own: pd.DataFrame, sides: dict[str, list[str]]) -> str | None:
    """The explainer whose interval lies above those of all others that look at the network; None where none is."""
    rows = own[own["explainer"].isin([name for names in sides.values() for name in names])]
    if rows.empty or rows[["low", "high"]].isna().to_numpy().any():
        return None
    first, others = rows.iloc[rows["value"].to_numpy().argmax()], rows
    others = others[others["explainer"].ne(first["explainer"])]
    return str(first["explainer"]) if (first["low"] > others["high"]).all() else None


def ranked_labels(analysis: Analysis, frame: pd.DataFrame) -> list[str]:
    """`ALL`, then the networks that have rows, in the order of the study."""
    present = set(frame["label"])
    return [label for label in (ALL, *analysis.labels) if label in present]
