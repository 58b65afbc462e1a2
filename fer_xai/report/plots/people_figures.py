"""Agreement with people as shares of the ceiling, and references against each other."""

import math
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np

from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.people_answers import PLAIN
from fer_xai.report.plots.signed import signed_matrix
from fer_xai.report.plots.style import FAINT, INK, UNKNOWN, Drawing, colours_of, finish, new_figure, shorten
from fer_xai.scoring.score_tables import MEAN
from fer_xai.scoring.specific import SPECIFIC

_DENSITY = "#7a4fbf"


def share_dots(analysis: Analysis, answer: Mapping[str, Any], name: str) -> Drawing | None:
    """Every network's share of the ceiling: on faces, beside the density of landmarks, and on the expression.

    Args:
        analysis: of the study.
        answer: of one explainer and reference, see `people_answers`.
        name: of the files.
    """
    frame = analysis.ceiling_shares
    here = frame["explainer"].eq(answer["explainer"]) & frame["reference"].eq(answer["reference"])
    frame = frame[here & (frame["expression"].isna() | frame["expression"].eq(""))]
    by_key = {(row["label"], row["metric"]): row for row in frame.to_dict("records")}
    labels = [label for label in analysis.labels if (label, PLAIN) in by_key]
    labels.sort(key=lambda label: _known(by_key[label, PLAIN]["share"]))
    pretrained = {label: word for _, word, label in analysis.facts["labels"]}
    colours = colours_of(sorted(set(pretrained.values())))
    figure = new_figure(9.2, 0.27 * len(labels) + 1.9)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, metric, title in zip(panels, (PLAIN, SPECIFIC), ("on faces", "on this expression"), strict=True):
        for line, label in enumerate([MEAN, *labels]):
            colour = INK if label == MEAN else colours.get(pretrained.get(label, ""), UNKNOWN)
            _dot(axes, line, by_key.get((label, metric)), colour, "D" if label == MEAN else "o")
        axes.axvline(1, color=INK, lw=1.4, zorder=0, label="ceiling: people with people")
        axes.axvline(0, color=FAINT, lw=0.8, zorder=0)
        axes.axhline(0.5, color=FAINT, lw=0.6)
        axes.set_title(title, loc="left")
        axes.set_xlabel("share of the ceiling")
        axes.tick_params(axis="y", length=0)
    ceiling = answer["plain"]["ceiling"]
    if math.isfinite(answer["density"]) and ceiling > 0:
        style = {"color": _DENSITY, "ls": "--", "lw": 1.4, "zorder": 0}
        panels[0].axvline(answer["density"] / ceiling, label="density of landmarks", **style)
    panels[0].set_yticks(range(len(labels) + 1), [shorten(word) for word in (MEAN, *map(analysis.marked, labels))])
    panels[0].set_ylim(-0.6, len(labels) + 0.6)
    for word, colour in colours.items():
        panels[0].plot([], [], "o", color=colour, label=f"pretraining: {word or 'not known'}")
    handles, words = panels[0].get_legend_handles_labels()
    figure.legend(handles, words, loc="outside upper center", ncols=4, frameon=False, fontsize=8)
    alt = (
        f"Agreement of {len(labels)} networks with {answer['reference']} by {answer['explainer']}, as shares of what "
        "people's own agreement allows; the numbers are in the table below."
    )
    return finish(figure, name, alt)


def agreement_matrices(analysis: Analysis) -> Drawing | None:
    """References by references: NCC of their maps, and of what is particular to each expression; nothing for one."""
    frame = analysis.reference_agreement
    names = analysis.facts["references"]
    if frame.empty or len(names) < 2:
        return None
    rows = frame[
        (frame["expression"].isna() | frame["expression"].eq("")) & frame["metric"].eq(frame["metric"].iloc[0])
    ]
    plain, specific = (np.full((len(names), len(names)), np.nan) for _ in range(2))
    for row in rows.to_dict("records"):
        i, j = names.index(row["a"]), names.index(row["b"])
        plain[i, j] = plain[j, i] = row["value"]
        specific[i, j] = specific[j, i] = row["specific"]
    for matrix, metric in ((plain, rows["metric"].iloc[0]), (specific, SPECIFIC)):
        _put_reliabilities(matrix, analysis, metric)
    side = 0.75 * len(names)
    figure = new_figure(2 * side + 4.2, side + 1.9)
    panels = figure.subplots(1, 2, sharey=True)
    words = [shorten(name) for name in names]
    for axes, matrix, title in zip(panels, (plain, specific), ("on faces", "on the expression"), strict=True):
        image = signed_matrix(axes, matrix, words, words, 1.0, missing="")
        axes.set_title(title, loc="left")
    figure.colorbar(image, ax=panels, label="correlation", shrink=0.9).outline.set_visible(False)
    alt = f"Agreement of the references {', '.join(names)} with each other; the numbers are in the table below."
    return finish(figure, "references_agreement", alt)


def _put_reliabilities(matrix: np.ndarray, analysis: Analysis, metric: str) -> None:
    """On the diagonal, how well people agree with people: the reliability."""
    frame = analysis.ceilings
    if frame.empty:
        return
    mean = (frame["expression"].isna() | frame["expression"].eq("")) & frame["kind"].eq("reliability")
    for row in frame[mean & frame["metric"].eq(metric)].to_dict("records"):
        place = analysis.facts["references"].index(row["reference"])
        matrix[place, place] = row["value"]


def _dot(axes: mpl.axes.Axes, line: int, row: Mapping[Any, Any] | None, colour: str, marker: str) -> None:
    share = math.nan if row is None else _known(row["share"], math.nan)
    if row is None or not math.isfinite(share):
        axes.text(0.01, line, "n/a", transform=axes.get_yaxis_transform(), va="center", fontsize=8)
        return
    if math.isfinite(_known(row["share_low"], math.nan)):
        axes.plot([row["share_low"], row["share_high"]], [line, line], color=colour, lw=2.2, solid_capstyle="round")
    axes.plot([share], [line], marker, color=colour, ms=6.5, mec="white", mew=0.8)


def _known(value: Any, otherwise: float = -math.inf) -> float:
    number = float(value)
    return number if math.isfinite(number) else otherwise
