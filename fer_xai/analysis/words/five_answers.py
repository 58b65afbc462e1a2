"""The answer in five lines: what a study found, and how sure it is of each statement."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.similarity.cluster_tables import ALL
from fer_xai.analysis.words.answers import COUNTED, NOT_TESTED, TESTED, UNSURE, Answer, Statement
from fer_xai.analysis.words.beside_baselines import BETTER, UNCLEAR, WORSE, beside_baselines
from fer_xai.analysis.words.blind_sentences import blind_facts
from fer_xai.analysis.words.contrast_sentences import mean_contrasts
from fer_xai.analysis.words.evidence_verdicts import ALL as ALL_NETWORKS
from fer_xai.analysis.words.network_evidence import AGREES, DIFFERS, OPEN
from fer_xai.analysis.words.people_answers import ABOVE, BELOW, SHOWN
from fer_xai.analysis.words.sentences import sentence
from fer_xai.analysis.words.verdicts import BASELINES, NO, ONE_TRAINING, SAME, UNTESTED, YES
from fer_xai.analysis.words.verdicts import UNCLEAR as OPEN_SCORE
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.results.run_status import Status
from fer_xai.results.study import Study
from fer_xai.scoring.explainer_test_rows import ANSWERS
from fer_xai.trust.measures import from_plain

#: What is no property of a network.
_NOT_OF_NETWORKS = {"fold", "seed", "expression", "explainer", "network"}
_FACTORS = {"pretrained": "pretraining"}


def five_answers(
    analysis: Analysis,
    study: Study,
    scores: Mapping[str, Any],
    people: Sequence[Mapping[str, Any]],
    evidence: Sequence[Mapping[str, Any]],
) -> tuple[Answer, ...]:
    """The five answers of a study.

    Args:
        analysis: of the study.
        study: its runs.
        scores: `table_answers` of the main table.
        people: as `people_answers` gives them.
        evidence: as `network_evidence` gives it.
    """
    main = next(iter(analysis.tables.values()))
    parts = {
        "Do they look where people look?": [*_on_faces(analysis, people), *_on_masks(analysis, scores, people)],
        "On this expression, or on faces?": [
            *_on_expression(analysis, people),
            *_on_own_mask(analysis, scores, people),
        ],
        "Which explanation is to be believed?": list(_explanation(analysis, evidence)),
        "What do pretraining and architecture change?": list(_changes(analysis, main.metric, scores)),
        "What is to be distrusted?": list(_distrust(analysis, study, scores)),
    }
    return tuple(Answer(question, tuple(statements)) for question, statements in parts.items())


def _on_faces(analysis: Analysis, people: Sequence[Mapping[str, Any]]) -> Iterator[Statement]:
    for answer in people[:1]:
        plain, where = answer["plain"], answer["on_faces"]
        if not math.isfinite(plain["value"]):
            yield Statement(sentence("no_faces", metric="NCC"), NOT_TESTED)
            continue
        sure = TESTED if where in (ABOVE, BELOW) else UNSURE if math.isfinite(plain["low"]) else NOT_TESTED
        name = analysis.reference_title(answer["reference"])
        facts = {"on_faces": where, "reference": name, "plain": plain, "density": answer["density"]}
        yield Statement(sentence("faces_people", **facts), sure)


def _on_masks(
    analysis: Analysis, scores: Mapping[str, Any], people: Sequence[Mapping[str, Any]]
) -> Iterator[Statement]:
    """The main table beside what looks at no network, unless its reference is people's, of whom all is said."""
    if scores["reference"] in {answer["reference"] for answer in people}:
        return
    value = scores["mean"]["value"]
    if value is None or not math.isfinite(value):
        yield Statement(sentence("no_faces", metric=scores["metric_title"]), NOT_TESTED)
        return
    by_answer: dict[str, list[str]] = {YES: [], NO: [], SAME: [], OPEN_SCORE: [], UNTESTED: []}
    open_untested: list[str] = []
    for name, words in BASELINES.items():
        row = scores["baselines"].get(name, {})
        if name == "other masks" or row.get("beats") not in by_answer:
            continue
        untested = row["beats"] == OPEN_SCORE and not _was_tested(row)
        (open_untested if untested else by_answer[row["beats"]]).append(words)
    facts = {"reference": analysis.reference_title(scores["reference"]), "metric": scores["metric_title"]}
    lists = {"better": by_answer[YES], "worse": by_answer[NO], "same": by_answer[SAME]}
    lists |= {"unclear": by_answer[OPEN_SCORE]}
    sure = NOT_TESTED if not any(lists.values()) else UNSURE if lists["unclear"] else TESTED
    lists |= {"untested": open_untested, "why": scores["unclear"]}
    yield Statement(sentence("faces_masks", **facts, value=value, margin=analysis.facts["margin"], **lists), sure)


