"""The texts of sentences, to the letter: where a template puts a blank or a comma too many, it shows here."""

import math
from typing import Any

import pytest

from fer_xai.analysis.words.sentences import sentence

NONE = math.nan
RANK = {"rank": 2, "low": 1, "high": 4, "of": 6, "holds": "people and trainings", "reason": ""}
EXTREME = {"name": "weinet", "value": 0.25, "low": NONE, "high": NONE, "cells": 5, "of": 6, "rank": RANK}
UNRANKED = EXTREME | {"rank": RANK | {"low": None, "high": None, "reason": "there are no replicates"}}
EXTREMES = [
    {"end": "highest", "kind": "network", "entry": EXTREME},
    {"end": "lowest", "kind": "network", "entry": UNRANKED},
]
ANSWERS: dict[str, Any] = {
    "explainer": "gradcam",
    "reference": "bands",
    "best_network": EXTREME,
    "cells": 5,
    "skipped": 1,
    "mean": {"value": 0.25, "low": 0.125, "high": 0.5, "verdict": "beats the full frame (0.20)"},
    "unclear": [],
    "baselines": {"other masks": {"beats": "yes"}},
}
ROW = {
    **{"value": 0.5, "low": -0.25, "high": 0.75, "scratch": 0.25, "trained": 0.75},
    **{"p": 0.25, "q": 0.25, "margin": 0.5, "p_same": 0.125, "q_same": 0.25, "holds": "people and trainings"},
}
TEST = "paired t test over people and trainings"
NCC = {"value": 0.5, "low": NONE, "high": NONE}


