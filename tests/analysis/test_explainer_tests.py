"""Figures of tested explainers: of a run's global maps, and over the runs of a study."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_xai.analysis.explainer_tests import Tested as OneNetwork
from fer_xai.analysis.explainer_tests import against_table, read_tested, trust_table
from fer_xai.errors import UserError
from fer_xai.files import write_json
from fer_xai.results.paths import RunPaths
from fer_xai.results.run import RunRecord
from fer_xai.results.study import Network, Run
from fer_xai.scoring.explainer_test_rows import IMAGE_COLUMNS, RUN_COLUMNS, frame_rows, summarise_images
from fer_xai.scoring.intervals import PEOPLE, PEOPLE_AND_TRAININGS
from fer_xai.trust.deletion import Deletion
from fer_xai.trust.measures import Curve, Description, Measure, as_plain, describe
from fer_xai.trust.randomisation import Randomisation
from fer_xai.trust.road import Road


def test_global_maps_are_compared_as_means():
    """Local maps are noise about a pattern that only their mean shows; at step 1 the pattern is turned round."""
    rng = np.random.default_rng(0)
    pattern = np.sin(np.linspace(0, 6, 30))[:, None] * np.ones((30, 20))
    noise = rng.normal(0, 1, (40, 30, 20))
    noise -= noise.mean(0)
    images = pd.DataFrame({"group": range(40), "expression": "fear"})
    steps = {0.0: pattern + noise, 0.5: pattern - noise, 1.0: -pattern + noise}
    rows = frame_rows(("gradcam", "randomisation", "global_ncc"), steps, images, replicates=40)
    told = {(r["measure"], str(r["step"])): r for r in rows if r["expression"] == "fear"}
    assert told["global_ncc", "0.0"]["value"] == pytest.approx(1)
    assert told["global_ncc", "0.5"]["value"] == pytest.approx(1)
    assert told["global_ncc", "1.0"]["value"] == pytest.approx(-1)
    # Trapezoids: 1 over the first half, from 1 to -1 over the second.
    assert told["area_global_ncc", "nan"]["value"] == pytest.approx(0.5)
    assert told["global_ncc", "0.5"]["low"] < 1
    assert told["global_ncc", "0.5"]["n"] == 40


def test_global_map_that_is_gone_is_unlike_and_one_that_was_never_there_undefined():
    rng = np.random.default_rng(0)
    maps, zero = rng.random((4, 10, 10)), np.zeros((4, 10, 10))
    images = pd.DataFrame({"group": range(4), "expression": "fear"})
    gone = frame_rows(("e", "t", "m"), {0.0: maps, 1.0: zero}, images, replicates=5)
    assert {r["step"]: r["value"] for r in gone if r["measure"] == "m"}[1.0] == 0
    never = frame_rows(("e", "t", "m"), {0.0: zero, 1.0: maps}, images, replicates=5)
    assert all(np.isnan(r["value"]) for r in never)


def write(folder: Path, values: dict[str, float], people: range, whole: float) -> Run:
    """A run whose images all have the value of their explainer."""
    rows = [
        (e, "deletion", "area_mean", np.nan, "fear", f"i{p}", p, "right" if p % 2 else "wrong", v + p)
        for e, v in values.items()
        for p in people
    ]
    images = pd.DataFrame(rows, columns=list(IMAGE_COLUMNS))
    one = {
        "explainer": "a",
        "test": "randomisation",
        "measure": "area_global_ncc",
        "step": np.nan,
        "answers": "all",
        "expression": "",
    }
    tests = {"deletion": Deletion(), "randomisation": Randomisation(), "road": Road()}
    described = {name: describe(test) for name, test in tests.items()}
    own = summarise_images(images, described, 10)
    run = pd.concat(
        [own, pd.DataFrame([one | {"value": whole, "low": whole - 0.1, "high": whole + 0.1, "n": len(people)}])]
    )
    paths = RunPaths(folder)
    folder.mkdir()
    images.to_csv(paths.trust_images, index=False)
    run[list(RUN_COLUMNS)].to_csv(paths.trust, index=False)
    write_json(paths.trust_tests, as_plain(described))
    fold = int(folder.name)
    return Run(RunRecord(folder.name, "complete", "net", "none", fold, 0, explainers=list(values)), paths)


def test_study_averages_over_images_then_networks(tmp_path):
    one = write(tmp_path / "0", {"a": 0.0}, range(0, 2), 0.2)
    two = write(tmp_path / "1", {"a": 0.0}, range(2, 6), 0.8)
    other = write(tmp_path / "2", {"a": 10.0, "b": 1.0}, range(0, 6), 0.5)
    networks = [Network("first", "none", "first", (one, two)), Network("second", "none", "second", (other,))]
    table = trust_table(read_tested(networks), replicates=30)
    told = {
        (r["network"], r["explainer"], r["measure"]): r for r in table[table["expression"] == ""].to_dict("records")
    }
    # Over six images of two runs: 0 ... 5.
    assert told["first", "a", "area_mean"]["value"] == pytest.approx(2.5)
    assert told["first", "a", "area_mean"]["n"] == 6
    assert told["second", "a", "area_mean"]["value"] == pytest.approx(12.5)
    assert told["", "a", "area_mean"]["value"] == pytest.approx(7.5)
    assert told["", "b", "area_mean"]["value"] == pytest.approx(3.5)
    # The same people are drawn for both networks, which differ by a constant: their mean is as uncertain as each.
    widths = [told[n, "a", "area_mean"]["high"] - told[n, "a", "area_mean"]["low"] for n in ("first", "second", "")]
    np.testing.assert_allclose(widths, widths[0])
    # Global figures by images: (2 * 0.2 + 4 * 0.8) / 6.
    assert told["first", "a", "area_global_ncc"]["value"] == pytest.approx(0.6)
    assert told["", "a", "area_global_ncc"]["value"] == pytest.approx(0.55)
    assert told["first", "a", "area_global_ncc"]["holds"] == PEOPLE_AND_TRAININGS
    assert told["second", "a", "area_global_ncc"]["holds"] == told["first", "a", "area_mean"]["holds"] == PEOPLE
    assert (told["second", "a", "area_global_ncc"]["low"], told["", "a", "area_global_ncc"]["holds"]) == (0.4, "")


def told_apart(tmp_path: Path, values: dict[str, list[float]], baselines: list[str]) -> list[OneNetwork]:
    """A network tested by two measures that are told apart by the answer, the second better when lower; one curve."""
    curve = Curve("share", "value")
    measures = (
        Measure("up", "up", higher_is_better=True, by_answer=True),
        Measure("down", "down", higher_is_better=False, by_answer=True),
        Measure("curve", "curve", True, curve),
    )
    rows = [
        (name, "own", measure, step, "fear", f"i{i}", i, "right" if i < 2 else "wrong", value)
        for name, figures in values.items()
        for i, value in enumerate(figures)
        for measure, step in (("up", np.nan), ("down", np.nan), ("curve", 0.0))
    ]
    images = pd.DataFrame(rows, columns=list(IMAGE_COLUMNS))
    tests = {"own": Description("Own", "A test.", measures)}
    record = RunRecord("0", "complete", "net", "none", 0, 0, explainers=[*values], baselines=baselines)
    network = Network("net", "none", "net", (Run(record, RunPaths(tmp_path)),))
    return [OneNetwork(network, images, summarise_images(images, tests, 5).assign(fold=0, seed=0), tests)]


def test_right_and_wrong_answers_are_told_apart(tmp_path):
    tested = told_apart(tmp_path, {"a": [1.0, 3.0, 8.0]}, [])
    for table in (tested[0].whole, trust_table(tested, 5)):
        whole = table[table["expression"].eq("") & table["measure"].eq("up")].drop_duplicates("answers")
        assert whole.set_index("answers")["value"].to_dict() == {"all": 4.0, "right": 2.0, "wrong": 8.0}
        assert whole.set_index("answers")["n"].to_dict() == {"all": 3, "right": 2, "wrong": 1}
        assert set(table.loc[table["measure"].eq("curve"), "answers"]) == {"all"}


def test_chance_is_what_the_best_baseline_reaches_in_the_same_place(tmp_path):
    values = {"a": [1.0, 3.0, 8.0], "noise": [0.0, 4.0, 1.0], "edges": [1.0, 2.0, 9.0], "lost": [np.nan] * 3}
    table = trust_table(told_apart(tmp_path, values, ["noise", "edges", "lost"]), 5)
    a = table[table["explainer"].eq("a") & table["network"].eq("") & table["expression"].eq("")]
    a = a.set_index(["measure", "answers"])
    # Means: noise 5/3, right 2, wrong 1; edges 4, right 1.5, wrong 9.
    assert a.loc[("up", "all"), ["chance", "chance_of"]].tolist() == [4.0, "edges"]
    assert a.loc[("up", "right"), ["chance", "chance_of"]].tolist() == [2.0, "noise"]
    assert a.loc[("down", "right"), ["chance", "chance_of"]].tolist() == [1.5, "edges"]
    assert a.loc[("down", "wrong"), ["chance", "chance_of"]].tolist() == [1.0, "noise"]
    assert np.isnan(a.loc[("curve", "all"), "chance"])
    assert len(table) == len(trust_table(told_apart(tmp_path, values, []), 5))


def test_differences_from_baselines_are_told_apart_by_the_answer_too(tmp_path):
    tested = told_apart(tmp_path, {"a": [1.0, 3.0, 8.0], "noise": [0.0, 4.0, 1.0]}, ["noise"])
    rows = against_table(tested, 5)
    whole = rows[rows["network"].eq("") & rows["expression"].eq("") & rows["measure"].eq("up")]
    assert whole.set_index("answers")["value"].to_dict() == {"all": pytest.approx(7 / 3), "right": 0.0, "wrong": 7.0}


def test_runs_of_before_are_read_as_they_were(tmp_path):
    run = write(tmp_path / "0", {"a": 0.0}, range(3), 0.5)
    for path, column in ((run.paths.trust_images, "answer"), (run.paths.trust, "answers")):
        pd.read_csv(path).drop(columns=column).to_csv(path, index=False)
    table = trust_table(read_tested([Network("net", "none", "net", (run,))]), replicates=5)
    assert set(table["answers"]) == {"all"}
    assert table.loc[table["measure"].eq("area_mean"), "n"].unique().tolist() == [3]


def test_what_could_not_be_done_is_told_of_the_study_too(tmp_path):
    run = write(tmp_path / "0", {"a": 0.0}, range(3), 0.5)
    table = pd.read_csv(run.paths.trust)
    failed = {"explainer": "b", "test": "road", "measure": "not done", "answers": "all", "expression": "", "n": 0}
    pd.concat([table, pd.DataFrame([failed])]).to_csv(run.paths.trust, index=False)
    study = trust_table(read_tested([Network("net", "none", "net", (run,))]), replicates=5)
    told = study[study["measure"].eq("not done")]
    assert told[["network", "explainer", "test", "n"]].to_numpy().tolist() == [
        ["net", "b", "road", 0],
        ["", "b", "road", 0],
    ]
    assert told["value"].isna().all()


def test_random_orders_of_joined_runs_count_once(tmp_path):
    runs = [write(tmp_path / name, {"random blobs": 0.0}, range(3), 0.5) for name in ("0", "1")]
    same = [Run(RunRecord(r.record.name, "complete", "net", "none", 0, 0), r.paths) for r in runs]
    table = trust_table(read_tested([Network("net", "none", "net", tuple(same))]), replicates=5)
    assert table.loc[table["measure"] == "area_mean", "n"].unique().tolist() == [3]


def test_explainers_are_compared_with_baselines_image_by_image(tmp_path):
    """People differ by whole numbers, the explainers by a quarter on each: no spread, so no interval."""
    run = write(tmp_path / "0", {"a": 0.25, "noise": 0.5, "random blobs": 0.0}, range(5), 0.5)
    record = RunRecord("0", "complete", "net", "none", 0, 0, explainers=["a", "noise"], baselines=["noise"])
    rows = against_table(read_tested([Network("net", "none", "net", (Run(record, run.paths),))]), replicates=50)
    assert set(rows["explainer"]) == {"a"}
    told = rows[rows["network"].eq("net") & rows["expression"].eq("fear")].set_index("against")
    for against, difference in (("noise", -0.25), ("random blobs", 0.25)):
        assert told.loc[against, "value"] == pytest.approx(difference)
        assert told.loc[against, ["low", "high"]].isna().all()
        assert told.loc[against, "n"] == 5
    together = rows[rows["network"].eq("") & rows["expression"].eq("")].set_index("against")
    assert together["value"].to_dict() == {"noise": -0.25, "random blobs": 0.25}


def test_study_without_tests_has_no_table_and_damaged_files_are_told(tmp_path):
    run = Run(RunRecord("r", "complete", "net"), RunPaths(tmp_path))
    assert trust_table(read_tested([Network("net", "none", "net", (run,))])).empty
    (tmp_path / "trust_images.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match=r"cannot read .*trust_images\.csv"):
        trust_table(read_tested([Network("net", "none", "net", (run,))]))
