"""The study's answer in a few figures, and in a few sentences."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fer_xai.analysis.similarity.cluster_tables import ALL
from fer_xai.analysis.words.answers import Answer
from fer_xai.analysis.words.sentences import sentence
from fer_xai.analysis.words.tables import BASELINE_FACTS, Cell, Row, Table
from fer_xai.analysis.words.verdicts import brief, reasons, verdict
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.results.study import Network
from fer_xai.scoring.ranks import EXPRESSION, NETWORK


@dataclass(frozen=True)
class Summary:
    """What is said of a study.

    Attributes:
        content: what `summary.json` holds beside the sentences.
        answers: the answer in five lines, with which the report begins.
        more: all other sentences.
    """

    content: Mapping[str, Any]
    answers: tuple[Answer, ...]
    more: tuple[str, ...]

    @property
    def lead(self) -> tuple[str, ...]:
        """The five lines as text."""
        return tuple(answer.line for answer in self.answers)

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them, the answer first."""
        return self.lead + self.more


def table_answers(table: Table, baselines: pd.DataFrame, ranks: pd.DataFrame) -> dict[str, Any]:
    """Mean, first and last network and expression of one table, each with interval, rank and baselines.

    Args:
        table: the table.
        baselines: of the same explainer, reference and metric.
        ranks: rows of `ranks.csv`, likewise.
    """
    rows = {row.label: row for row in table.rows}
    columns = {
        name: Row(name, tuple(row.cells[number] for row in table.rows), cell)
        for number, (name, cell) in enumerate(zip(table.expressions, table.mean.cells, strict=True))
    }
    pooled = baselines[baselines["label"] == table.mean.label]
    over_all = pooled.loc[pooled["expression"].isna(), list(BASELINE_FACTS)].to_dict("records")
    defined = [cell.value for row in table.rows for cell in row.cells if math.isfinite(cell.value)]
    answers: dict[str, Any] = {
        "metric": table.metric,
        "metric_title": table.metric_title,
        "explainer": table.explainer,
        "reference": table.reference,
        "baseline_explainer": table.blind,
        "higher_is_better": table.higher_is_better,
        "cells": len(defined),
        "skipped": table.skipped,
        "blind": len(table.blind_cells),
        "mean": _figures(table.mean.mean) | {"verdict": table.mean.verdict},
        "unclear": reasons(over_all),
        "baselines": _baselines(over_all),
    }
    for what, named, below in ((NETWORK, rows, baselines), (EXPRESSION, columns, pooled)):
        ranked = ranks[ranks["what"].eq(what) & ranks["rank"].notna()].sort_values("rank", kind="stable")
        ends = ranked.to_dict("records")
        for end, chosen in (("best", ends[:1]), ("worst", ends[-1:])):
            answers[f"{end}_{what}"] = _entry(chosen, named, below, expression=what == EXPRESSION)
    return answers


def table_sentences(answers: Mapping[str, Any], networks: int, expressions: int) -> list[str]:
    """The answers of `table_answers` in words."""
    metric = answers["metric_title"]
    if not _is_defined(answers):
        return [sentence("no_score", metric=metric)]
    counts = {"networks": networks, "expressions": expressions}
    sentences = [sentence("mean_score", metric=metric, answers=answers, level=SIGNIFICANCE, **counts)]
    for number, kind, digits in ((networks, "network", 4), (expressions, "expression", 3)):
        ends = {end: answers[f"{end}_{kind}"] for end in ("best", "worst")}
        if number > 1 and ends["best"]["name"] is not None:
            sentences.append(sentence("best_and_worst", kind=kind, digits=digits, **ends))
    return sentences


def explainer_sentence(answers: Mapping[str, Any]) -> str:
    """The same question answered by another explainer, in short."""
    metric = answers["metric_title"]
    if not _is_defined(answers):
        return sentence("no_score_by", metric=metric, explainer=answers["explainer"])
    if answers["baseline_explainer"]:
        # No network's answer, so it has no best or worst network.
        return sentence("baseline_explainer", metric=metric, answers=answers)
    extremes = [
        {"end": end, "kind": word, "entry": answers[f"{key}_{word}"]}
        for word in (NETWORK, EXPRESSION)
        for end, key in (("highest", "best"), ("lowest", "worst"))
        if answers[f"best_{word}"]["name"] != answers[f"worst_{word}"]["name"]
    ]
    return sentence("other_explainer", metric=metric, answers=answers, extremes=extremes)