@pytest.mark.parametrize(
    ("name", "facts", "text"),
    [
        (
            "mean_score",
            {"metric": "IoU", "answers": ANSWERS, "networks": 1, "expressions": 6, "level": 0.05},
            "Over the one network weinet and 6 expressions (5 heatmaps, 1 undefined, gradcam) the mean IoU with bands "
            "is "
            "0.2500 (95 % interval 0.1250 to 0.5000): it beats the full frame (0.20). So the maps fit the mask of "
            "their "
            f"own expression better than those of others ({TEST}, false-discovery rate 5 % over the table).",
        ),
        (
            "mean_score",
            {
                "metric": "IoU",
                "answers": ANSWERS
                | {"baselines": {"other masks": {"beats": "unclear"}}, "unclear": ["there is one training"]},
                **{"networks": 2, "expressions": 6, "level": 0.05},
            },
            "Over 2 networks and 6 expressions (5 heatmaps, 1 undefined, gradcam) the mean IoU with bands is "
            "0.2500 (95 % "
            "interval 0.1250 to 0.5000): it beats the full frame (0.20). Whether the maps fit the mask of their own "
            "expression more than those of others is unclear: there is one training.",
        ),
        (
            "mean_score",
            {
                "metric": "IoU",
                "answers": ANSWERS | {"skipped": 0, "baselines": {}},
                "networks": 2,
                "expressions": 1,
                "level": 0.05,
            },
            "Over 2 networks and 1 expression (5 heatmaps, gradcam) the mean IoU with bands is 0.2500 (95 % interval "
            "0.1250 to 0.5000): it beats the full frame (0.20).",
        ),
        (
            "best_and_worst",
            {"kind": "network", "best": EXTREME, "worst": EXTREME | {"cells": 6}, "digits": 2},
            "Highest and lowest mean of a network: weinet, 0.25, over 5 of 6 cells, rank 2 of 6, interval 1 to 4; "
            "weinet, 0.25, rank 2 of 6, interval 1 to 4. Ranks are over the 5 expressions that all have, with 95 % "
            "intervals over people and trainings (paired t tests, Bonferroni).",
        ),
        (
            "best_and_worst",
            {"kind": "expression", "best": UNRANKED, "worst": UNRANKED | {"cells": 6}, "digits": 2},
            "Highest and lowest mean of an expression: weinet, 0.25, over 5 of 6 cells; weinet, 0.25. Their order is "
            "not tested: there are no replicates.",
        ),
        (
            "other_explainer",
            {"metric": "IoU", "answers": ANSWERS, "extremes": EXTREMES},
            "By gradcam the mean IoU with bands is 0.2500 (95 % interval 0.1250 to 0.5000) (highest network weinet, "
            "rank 2 of 6, interval 1 to 4; lowest network weinet): it beats the full frame (0.20).",
        ),
        (
            "undefined_cells",
            {"rows": [{"label": "a", "expression": "fear", "reason": "no heatmap"}] * 2, "more": 3},
            "Undefined, and left out of the means: a fear (no heatmap), a fear (no heatmap) and 3 more.",
        ),
        (
            "clusters",
            {"indices": ["fear 0.1 (p = 0.2)"], "exact": [], "unlikely": 0, "level": 0.05, "confounded": True},
            "Pretraining and clusters: the two-cluster cut of the dendrogram equals 'which pretraining' exactly in no "
            "expression; adjusted Rand index by expression: fear 0.1 (p = 0.2). In none of them is that shown to be "
            "more than other labellings of the networks do (permutation test, p above 0.05). No network comes with "
            "and without pretraining here, so this cannot be told "
            "from their architectures.",
        ),
        (
            "effect",
            {
                **{"factor": "pretraining", "explainer": "lime", "differs": True, "lowest": 0.37, "highest": 0.69},
                **{"seen": 6, "of": 6, "scatter": 0.01, "remark": ""},
                "row": {"where": "over all expressions", "moved": "networks", "r2": 0.48, "p": 1 / 495, "q": 0.004}
                | {"exact": True, "permutations": 495},
            },
            "Maps of lime differ by pretraining over all expressions (PERMANOVA, networks permuted: R2 = 0.48, p = "
            "0.0020 of all 495 labellings, q = 0.004); by expression R2 = 0.37 to 0.69, shown in 6 of 6. The groups "
            "also scatter unlike (PERMDISP, q = 0.010), which is part of that.",
        ),
        (
            "effect",
            {
                **{"factor": "fold", "explainer": "lime", "differs": False, "lowest": None, "highest": None},
                **{"seen": 0, "of": 1, "scatter": None, "remark": "only 8 labellings: p cannot be below 0.12"},
                "row": {"where": "for fear", "moved": "fold within each network", "r2": 0.1, "p": 0.5, "q": 0.5}
                | {"exact": False, "permutations": 9999},
            },
            "Whether maps of lime differ by fold for fear is unclear (PERMANOVA, fold within each network permuted: "
            "R2 = 0.10, p = 0.5000, q = 0.500). Note: only 8 labellings: p cannot be below 0.12.",
        ),
        (
            "contrast",
            {
                **{"word": "faces", "metric": "IoU", "networks": ["a"], "row": ROW, "ncc": NCC, "better": True},
                **{"left_out": [], "unclear": "", "level": 0.05},
            },
            "Pretraining faces changes the mean IoU of a by +0.5000 (95 % interval over people and trainings: "
            "-0.2500 to "
            f"+0.7500), from 0.2500 to 0.7500: whether that is more than chance is unclear ({TEST}, p = 0.250, "
            "q = 0.250). The maps with and without it have a mean NCC of 0.500.",
        ),
        (
            "contrast",
            {
                **{"word": "faces", "metric": "IoU", "networks": ["a"], "row": ROW | {"q_same": 0.05}, "ncc": NCC},
                **{"better": True, "left_out": [], "unclear": "", "level": 0.05},
            },
            "Pretraining faces changes the mean IoU of a by +0.5000 (95 % interval over people and trainings: "
            "-0.2500 to +0.7500), from 0.2500 to 0.7500: as good with it as without, within 0.5 (two one-sided paired "
            "t tests over people and trainings, p = 0.125, q = 0.050). The maps with and without it have a mean NCC of "
            "0.500.",
        ),
        (
            "contrast",
            {
                **{
                    "word": "faces",
                    "metric": "IoU",
                    "networks": ["a"],
                    "row": ROW | {"p": 0.01, "q": 0.02},
                    "ncc": NCC,
                },
                **{"better": True, "left_out": [], "unclear": "", "level": 0.05},
            },
            "Pretraining faces changes the mean IoU of a by +0.5000 (95 % interval over people and trainings: "
            "-0.2500 to "
            f"+0.7500), from 0.2500 to 0.7500: better with it ({TEST}, p = 0.010, q = 0.020). The maps with and "
            "without it have a mean NCC of 0.500.",
        ),
        (
            "contrast",
            {
                **{"word": "faces", "metric": "IoU", "networks": ["a"], "row": ROW | {"p": NONE}, "ncc": NCC},
                **{"better": True, "left_out": [], "unclear": "there is one training", "level": 0.05},
            },
            "Pretraining faces changes the mean IoU of a by +0.5000 (95 % interval over people and trainings: "
            "-0.2500 to "
            "+0.7500), from 0.2500 to 0.7500: whether that is more than chance is unclear, for there is one "
            "training. The "
            "maps with and without it have a mean NCC of 0.500.",
        ),
        (
            "undefined_contrast",
            {"word": "faces", "metric": "IoU", "networks": ["a", "b"], "left_out": ["c", "d"]},
            "Pretraining faces: no IoU of the 2 networks that can be compared with and without it is defined on both "
            "sides. Left out, for reasons given in pretraining.csv: c and d.",
        ),
        (
            "accuracy",
            {
                "rows": [
                    {"label": "a", "value": 0.25, "low": NONE, "high": NONE},
                    {"label": "b", "value": 0.75, "low": 0.5, "high": 1.0},
                ],
                **{"mean": 0.5, "below": ["a", "b"], "floor": "chance (1/6)"},
            },
            "Balanced test accuracy (the mean over the expressions) is 0.500 in the mean; lowest: a, 0.250; highest: "
            "b, "
            "0.750 (95 % interval 0.500 to 1.000); a and b are not shown to be above chance (1/6), so where they look "
            "says little.",
        ),
        (
            "accuracy",
            {
                "rows": [{"label": "a", "value": 0.25, "low": NONE, "high": NONE}],
                "mean": 0.25,
                "below": [],
                "floor": "",
            },
            "Balanced test accuracy (the mean over the expressions) is 0.250.",
        ),
        (
            "how_to_read",
            {"higher_is_better": False, "holds": ["people, this training held fixed"], "skipped": 2},
            "Lower is better. In brackets: 95 % intervals over people, this training held fixed. 2 undefined "
            "cells (n/a) "
            "are "
            "left out of the means; metrics.csv gives the reasons.",
        ),
        (
            "runs_set_aside",
            {"number": 2, "settings": ["settings.a", "settings.b"]},
            "Set aside: 2 runs of earlier commands, which differ in settings.a and settings.b.",
        ),
    ],
)
def test_sentences(name: str, facts: dict[str, Any], text: str) -> None:
    assert sentence(name, **facts) == text


def test_names_from_outside_are_text_and_one_line() -> None:
    assert sentence("run_left_out", name="{{ 1 }}\n<b>", reason="x & y") == "Run {{ 1 }} <b> is left out: x & y."
