"""Verdicts, costs and curves of hand-set networks: some read the planted cue, others do not."""

import math

import numpy as np
import pytest
from helpers.planted_runs import PEOPLE, planted_run

from fer_xai.analysis.shortcut_explainers import AUC, WHEN_NOT, WHEN_USED
from fer_xai.analysis.shortcut_limit import AT_BASE_RATE, NOT, UNCLEAR, USES, base_limit
from fer_xai.analysis.shortcuts import COLUMNS, COST, WITH_CUE, WITHOUT_CUE, shortcuts
from fer_xai.results.study import Network
from fer_xai.trust.cue_figures import VALUE

NO = [0.0, 0.1, -0.1, 0.0, 0.1, -0.1]
LOW, HIGH = [0.5, 1, 1.5, 0.5, 1, 1.5], [4.0, 5, 6, 4, 5, 6]
#: Baselines give each face the same relevance whoever is asked.
NOISE = [0.9, 1.0, 1.1, 1.2, 0.8, 2.5]


def network(rate, runs):
    name = f"net [mark {rate:g}]"
    return Network(name, "none", name, tuple(runs))


def base(tmp_path, seeds=3, right=""):
    maps = {"honest": LOW, "liar": HIGH, "noise": NOISE}
    return network(
        0.2, [planted_run(tmp_path / f"b{s}", 0.2, s, [v + s / 100 for v in NO], maps, right) for s in range(seeds)]
    )


def uses(tmp_path, worth=(3.0,) * PEOPLE, right="", seeds=1):
    maps = {"honest": HIGH, "liar": LOW, "noise": NOISE}
    return network(1, [planted_run(tmp_path / f"u{s}", 1.0, s, list(worth), maps, right) for s in range(seeds)])


def test_network_that_reads_the_cue_lies_above_the_limit_and_another_does_not(tmp_path):
    other = network(0.5, [planted_run(tmp_path / "o", 0.5, 0, NO, {"honest": LOW, "liar": HIGH, "noise": NOISE})])
    table = shortcuts([base(tmp_path), other, uses(tmp_path)], 50).table
    assert tuple(table.columns) == COLUMNS
    worth = table[table["measure"].eq(VALUE) & table["fold"].isna()].set_index("cue_rate")
    assert worth["verdict"].to_dict() == {0.2: AT_BASE_RATE, 0.5: NOT, 1.0: USES}
    assert worth.loc[1.0, ["value", "n"]].tolist() == [3, PEOPLE]
    assert worth.loc[1.0, "remark"] == "1 of 1 trained networks use it"
    assert worth["limit"].to_numpy() == pytest.approx(base_limit([0, 0.01, 0.02]))
    assert worth["base_networks"].tolist() == [3, 3, 3]
    single = table[table["measure"].eq(VALUE) & table["fold"].notna()]
    assert single["seed"].tolist() == [0, 1, 2, 0, 0]
    assert single["verdict"].tolist() == [AT_BASE_RATE] * 3 + [NOT, USES]


def test_curves_by_arithmetic(tmp_path):
    found = shortcuts([base(tmp_path), uses(tmp_path, seeds=2)], 50)
    rows = found.table[found.table["network"].isna()].set_index(["explainer", "measure"])
    assert rows.loc[("honest", AUC), "value"] == 1
    assert rows.loc[("liar", AUC), "value"] == 0
    # The same relevance of every face, used or not.
    assert rows.loc[("noise", AUC), "value"] == pytest.approx(0.5)
    assert rows.loc[("honest", AUC), ["chance", "chance_of"]].tolist() == [pytest.approx(0.5), "noise"]
    assert rows.loc[("honest", WHEN_USED), "value"] == 1
    assert rows.loc[("honest", WHEN_NOT), "value"] == 0
    assert rows.loc[("noise", WHEN_NOT), "value"] == pytest.approx(1 / 6)
    assert rows.loc[("honest", AUC), "n"] == 5 * PEOPLE
    # Explainers that are always right, or always wrong, have no spread and no interval.
    certain = rows["low"].isna()
    assert certain.groupby("explainer").all().to_dict() == {"honest": True, "liar": True, "noise": False}
    assert rows.loc[~certain, "value"].between(rows.loc[~certain, "low"], rows.loc[~certain, "high"]).all()
    curve = found.roc[found.roc["explainer"].eq("honest")]
    assert ((curve["when_not_used"] == 0) & (curve["when_used"] == 1)).any()


def test_faces_in_which_a_used_cue_is_worth_little_are_left_out_and_counted(tmp_path):
    table = shortcuts([base(tmp_path), uses(tmp_path, [3, 3, 3, 3, 3, 0.0])], 50).table
    row = table[table["measure"].eq(AUC) & table["explainer"].eq("honest")].iloc[0]
    assert row["n"] == 3 * PEOPLE + PEOPLE - 1
    assert "1 trained networks use the cue, 3 do not; 1 faces are left out" in row["remark"]


@pytest.mark.parametrize("seeds", [0, 1])
def test_without_two_networks_at_the_base_rate_nothing_is_judged(tmp_path, seeds):
    networks = [*([base(tmp_path, seeds)] if seeds else []), uses(tmp_path)]
    found = shortcuts(networks, 50)
    row = found.table[found.table["cue_rate"].eq(1) & found.table["fold"].isna()].iloc[0]
    assert row["verdict"] == UNCLEAR
    assert math.isnan(row["limit"])
    assert row["base_networks"] == seeds
    assert row["remark"] == f"{seeds} networks of this kind were trained at the base rate; two are needed at least"
    assert not found.table["measure"].eq(AUC).any()
    assert found.roc.empty


def test_cost_is_told_on_the_same_images(tmp_path):
    table = shortcuts([base(tmp_path, 2, "yyyyyy"), uses(tmp_path, right="ynyyyn")], 50).table
    rows = table[table["cue_rate"].eq(1)].fillna({"expression": ""}).set_index(["measure", "expression"])["value"]
    assert rows[WITH_CUE, ""] == pytest.approx(2 / 3)
    assert rows[WITHOUT_CUE, ""] == pytest.approx(2 / 3)
    assert rows[WITH_CUE, "anger"] == 0
    assert rows[WITHOUT_CUE, "anger"] == 0.5
    assert rows[COST, ""] == pytest.approx(1 / 3)
    assert rows[COST, "anger"] == pytest.approx(2 / 3)
    # Networks at the base rate cost nothing.
    assert not (table["cue_rate"].eq(0.2) & table["measure"].eq(COST)).any()


def test_study_without_a_planted_cue_has_no_table(tmp_path):
    found = shortcuts([], 50)
    assert found.table.empty
    assert found.roc.empty
    assert np.array_equal(found.table.columns, COLUMNS)
