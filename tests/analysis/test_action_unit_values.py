"""What action units are worth, over the runs of a study."""

import pandas as pd
import pytest

from fer_xai.analysis.action_unit_values import action_units_table
from fer_xai.errors import UserError
from fer_xai.results.paths import RunPaths
from fer_xai.results.run import RunRecord
from fer_xai.results.study import Network, Run


def run(folder, people, fold, units=("AU12", "AU4", "cue"), seed=0):
    """AU12 is worth the person's number, AU4 less than nothing, the cue a half."""
    folder.mkdir()
    worth = {"AU12": lambda p: p, "AU4": lambda p: -p, "cue": lambda p: 0.5}
    rows = [(f"i{p}", e, unit, p, worth[unit](p), 0.0) for p in people for e in ("fear", "anger") for unit in units]
    columns = ["image", "expression", "unit", "group", "value", "error"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "action_units.csv", index=False)
    return Run(RunRecord(folder.name, "complete", "net", "none", fold, seed), RunPaths(folder))


def table_of(*runs, expressions=("anger", "fear")):
    return action_units_table([Network("net", "none", "net", runs)], expressions, replicates=100)


def test_mean_over_all_folds_and_over_each(tmp_path):
    table = table_of(run(tmp_path / "a", [1, 2], 0), run(tmp_path / "b", [3, 4, 5], 1))
    assert list(table.columns) == ["network", "pretrained", "fold", "expression", "unit", "value", "low", "high", "n"]
    whole = table[table["fold"].isna()].set_index(["expression", "unit"])
    assert whole.loc[("fear", "AU12"), ["value", "n"]].tolist() == [3, 5]
    assert whole.loc[("", "AU4"), "value"] == -3
    assert whole.loc[("fear", "AU12"), "low"] < 3 < whole.loc[("fear", "AU12"), "high"]
    folds = table[table["unit"].eq("AU12") & table["expression"].eq("fear")].set_index("fold")["value"]
    assert folds.loc[[0, 1]].tolist() == [1.5, 4]
    # By their numbers, and what is no unit last.
    assert list(dict.fromkeys(table["unit"])) == ["AU4", "AU12", "cue"]


def test_runs_of_one_network_that_share_images_count_them_once(tmp_path):
    table = table_of(
        run(tmp_path / "a", [1, 2], 0), run(tmp_path / "b", [1, 2], 0), run(tmp_path / "c", [1], 0, seed=1)
    )
    assert table.loc[table["fold"].isna() & table["unit"].eq("cue") & table["expression"].eq("fear"), "n"].item() == 3


def test_unit_without_visible_effect_has_no_value(tmp_path):
    one = run(tmp_path / "a", [1, 2], 0)
    frame = pd.read_csv(one.paths.action_units)
    frame.loc[frame["unit"].eq("AU4"), "value"] = float("nan")
    frame[~(frame["unit"].eq("AU4") & frame["expression"].eq("anger"))].to_csv(one.paths.action_units, index=False)
    table = table_of(one)
    # A unit that no face of an expression has, has no row there.
    assert not (table["unit"].eq("AU4") & table["expression"].eq("anger")).any()
    row = table[table["unit"].eq("AU4") & table["fold"].isna() & table["expression"].eq("fear")]
    assert row["n"].item() == 0
    assert row["value"].isna().item()


def test_study_without_known_evidence_has_no_table_and_damaged_files_are_told(tmp_path):
    nothing = Run(RunRecord("r", "complete", "net"), RunPaths(tmp_path))
    assert table_of(nothing).empty
    (tmp_path / "action_units.csv").write_text("unit\nAU1\n")
    with pytest.raises(UserError, match=r"cannot read .*action_units\.csv"):
        table_of(nothing)
