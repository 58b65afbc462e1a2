"""The answer in five lines: short, sure of what a test decides, and without any identifier."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.bands import bands
from helpers.made_up_study import NETWORKS, made_up_study
from helpers.page import Page

from fer_xai.analysis.analysis_files import read_analysis
from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.words.answers import COUNTED, NOT_TESTED, TESTED, UNSURE, Answer
from fer_xai.analysis.words.five_answers import five_answers
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.page import build_report
from fer_xai.results.study import read_study

NAN = math.nan
PLAIN = {"value": 0.5, "low": 0.45, "high": 0.55, "ceiling": 0.8, "share": 0.625, "holds": "people and trainings"}
PEOPLE: dict[str, Any] = {
    **{"reference": "some_people", "explainer": "gradcam", "networks": 3, "note": "", "plain": PLAIN},
    **{"density": 0.4, "on_faces": "above", "p": 0.01, "n_expressions": 6, "on_expression": "shown", "reason": ""},
}
EVIDENCE: dict[str, Any] = {
    "network": "all networks",
    "uses": {},
    "explainers": {
        "gradcam": {"answer": "agrees"},
        "lime": {"answer": "unclear"},
        "rise": {"answer": "does not agree"},
    },
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = made_up_study(tmp_path_factory.mktemp("five") / "s", NETWORKS, replicates=6, subjects=5)
    analyze_study(root, [bands("wide_bands")], shipped_metrics(["ncc", "iou"]))
    return root


@pytest.fixture(scope="module")
def answer(study: Path) -> Callable[..., tuple[Answer, ...]]:
    analysis = read_analysis(study / "analysis")

    def answers(**changed: Any) -> tuple[Answer, ...]:
        scores = {**analysis.facts, **changed.get("scores", {})}
        people, evidence = changed.get("people", []), changed.get("evidence", [])
        return five_answers(analysis, read_study(study), scores, people, evidence)

    return answers


def told(of: Answer) -> list[tuple[str, str]]:
    return [(item.sure, item.text) for item in of.statements]


def test_five_short_lines_without_identifiers(answer: Callable[..., tuple[Answer, ...]]) -> None:
    for found in (answer(), answer(people=[PEOPLE], evidence=[EVIDENCE])):
        assert len(found) == 5
        for line in found:
            assert line.statements
            for item in line.statements:
                assert len(item.text) <= 220, item.text
                assert item.sure in (TESTED, UNSURE, NOT_TESTED, COUNTED)
                assert item.text.endswith(".")
                words = item.text.replace(NETWORKS[0][0], "")
                assert not re.search(r"\w_\w|[a-z]\.[a-z]", words), words


@pytest.mark.parametrize(
    ("people", "sure", "text"),
    [
        (
            {},
            TESTED,
            "On faces, yes: maps are more like those of some people than the density of landmarks is "
            "(NCC 0.50 against 0.40, by its 95 % interval; 62 % of the noise ceiling).",
        ),
        (
            {"on_faces": "unclear", "plain": PLAIN | {"share": NAN}},
            UNSURE,
            "On faces, whether maps are more like those of some people than the density of landmarks is unclear "
            "(NCC 0.50 against 0.40, by its 95 % interval).",
        ),
        ({"on_faces": "below"}, TESTED, "On faces, no: maps are less like those of some people"),
        ({"on_faces": "unclear", "plain": PLAIN | {"low": NAN}}, NOT_TESTED, "On faces, whether"),
        ({"plain": PLAIN | {"value": NAN}}, NOT_TESTED, "No NCC is defined."),
    ],
)
def test_people_come_first(
    answer: Callable[..., tuple[Answer, ...]], people: dict[str, Any], sure: str, text: str
) -> None:
    mark, words = told(answer(people=[PEOPLE | people])[0])[0]
    assert mark == sure
    assert words.startswith(text)


def test_nothing_is_told_twice_where_the_main_reference_is_peoples(answer: Callable[..., tuple[Answer, ...]]) -> None:
    both = answer(people=[PEOPLE], scores={"reference": "some_people"})
    assert [len(line.statements) for line in both[:2]] == [1, 1]


@pytest.mark.parametrize(
    ("beats", "sure", "text"),
    [
        (("yes", "yes"), TESTED, "0.25: better than a centred Gaussian and the density of landmarks (t test)."),
        (
            ("no", "unclear"),
            UNSURE,
            "0.25: worse than a centred Gaussian (t test); unclear against the density of landmarks (t test).",
        ),
        (
            ("same", "same"),
            TESTED,
            "0.25: within 0.05 of a centred Gaussian and the density of landmarks (two one-sided t tests).",
        ),
        (("", ""), NOT_TESTED, "0.25."),
        (
            ("open", "open"),
            NOT_TESTED,
            "0.25; whether it differs from that of a centred Gaussian and the density of landmarks is unclear: "
            "one training.",
        ),
    ],
)
def test_masks_beside_what_looks_at_no_network(
    answer: Callable[..., tuple[Answer, ...]], beats: tuple[str, str], sure: str, text: str
) -> None:
    # What is open for want of replicates or trainings has no p.
    rows = [{"beats": "unclear"} if word == "open" else {"beats": word, "p": 0.3} for word in beats]
    baselines = dict(zip(("centred Gaussian", "landmark density"), rows, strict=True))
    scores = {"baselines": baselines, "mean": {"value": 0.25}, "unclear": ["one training"]}
    ((mark, words),) = told(answer(scores=scores)[0])
    assert (mark, words) == (sure, f"With wide bands, NCC is {text}")


@pytest.mark.parametrize(
    ("own", "sure", "text"),
    [
        ("yes", TESTED, "Maps fit the mask of their own expression better than the others' (paired t test)."),
        ("no", TESTED, "Maps fit the mask of their own expression worse than the others' (paired t test)."),
        (
            "same",
            TESTED,
            "Maps fit the mask of their own expression as well as the others', within 0.05 (two one-sided t tests).",
        ),
        (
            "open",
            NOT_TESTED,
            "Whether maps fit the mask of their own expression more than the others' is unclear: one training.",
        ),
        ("unclear", UNSURE, "Whether maps fit the mask of their own expression more than the others' is unclear."),
        (
            "",
            NOT_TESTED,
            "Whether maps fit the mask of their own expression more than the others' cannot be tested here.",
        ),
    ],
)
def test_own_expression(answer: Callable[..., tuple[Answer, ...]], own: str, sure: str, text: str) -> None:
    row = {"beats": "unclear"} if own == "open" else {"beats": own, "p": 0.3}
    scores = {"baselines": {"other masks": row}, "unclear": ["one training"] if own == "open" else []}
    assert told(answer(scores=scores)[1]) == [(sure, text)]


def test_explanations(answer: Callable[..., tuple[Answer, ...]]) -> None:
    assert told(answer()[2]) == [
        (NOT_TESTED, "No explanation was held against evidence that is known, or against any other test.")
    ]
    assert told(answer(evidence=[EVIDENCE])[2]) == [
        (
            TESTED,
            "Of what is known to be used, gradcam tells more than every baseline; rise tells less than the best; "
            "unclear: lime (95 % intervals over people, trainings held fixed).",
        )
    ]
    open_only = EVIDENCE | {"explainers": {name: {"answer": "unclear"} for name in "abcdef"}}
    assert told(answer(evidence=[open_only])[2]) == [
        (
            UNSURE,
            "Of what is known to be used, no explanation is shown to tell more than every baseline; unclear: a, b, c "
            "and 3 more (95 % intervals over people, trainings held fixed).",
        )
    ]


def test_who_recognises_nothing_is_to_be_distrusted(answer: Callable[..., tuple[Answer, ...]]) -> None:
    """The first network answers at random; two runs of the study have no result."""
    marks = dict(told(answer()[4]))
    assert marks[TESTED].startswith("Where <b>net</b> & $x_1|% looks says little: it is not shown")
    assert marks[COUNTED] == "2 of 8 runs have no result."


def test_the_page_begins_with_them_and_marks_each(study: Path) -> None:
    page = Page(build_report(study))
    facts = read_analysis(study / "analysis").facts
    start = page.text.index(facts["answers_in_short"][0]["question"])
    for line in facts["answers_in_short"]:
        assert line["question"] in page.text
        for item in line["statements"]:
            assert start < page.text.index(item["text"]) < page.text.index("More in words")
    marks = [value for value in page.values("span", "class") if value.startswith("sure ")]
    assert len(marks) == sum(len(line["statements"]) for line in facts["answers_in_short"]) + 4
