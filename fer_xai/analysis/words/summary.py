"""The study's answer in a few figures, and in a few sentences."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fer_xai.analysis.similarity.cluster_tables import ALL
from fer_xai.analysis.words.tables import BASELINE_FACTS, Cell, Row, Table, metric_title
from fer_xai.analysis.words.verdicts import LEVEL, brief, join, verdict
from fer_xai.results.study import Network


@dataclass(frozen=True)
class Summary:
    """What `summary.json` holds, and the sentences of the report's first paragraph."""

    content: Mapping[str, Any]
    sentences: tuple[str, ...]


def table_answers(table: Table, baselines: pd.DataFrame) -> dict[str, Any]:
    """Mean, best and worst network and expression of one table, each with interval and baselines."""
    sign = 1 if table.higher_is_better else -1
    rows = sorted((r for r in table.rows if math.isfinite(r.mean.value)), key=lambda r: sign * r.mean.value)
    columns = [
        Row(name, tuple(row.cells[number] for row in table.rows), cell)
        for number, (name, cell) in enumerate(zip(table.expressions, table.mean.cells, strict=True))
        if math.isfinite(cell.value)
    ]
    columns.sort(key=lambda column: sign * column.mean.value)
    pooled = baselines[baselines["label"] == table.mean.label]
    defined = [cell.value for row in table.rows for cell in row.cells if math.isfinite(cell.value)]
    answers: dict[str, Any] = {
        "metric": table.metric,
        "explainer": table.explainer,
        "reference": table.reference,
        "baseline_explainer": table.blind,
        "higher_is_better": table.higher_is_better,
        "cells": len(defined),
        "skipped": table.skipped,
        "mean": _figures(table.mean.mean) | {"verdict": table.mean.verdict},
        "baselines": _baselines(pooled.loc[pooled["expression"].isna(), list(BASELINE_FACTS)].to_dict("records")),
    }
    for word, chosen in (("best_network", rows[-1:]), ("worst_network", rows[:1])):
        answers[word] = _entry(chosen, baselines, expression=False)
    for word, chosen in (("best_expression", columns[-1:]), ("worst_expression", columns[:1])):
        answers[word] = _entry(chosen, pooled, expression=True)
    return answers


def table_sentences(answers: Mapping[str, Any], networks: int, expressions: int) -> list[str]:
    """The answers of `table_answers` in words."""
    metric = metric_title(answers["metric"])
    mean = answers["mean"]
    if mean["value"] is None or not math.isfinite(mean["value"]):
        return [f"No {metric} is defined: metrics.csv gives the reasons."]
    cells = f"{answers['cells']} heatmaps" + (f", {answers['skipped']} undefined" if answers["skipped"] else "")
    who = _count(networks, "network") if networks > 1 else f"the one network {answers['best_network']['name']}"
    first = (
        f"Over {who} and {_count(expressions, 'expression')} ({cells}, {answers['explainer']}) "
        f"the mean {metric} with {answers['reference']} is {figure_words(mean, 4)}: it {mean['verdict']}."
    )
    sentences = [first + _own_mask(answers["baselines"].get("pairings", {}))]
    for number, word, digits in ((networks, "network", 4), (expressions, "expression", 3)):
        if number > 1:
            best, worst = (_end_words(answers[f"{end}_{word}"], digits) for end in ("best", "worst"))
            sentences.append(f"Best {word}: {best}. Worst {word}: {worst}.")
    return sentences


def explainer_sentence(answers: Mapping[str, Any]) -> str:
    """The same question answered by another explainer, in short."""
    mean, metric = answers["mean"], metric_title(answers["metric"])
    if mean["value"] is None or not math.isfinite(mean["value"]):
        return f"By {answers['explainer']}, no {metric} is defined."
    if answers["baseline_explainer"]:
        # No network's answer, so it has no best or worst network.
        return (
            f"The maps of {answers['explainer']}, a baseline that looks at no network, have a mean {metric} of "
            f"{figure_words(mean, 4)}."
        )
    ends = [
        f"{end} {word} {answers[f'{end}_{word}']['name']}"
        for word in ("network", "expression")
        for end in ("best", "worst")
        if answers[f"best_{word}"]["name"] != answers[f"worst_{word}"]["name"]
    ]
    extremes = f" ({', '.join(ends)})" if ends else ""
    return f"By {answers['explainer']} the mean {metric} is {figure_words(mean, 4)}{extremes}: it {mean['verdict']}."


def _end_words(entry: Mapping[str, Any], digits: int) -> str:
    part = f", over {entry['cells']} of {entry['of']} cells" if entry["cells"] < entry["of"] else ""
    return f"{entry['name']}, {figure_words(entry, digits)}{part} ({entry['brief']})"


