"""What each network uses, by known evidence, and which explainers agree with that: the first sentences of all."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.beside_baselines import BETTER, UNCLEAR, WORSE
from fer_xai.analysis.words.evidence_verdicts import ALL, network_verdicts, ranked_rows
from fer_xai.analysis.words.sentences import sentence
from fer_xai.analysis.words.unit_places import with_place
from fer_xai.analysis.words.units_in_use import most_used_units
from fer_xai.scoring.explainer_test_rows import ANSWERS

#: Whether an explainer agrees with what the network uses.
AGREES, DIFFERS, OPEN = "agrees", "does not agree", "unclear"
_WORDS = {BETTER: AGREES, WORSE: DIFFERS, UNCLEAR: OPEN}
#: With more networks than this the summary leaves each by itself to the report's sections.
_LISTED = 6


def network_evidence(analysis: Analysis) -> list[dict[str, Any]]:
    """For all networks together and for each: what it uses, and how far the explainers agree with that.

    An explainer agrees where its mean rank correlation with the worth of the action units lies above zero and, image by
    image, above that of every baseline; it does not where it lies below zero or below the best baseline; each by the
    95 % interval over people. Else it is unclear.

    Returns:
        network (its label, or `ALL`), uses (expression -> unit, or None where that is unclear), explainers (name ->
        value, low, high, answer, title), best_baseline and chance (its value); empty without known evidence.
    """
    uses, frame = most_used_units(analysis), ranked_rows(analysis)
    verdicts = {verdict["label"]: verdict for verdict in network_verdicts(analysis, frame)}
    answers = []
    for label in (ALL, *analysis.labels):
        if label in uses or label in verdicts:
            entry = {
                "network": label,
                "uses": uses.get(label, {}),
                "explainers": {},
                "best_baseline": "",
                "chance": None,
            }
            answers.append(entry | (_explainers(analysis, frame, verdicts[label]) if label in verdicts else {}))
    return answers


def evidence_sentences(answers: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence on all networks and a few on each, if they are not too many.

    Args:
        answers: as `network_evidence` gives them.
    """
    whole = [answer for answer in answers if answer["network"] == ALL and answer["explainers"]]
    each = evidence_rows(answers)
    sentences = [_on_networks(each if len(each) <= _LISTED else ()), [_on_all(answer) for answer in whole]]
    return [text for some in sentences for text in some]


def evidence_rows(answers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same of each network as rows of a table.

    Args:
        answers: as `network_evidence` gives them.

    Returns:
        network, uses (words), open (expressions whose unit is unclear), agree, differ and unclear (explainers with
        their values), best_baseline and chance.
    """
    rows = []
    for answer in answers:
        if answer["network"] != ALL:
            most = [f"{name} by {with_place(unit)}" for name, unit in answer["uses"].items() if unit is not None]
            still_open = [name for name, unit in answer["uses"].items() if unit is None]
            names = _by_answer(answer, figures=True)
            row = {"uses": most, "open": still_open} | {
                key: answer[key] for key in ("network", "best_baseline", "chance")
            }
            rows.append(row | {"agree": names[AGREES], "differ": names[DIFFERS], "unclear": names[OPEN]})
    return rows


def _on_all(answer: Mapping[str, Any]) -> str:
    names = _by_answer(answer, figures=False)
    facts = {"better": names[AGREES], "unclear": names[OPEN], "worse": names[DIFFERS]}
    return sentence("known_evidence", **facts, baseline=answer["best_baseline"], chance=answer["chance"])


def _on_networks(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    sentences = []
    for row in rows:
        own = []
        if row["uses"] or row["open"]:
            own.append(sentence("units_in_use", network=row["network"], most=row["uses"], unclear=row["open"]))
        if row["agree"] or row["differ"] or row["unclear"]:
            facts = {key: row[key] for key in ("network", "agree", "differ", "unclear", "chance")}
            own.append(sentence("agrees_with_evidence", baseline=row["best_baseline"], **facts))
        sentences.append(" ".join(own))
    return sentences


def _by_answer(answer: Mapping[str, Any], *, figures: bool) -> dict[str, list[str]]:
    """Names of the explainers by what is said of them, each with its value if that is wanted."""
    names: dict[str, list[str]] = {word: [] for word in (AGREES, DIFFERS, OPEN)}
    for name, row in answer["explainers"].items():
        title = row.get("title", name)
        names[row["answer"]].append(f"{title} ({row['value']:.2f})" if figures else title)
    return names


def _explainers(analysis: Analysis, frame: pd.DataFrame, verdict: Mapping[str, Any]) -> dict[str, Any]:
    """The explainers of one network, the best of all networks first, and the best baseline."""
    own = frame[frame["label"].eq(verdict["label"]) & frame["answers"].eq(ANSWERS[0])].set_index("explainer")
    sides = {name: side for side, names in verdict["sides"].items() for name in names}
    explainers = {}
    rows = own[["value", "low", "high"]].astype(float)
    for name, value, low, high in rows[rows.index.isin(list(sides))].itertuples():
        answer = _WORDS[sides[name]]
        if answer == AGREES and not low > 0:
            answer = OPEN
        if high < 0:
            answer = DIFFERS
        title = analysis.explainer_title(name)
        explainers[name] = {"value": value, "low": low, "high": high, "answer": answer, "title": title}
    chance = own["chance"].dropna()
    return {
        "explainers": explainers,
        "best_baseline": verdict["chance_of"],
        "chance": float(chance.iloc[0]) if len(chance) else None,
    }