def _is_defined(answers: Mapping[str, Any]) -> bool:
    value = answers["mean"]["value"]
    return value is not None and math.isfinite(value)


def cluster_answers(clusters: pd.DataFrame, explainer: str) -> dict[str, Any]:
    """Per expression: root height, and adjusted Rand index of each factor by number of clusters."""
    by_expression: dict[str, Any] = {}
    for row in clusters[clusters["explainer"] == explainer].to_dict("records"):
        figures = {"value": row["root_height"], "low": row["low"], "high": row["high"]}
        entry = by_expression.setdefault(
            row["expression"], {"root_height": figures, "cophenetic": row["cophenetic"], "factors": []}
        )
        if isinstance(row["factor"], str):
            names = ("factor", "k", "adjusted_rand", "p", "permutations", "exact", "reason")
            entry["factors"].append({name: None if pd.isna(row[name]) else row[name] for name in names})
    return by_expression


def pretraining_sentences(answers: Mapping[str, Any], networks: Sequence[Network]) -> list[str]:
    """Whether networks of one pretraining resemble each other."""
    if len(networks) < 2:
        return [sentence("one_network")]
    indices = {
        expression: item
        for expression, entry in answers.items()
        for item in entry["factors"]
        if expression != ALL and item["factor"] == "pretrained" and item["k"] == 2
        if item["adjusted_rand"] is not None
    }
    if not indices:
        return [sentence("one_pretraining", words=sorted({network.pretrained or "unknown" for network in networks}))]
    words_of: dict[str, set[str]] = {}
    for network in networks:
        words_of.setdefault(network.name, set()).add(network.pretrained)
    return [
        sentence(
            "clusters",
            indices=[f"{name} {item['adjusted_rand']:.3f} (p = {item['p']:.3f})" for name, item in indices.items()],
            exact=[name for name, item in indices.items() if item["adjusted_rand"] > 1 - 1e-9],
            unlikely=sum(item["p"] <= SIGNIFICANCE for item in indices.values()),
            level=SIGNIFICANCE,
            confounded=all(len(words) == 1 for words in words_of.values()),
        )
    ]


def _entry(
    ends: Sequence[Mapping[Any, Any]], rows: Mapping[str, Row], baselines: pd.DataFrame, *, expression: bool
) -> dict[str, Any]:
    """One end of a table by its row of `ranks.csv`, of which there may be none."""
    if not ends:
        nothing = dict.fromkeys(("name", "value", "low", "high", "rank"))
        return nothing | {"cells": 0, "of": 0, "verdict": "", "brief": "", "baselines": {}}
    end = ends[0]
    row, cells = rows[end["name"]], int(end["cells"])
    own = (
        baselines["expression"] == row.label
        if expression
        else (baselines["label"] == row.label) & baselines["expression"].isna()
    )
    whole = cells == len(row.cells)
    # Baselines stand beside the mean of all cells, and its interval is that of all.
    beside = baselines.loc[own, list(BASELINE_FACTS)].to_dict("records") if whole else []
    place = {key: None if pd.isna(end[key]) else int(end[key]) for key in ("rank", "low", "high", "of")}
    return {
        "name": row.label,
        **_figures(row.mean if whole else Cell(float(end["value"]))),
        "cells": cells,
        "of": len(row.cells),
        "rank": place | {"holds": end["holds"], "reason": end["reason"].removeprefix("no interval: ")},
        "verdict": verdict(beside),
        "brief": brief(beside),
        "baselines": _baselines(beside),
    }


def _baselines(rows: Sequence[Mapping[Any, Any]]) -> dict[str, Any]:
    names = ("value", "beats", "as_good", "of", "p", "q", "margin", "q_same")
    return {row["baseline"]: {name: row[name] for name in names if not pd.isna(row[name])} for row in rows}


def _figures(cell: Cell) -> dict[str, Any]:
    return {"value": cell.value, "low": cell.low, "high": cell.high, "holds": cell.holds}
