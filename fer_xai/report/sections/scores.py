"""How well the heatmaps match the references, beside the baselines."""

from typing import Any

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.sentences import join
from fer_xai.analysis.words.verdicts import COUNTED
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.report.cells import number, whole
from fer_xai.report.explainer_names import file_stem, named, seeing
from fer_xai.report.plots.dots import score_dots
from fer_xai.report.plots.style import Drawing
from fer_xai.report.plots.threshold_curves import threshold_curves
from fer_xai.report.section import Content
from fer_xai.results.study import Study

PLACE = 10
NAME = "Scores"
HEADING = "How well the heatmaps match the masks"


def content(study: Study, analysis: Analysis) -> Content:
    """The tables of all scores by reference, the main one first, and their figure for each explainer."""
    facts = analysis.facts
    main, *others = analysis.tables.values()
    by_reference = {
        name: {
            "note": facts["reference_notes"].get(name, ""),
            "dots": _dots(analysis, name),
            "others": [table for table in others if table.reference == name],
        }
        for name in facts["references"]
    }
    curves = _threshold_curves(analysis)
    drawn = [figure for part in by_reference.values() for _, figure in part["dots"]]
    return Content(
        facts={
            "main": main,
            "threshold_curves": curves,
            "by_reference": by_reference,
            "level": f"{SIGNIFICANCE:.0%}",
            "ranks": _ranks(analysis),
            "cell_tests": {name: _cell_tests(analysis, name) for name in seeing(analysis)},
        },
        figures=tuple(drawn if curves is None else [*drawn, curves]),
        heading=f"How well the heatmaps match {join([analysis.reference_title(name) for name in facts['references']])}",
        bars={
            f"Mean {main.metric_title} with {analysis.reference_title(name)}": f"{main.metric}/{name}/{main.explainer}"
            for name in facts["references"]
        },
        tables=(facts["metrics"][0], "ranks"),
    )


def _threshold_curves(analysis: Analysis) -> Drawing | None:
    """IoU by threshold against the main reference; None where there is nothing to draw."""
    frame = analysis.threshold_curves
    if frame.empty:
        return None
    return threshold_curves(
        frame.fillna({"at": ""}), analysis.labels, analysis.facts["expressions"], "threshold_curves"
    )


def _ranks(analysis: Analysis) -> list[dict[str, Any]]:
    """Ranks of networks and expressions by the main measure, explainer and reference, the best first."""
    main, frame = next(iter(analysis.tables.values())), analysis.ranks
    if frame.empty:
        return []
    place = frame["explainer"].eq(main.explainer) & frame["reference"].eq(main.reference)
    own = frame[place & frame["metric"].eq(main.metric)].sort_values("rank", kind="stable")
    return [
        {
            "what": what,
            "rows": [
                {
                    "name": row["name"],
                    "value": number(row["value"]),
                    **{key: whole(row[key]) for key in ("rank", "low", "high", "of", "cells")},
                    "remark": row["reason"] if isinstance(row["reason"], str) else row["holds"],
                }
                for row in part.fillna({"holds": ""}).to_dict("records")
            ],
        }
        for what, part in own.groupby("what", sort=False)
    ]


def _dots(analysis: Analysis, reference: str) -> list[tuple[str, Drawing]]:
    """For each explainer its name and the figure of the main metric."""
    facts = analysis.facts
    pretrained = {label: word for _, word, label in facts["labels"]}
    stem = file_stem("scores", reference, facts["references"])
    return [
        (
            named(analysis, table.explainer, facts["baseline_explainers"]),
            score_dots(table, pretrained, file_stem(stem, table.explainer, facts["explainers"])),
        )
        for table in analysis.tables.values()
        if (table.metric, table.reference) == (facts["metrics"][0], reference)
    ]


def _cell_tests(analysis: Analysis, explainer: str) -> list[dict[str, Any]]:
    """Which single cells, and which networks, pass the two tests, under false-discovery control."""
    facts = analysis.facts
    frame = analysis.baselines
    here = frame["explainer"].eq(explainer) & frame["reference"].eq(facts["references"][0])
    frame = frame[here & frame["metric"].eq(facts["metrics"][0]) & frame["label"].ne("mean") & frame["q"].notna()]
    passed = frame["q"] <= SIGNIFICANCE
    tests = []
    for name in COUNTED:
        cells, networks = (
            frame["baseline"].eq(name) & of_kind
            for of_kind in (frame["expression"].notna(), frame["expression"].isna())
        )
        named = frame.loc[cells & passed, ["label", "expression"]].itertuples(index=False)
        tests.append(
            {
                "name": name,
                "cells": [f"{label} {expression}" for label, expression in named],
                "of_cells": int(cells.sum()),
                "networks": frame.loc[networks & passed, "label"].tolist(),
                "of_networks": int(networks.sum()),
            }
        )
    return [test for test in tests if test["of_networks"]]
