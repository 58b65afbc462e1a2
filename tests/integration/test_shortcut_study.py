"""A tiny study with a planted cue at two rates, and what stops it before any work."""

import json

import pandas as pd
import pytest

from fer_xai.cli import run

CUE = ["data.cue=mark", "data.cue_expression=fear", "data.cue_base_rate=0.2"]


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ([], "trust.planted_cue does not apply: no cue is planted in these faces"),
        ([*CUE, "trust.planted_cue.expression=joy"], "trust.planted_cue.expression=joy: choose one of the classes"),
        ([*CUE, "trust.planted_cue.exact_up_to=0"], "trust.planted_cue.exact_up_to=0"),
    ],
)
def test_what_cannot_be_tested_ends_in_one_line(settings, line, tiny_run, tmp_path, capsys):
    own = [*tiny_run, *settings, "trust=[planted_cue]", "model=songnet", f"hydra.run.dir={tmp_path}"]
    assert run(["train", *own]) == 2
    # Bars of what had to be drawn first stand above it.
    said = [text for text in capsys.readouterr().err.splitlines() if text.startswith("fer-xai")]
    assert len(said) == 1
    assert line in said[0]


@pytest.mark.slow
def test_two_rates_are_two_rows_of_one_study(tiny_run, tmp_path):
    few = ["model=songnet", "explainer=saliency", "trust=[planted_cue]", "callbacks.trust.images=1"]
    sweep = ["-m", "data.cue_rate=0.2,1.0", "fold=0,1", f"hydra.sweep.dir={tmp_path}"]
    assert run(["train", *tiny_run, *CUE, *few, *sweep]) == 0
    names = sorted(json.loads(path.read_text())["name"] for path in tmp_path.glob("runs/*/run.json"))
    assert [name.rsplit("-", 1)[0] for name in names] == [
        f"songnet-none-mark_{rate}-fold{fold}-seed0" for rate in ("0.2", "1") for fold in (0, 1)
    ]
    table = pd.read_csv(tmp_path / "analysis" / "shortcuts.csv")
    whole = table[table["measure"].eq("cue_value") & table["fold"].isna()]
    assert whole["network"].tolist() == ["songnet [mark 0.2]", "songnet [mark 1]"]
    assert whole["base_networks"].tolist() == [2, 2]
    metrics = pd.read_csv(tmp_path / "analysis" / "metrics.csv")
    assert set(metrics["network"]) == {"songnet [mark 0.2]", "songnet [mark 1]"}
    assert (tmp_path / "report" / "figures" / "shortcuts.png").is_file()
