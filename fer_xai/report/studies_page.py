"""The page of two studies beside each other: one file that holds everything."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_xai import __version__
from fer_xai.analysis.studies.compare_studies import StudyComparison
from fer_xai.analysis.words.tables import Cell
from fer_xai.files import write_text
from fer_xai.report.page_templates import page_templates
from fer_xai.report.plots.heatmap_grid import heatmap_grid
from fer_xai.report.plots.style import Drawing, house_style


def write_studies_page(comparison: StudyComparison, out: Path) -> Path:
    """Write `index.html`, and the figure as PNG and SVG.

    Args:
        comparison: the studies' files are open.
        out: folder for the files.

    Returns:
        The page.

    Raises:
        UserError: a file cannot be written.
    """
    with house_style():
        drawing = _heatmaps(comparison)
    drawing.write(out / "figures")
    page = out / "index.html"
    write_text(page, page_templates().get_template("studies.html.j2").render(_facts(comparison, drawing)))
    return page


def _heatmaps(comparison: StudyComparison) -> Drawing:
    """The maps of each network in both studies, one below the other, with the score of the primary measure."""
    two, reference = comparison.two, comparison.references[0]
    pools = zip(comparison.maps[0].pools, comparison.maps[1].pools, strict=True)
    keys = [(first.network.name, first.network.pretrained) for first, _ in pools]
    labels = [f"{two.label(key)}: {one.name}" for key in keys for one in two.both]
    maps = [item.maps[number] for number in range(len(keys)) for item in comparison.maps]
    masks = {name: reference.mask(name) for name in two.expressions if name in reference}
    scores = [_scores(comparison, key, side) for key in keys for side in ("first", "second")]
    words = f"of {two.first.name} and {two.second.name}"
    return heatmap_grid(labels, maps, {reference.title: masks}, None, words, "two_studies", scores)


def _scores(comparison: StudyComparison, key: tuple[str, str], side: str) -> list[float]:
    table = _of(comparison, comparison.differences)
    own = table[table["network"].eq(key[0]) & table["pretrained"].eq(key[1])].set_index("expression")[side]
    return [float(own.get(name, math.nan)) for name in comparison.two.expressions]


def _of(comparison: StudyComparison, table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the main explainer, reference and measure."""
    main, reference = comparison.maps[0].explainer, comparison.references[0].name
    kept = table["explainer"].eq(main) & table["reference"].eq(reference) & table["metric"].eq(comparison.primary)
    return table[kept]


def _facts(comparison: StudyComparison, drawing: Drawing) -> dict[str, Any]:
    two = comparison.two
    titles = two.second.study.explainer_titles | two.first.study.explainer_titles
    names = {reference.name: reference.title for reference in comparison.references}
    tested = comparison.differences[comparison.differences["metric"].eq(comparison.primary)]
    rows = [_difference(comparison, row, titles, names) for _, row in tested.iterrows()]
    return {
        "title": f"Two studies: {two.first.name} and {two.second.name}",
        "two": two,
        "primary": comparison.primary_title,
        "answer": comparison.sentences,
        "studies": [_study(one) for one in two.both],
        "only": [sorted(two.label(key) for key in one.networks if key not in two.networks) for one in two.both],
        "figure": drawing,
        "means": [row for row in rows if not row["expression"]],
        "cells": [row for row in rows if row["expression"]],
        "likeness": [
            {
                "network": two.label((row["network"], row["pretrained"])),
                "explainer": titles.get(row["explainer"], row["explainer"]),
                "expression": row["expression"],
                "ncc": Cell(row["ncc"], row["low"], row["high"]),
                **{name: row[name] for name in ("attainable", "share", "first_two", "second_two")},
            }
            for _, row in comparison.likeness.iterrows()
        ],
        "accuracies": [
            {
                "network": two.label((row["network"], row["pretrained"])),
                "measure": row["measure"],
                **_sides(row),
                "value": Cell(row["value"], row["low"], row["high"]),
            }
            for _, row in comparison.accuracies.iterrows()
        ],
        "settings": comparison.settings.to_dict("records"),
        "version": __version__,
    }


def _difference(
    comparison: StudyComparison, row: "pd.Series", titles: dict[str, str], names: dict[str, str]
) -> dict[str, Any]:
    return {
        "network": comparison.two.label((row["network"], row["pretrained"])),
        "explainer": titles.get(row["explainer"], row["explainer"]),
        "reference": names[row["reference"]],
        "expression": row["expression"] if isinstance(row["expression"], str) else "",
        **_sides(row),
        "value": Cell(row["value"], row["low"], row["high"]),
        **{name: row[name] for name in ("p", "q", "q_same", "verdict", "reason", "holds")},
    }


def _sides(row: "pd.Series") -> dict[str, Cell]:
    return {side: Cell(row[side], row[f"{side}_low"], row[f"{side}_high"]) for side in ("first", "second")}


def _study(one: Any) -> dict[str, Any]:
    records = [run.record for run in one.study.complete]
    people = [record.data["subjects"] for record in records if record.data.get("subjects")]
    return {
        "name": one.name,
        "submission": (one.manifest or {}).get("identifier", ""),
        "data": ", ".join(sorted({name for record in records for name in record.data.get("names", ())})) or "not named",
        "people": int(np.max(people)) if people else None,
        "runs": len(records),
        "folds": len(one.study.folds) or 1,
        "seeds": len(one.study.seeds) or 1,
        "program": ", ".join(sorted({record.versions.get("fer_xai", "unknown") for record in records})),
        "revision": ", ".join(sorted({record.git_revision for record in records} - {""})),
    }