def _own_mask(pairs: Mapping[str, Any]) -> str:
    """Whether the maps belong to their own expression's mask rather than to any other."""
    if "p" not in pairs:
        return ""
    if pairs["p"] <= LEVEL:
        return " So the maps fit the mask of their own expression better than those of others."
    return " So it is not shown that the maps fit the mask of their own expression better than those of others."


def cluster_answers(clusters: pd.DataFrame, explainer: str) -> dict[str, Any]:
    """Per expression: root height, and adjusted Rand index of each factor by number of clusters."""
    by_expression: dict[str, Any] = {}
    for row in clusters[clusters["explainer"] == explainer].to_dict("records"):
        figures = {"value": row["root_height"], "low": row["low"], "high": row["high"]}
        entry = by_expression.setdefault(
            row["expression"], {"root_height": figures, "cophenetic": row["cophenetic"], "factors": []}
        )
        if isinstance(row["factor"], str):
            names = ("factor", "k", "adjusted_rand", "p", "adjusted_rand_low", "adjusted_rand_high", "reason")
            entry["factors"].append({name: None if pd.isna(row[name]) else row[name] for name in names})
    return by_expression


def pretraining_sentences(answers: Mapping[str, Any], networks: Sequence[Network]) -> list[str]:
    """Whether networks of one pretraining resemble each other."""
    if len(networks) < 2:
        return ["With one network there are no distances between networks and no dendrogram of them."]
    indices = {}
    for expression, entry in answers.items():
        for item in entry["factors"]:
            if (
                expression != ALL
                and item["factor"] == "pretrained"
                and item["k"] == 2
                and item["adjusted_rand"] is not None
            ):
                indices[expression] = item
    if not indices:
        words = sorted({network.pretrained or "unknown" for network in networks})
        return [
            f"Whether pretraining makes clusters cannot be told: the networks' pretraining is {join(words)} throughout."
        ]
    exact = [name for name, item in indices.items() if item["adjusted_rand"] > 1 - 1e-9]
    figures = [f"{name} {item['adjusted_rand']:.3f} (p = {item['p']:.3f})" for name, item in indices.items()]
    answer = "in no expression" if not exact else f"in {len(exact)} of {len(indices)} expressions ({join(exact)})"
    sentence = (
        "Pretraining and clusters: the two-cluster cut of the dendrogram equals 'which pretraining' exactly "
        f"{answer}; adjusted Rand index by expression: {join(figures)}. "
    )
    unlikely = [name for name, item in indices.items() if item["p"] <= LEVEL]
    sentence += (
        f"Random re-labellings seldom agree as well (p at most {LEVEL}) in {len(unlikely)} of {len(indices)}."
        if unlikely
        else f"In none of them is that more than random re-labellings do (p above {LEVEL})."
    )
    words_of: dict[str, set[str]] = {}
    for network in networks:
        words_of.setdefault(network.name, set()).add(network.pretrained)
    if all(len(words) == 1 for words in words_of.values()):
        sentence += (
            " No network comes with and without pretraining here, so this cannot be told from their architectures."
        )
    return [sentence]


def _entry(row: Sequence[Row], baselines: pd.DataFrame, *, expression: bool) -> dict[str, Any]:
    if not row:
        nothing = dict.fromkeys(("name", "value", "low", "high"))
        return nothing | {"cells": 0, "of": 0, "verdict": "", "brief": "", "baselines": {}}
    name = row[0].label
    own = (
        baselines["expression"] == name if expression else (baselines["label"] == name) & baselines["expression"].isna()
    )
    chosen = baselines.loc[own, list(BASELINE_FACTS)].to_dict("records")
    return (
        {"name": name}
        | _figures(row[0].mean)
        | {
            "cells": sum(math.isfinite(cell.value) for cell in row[0].cells),
            "of": len(row[0].cells),
            "verdict": verdict(chosen),
            "brief": brief(chosen),
            "baselines": _baselines(chosen),
        }
    )


def _baselines(rows: Sequence[Mapping[Any, Any]]) -> dict[str, Any]:
    names = ("value", "beats", "as_good", "of", "p", "q")
    return {row["baseline"]: {name: row[name] for name in names if not pd.isna(row[name])} for row in rows}


def _figures(cell: Cell) -> dict[str, float]:
    return {"value": cell.value, "low": cell.low, "high": cell.high}


def figure_words(figures: Mapping[Any, Any], digits: int = 3) -> str:
    """A value with its interval, where it has one."""
    value = f"{figures['value']:.{digits}f}"
    if not math.isfinite(figures["low"]):
        return value
    return f"{value} (95 % interval {figures['low']:.{digits}f} to {figures['high']:.{digits}f})"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")