def _was_tested(row: Mapping[str, Any]) -> bool:
    """Whether a test stands behind what is said of a baseline: without replicates, or with one training, none does."""
    p = row.get("p")
    return p is not None and math.isfinite(p)


def _on_expression(analysis: Analysis, people: Sequence[Mapping[str, Any]]) -> Iterator[Statement]:
    for answer in people[:1]:
        name, p = analysis.reference_title(answer["reference"]), answer["p"]
        if not math.isfinite(p):
            yield Statement(sentence("expression_undefined", reference=name, reason=answer["reason"]), NOT_TESTED)
            continue
        shown = answer["on_expression"] == SHOWN
        yield Statement(sentence("expression_people", shown=shown, reference=name, p=p), TESTED if shown else UNSURE)


def _on_own_mask(
    analysis: Analysis, scores: Mapping[str, Any], people: Sequence[Mapping[str, Any]]
) -> Iterator[Statement]:
    if scores["reference"] in {answer["reference"] for answer in people}:
        return
    row = scores["baselines"].get("other masks", {})
    own = row.get("beats", UNTESTED)
    sure = TESTED if own in (YES, NO, SAME) else UNSURE if own == OPEN_SCORE and _was_tested(row) else NOT_TESTED
    facts = {"own": own, "why": scores["unclear"], "margin": analysis.facts["margin"]}
    yield Statement(sentence("expression_masks", **facts), sure)


def _explanation(analysis: Analysis, evidence: Sequence[Mapping[str, Any]]) -> Iterator[Statement]:
    """By known evidence; where there is none, by other tests of explainers."""
    ranked = [answer for answer in evidence if answer["explainers"]]
    whole = [answer for answer in ranked if answer["network"] == ALL_NETWORKS] or ranked
    if whole:
        by_answer: dict[str, list[str]] = {word: [] for word in (AGREES, DIFFERS, OPEN)}
        for name, row in whole[0]["explainers"].items():
            by_answer[row["answer"]].append(analysis.explainer_title(name))
        sure = TESTED if by_answer[AGREES] or by_answer[DIFFERS] else UNSURE
        lists = {"better": by_answer[AGREES], "worse": by_answer[DIFFERS], "unclear": by_answer[OPEN]}
        yield Statement(sentence("evidence", **lists), sure)
        return
    measures, counts = _test_counts(analysis)
    if not measures:
        yield Statement(sentence("no_tests"), NOT_TESTED)
        return
    told = [f"{analysis.explainer_title(name)} in {number}" for name, number in counts.items() if number]
    yield Statement(sentence("tests", counts=told, measures=measures), TESTED if told else UNSURE)


