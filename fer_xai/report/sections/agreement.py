"""Whether explainers agree with each other, as a matrix, a sentence and a table."""

import numpy as np
import pandas as pd

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.sentences import sentence
from fer_xai.analysis.words.tables import Cell
from fer_xai.report.explainer_names import named
from fer_xai.report.plots.signed import signed_matrix
from fer_xai.report.plots.style import Drawing, finish, new_figure, shorten
from fer_xai.report.section import Content
from fer_xai.results.study import Study

PLACE = 70
NAME = "Agreement"
HEADING = "Do the explainers agree?"


def content(study: Study, analysis: Analysis) -> Content | None:
    """Nothing with one explainer."""
    rows = agreement_rows(analysis)
    if not rows:
        return None
    figure = draw_agreement(analysis)
    return Content(
        facts={"sentences": agreement_words(analysis), "agreement": rows, "matrix": figure},
        figures=(figure,) if figure is not None else (),
        tables=("agreement",),
    )


def draw_agreement(analysis: Analysis) -> Drawing | None:
    """Explainers by explainers: off the diagonal NCC on the same network, on it NCC of networks under the explainer."""
    explainers, baselines = analysis.facts["explainers"], analysis.facts["baseline_explainers"]
    if len(explainers) < 2 or analysis.agreement.empty:
        return None
    matrix = np.full((len(explainers), len(explainers)), np.nan)
    for row in _means(analysis.agreement).to_dict("records"):
        i, j = explainers.index(row["a"]), explainers.index(row["b"])
        matrix[i, j] = matrix[j, i] = row["ncc"]
    names = [shorten(named(analysis, name, baselines)) for name in explainers]
    side = 0.62 * len(names)
    figure = new_figure(side + 3.2, 0.55 * side + 1.9)
    image = signed_matrix(figure.add_subplot(), matrix, names, names, 1.0)
    figure.colorbar(image, label="NCC", shrink=0.9).outline.set_visible(False)
    alt = f"Agreement of {len(names)} explainers: {'; '.join(agreement_words(analysis))}"
    return finish(figure, "agreement", alt)


def agreement_words(analysis: Analysis) -> list[str]:
    """How much the explainers that look at networks agree, beside the networks under each; nothing for only one."""
    baselines = set(analysis.facts["baseline_explainers"])
    own = [name for name in analysis.facts["explainers"] if name not in baselines]
    if len(own) < 2 or analysis.agreement.empty:
        return []
    means = _means(analysis.agreement)
    means = means[means["a"].isin(own) & means["b"].isin(own) & means["ncc"].notna()]
    pairs, networks = means[means["a"].ne(means["b"])], means[means["a"].eq(means["b"])]
    if pairs.empty:
        return []
    ordered = pairs.sort_values("ncc", kind="stable").to_dict("records")
    mean, under_one = pairs["ncc"].mean(), networks["ncc"].mean() if len(networks) else None
    return [
        sentence("agreement", mean=mean, lowest=ordered[0], highest=ordered[-1], pairs=len(pairs), networks=under_one)
    ]


def agreement_rows(analysis: Analysis) -> list[dict[str, object]]:
    """Rows of the table: the pair, and the NCC of each expression and of their mean."""
    if len(analysis.facts["explainers"]) < 2 or analysis.agreement.empty:
        return []
    baselines = analysis.facts["baseline_explainers"]
    rows: list[dict[str, object]] = []
    for words, part in analysis.agreement.groupby(["a", "b"], sort=False):
        a, b = map(str, words)
        own = part.fillna({"expression": ""})
        figures = own[["ncc", "low", "high"]].astype(float).to_numpy()
        cells = {name: Cell(*row) for name, row in zip(own["expression"], figures, strict=True)}
        same = a == b
        label = (
            f"networks under {named(analysis, a, baselines)}"
            if same
            else f"{named(analysis, a, baselines)} and {named(analysis, b, baselines)}"
        )
        rows.append({"label": label, "n": int(own["n"].max()), "same": same, "cells": cells})
    return sorted(rows, key=lambda row: bool(row["same"]))


def _means(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["expression"].isna() | frame["expression"].eq("")]