def _test_counts(analysis: Analysis) -> tuple[int, dict[str, int]]:
    """How many measures of tests explainers were judged by, and by how many each beats every baseline."""
    against = analysis.trust_against
    if against.empty:
        return 0, {}
    whole = against["network"].fillna("").eq("") & against["expression"].fillna("").eq("")
    against = against[whole & against["answers"].eq(ANSWERS[0])]
    judged = [
        (test, measure)
        for test, described in from_plain(analysis.facts["trust_tests"]).items()
        for measure in described.measures
        if measure.judged and measure.curve is None
    ]
    counts: dict[str, int] = {}
    answered = set()
    for name in analysis.answering:
        sides = {
            (test, measure.name): beside_baselines(against, name, test, measure.name, measure.higher_is_better)
            for test, measure in judged
        }
        answered |= {key for key, side in sides.items() if side in (BETTER, UNCLEAR, WORSE)}
        counts[name] = sum(side == BETTER for side in sides.values())
    return len(answered), counts


def _changes(analysis: Analysis, metric: str, scores: Mapping[str, Any]) -> Iterator[Statement]:
    contrasts = mean_contrasts(analysis.pretraining) if len(analysis.pretraining) else analysis.pretraining
    if len(contrasts):
        here = contrasts["explainer"].eq(scores["explainer"]) & contrasts["reference"].eq(scores["reference"])
        for row in contrasts[here & contrasts["metric"].eq(metric)].to_dict("records")[:2]:
            if not math.isfinite(row["value"]):
                continue
            told = row["q"] <= SIGNIFICANCE or row["q_same"] <= SIGNIFICANCE
            sure = NOT_TESTED if not math.isfinite(row["p"]) else TESTED if told else UNSURE
            facts = {"word": row["pretrained"], "metric": scores["metric_title"], "level": SIGNIFICANCE}
            better = (row["value"] > 0) == scores["higher_is_better"]
            yield Statement(sentence("pretraining", row=row, better=better, **facts), sure)
    by_factor = _factor_tests(analysis.permanova, scores["explainer"])
    if by_factor:
        differ = [name for name, q in by_factor.items() if q <= SIGNIFICANCE]
        unclear = [name for name in by_factor if name not in differ]
        yield Statement(sentence("factors", differ=differ, unclear=unclear), TESTED if differ else UNSURE)
    elif not len(contrasts):
        yield Statement(sentence("no_factors", networks=len(analysis.labels)), NOT_TESTED)


def _factor_tests(permanova: pd.DataFrame, explainer: str) -> dict[str, float]:
    """q over all expressions, by what the factors of networks are called; factors that were not tested are missing."""
    if permanova.empty:
        return {}
    here = permanova["explainer"].eq(explainer) & permanova["test"].eq("permanova") & permanova["expression"].eq(ALL)
    rows = permanova[here & permanova["q"].notna() & ~permanova["factor"].isin(_NOT_OF_NETWORKS)]
    return {_FACTORS.get(str(name), str(name).replace("_", " ")): q for name, q in rows[["factor", "q"]].to_numpy()}


def _distrust(analysis: Analysis, study: Study, scores: Mapping[str, Any]) -> Iterator[Statement]:
    below = [label for label, is_below in analysis.below.items() if is_below]
    if below:
        yield Statement(sentence("below_chance", labels=below, floor=analysis.facts["floor"]), TESTED)
    blind = list(blind_facts(analysis))
    for facts in blind[:1]:
        yield Statement(sentence("blind_maps", **facts, at_length=False), COUNTED)
    if len(blind) > 1:
        yield Statement(sentence("more_blind_maps", number=len(blind) - 1), COUNTED)
    if not analysis.below:
        yield Statement(sentence("accuracy_unknown"), NOT_TESTED)
    if not math.isfinite(next(iter(analysis.tables.values())).mean.mean.low):
        yield Statement(sentence("nothing_tested"), NOT_TESTED)
    elif ONE_TRAINING in scores["unclear"]:
        yield Statement(sentence("trained_once"), NOT_TESTED)
    missing = sum(number for status, number in study.statuses.items() if status != Status.COMPLETE)
    if missing:
        yield Statement(sentence("runs_missing", missing=missing, runs=len(study.runs)), COUNTED)
    elif not below and not blind and analysis.below:
        yield Statement(sentence("nothing_odd"), COUNTED)
