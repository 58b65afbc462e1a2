"""What the maps of single people say of a whole study, from its files to the report's page."""

from importlib.resources import files
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from helpers.bands import bands
from helpers.made_up_study import NETWORKS, made_up_study
from helpers.page import Page

from fer_xai.analysis.analysis_files import read_analysis, read_difference_maps
from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.pretraining_contrasts import Pairs, pair_up
from fer_xai.analysis.subjects.person_tables import PersonTables, person_tables
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.page import render
from fer_xai.report.section import Section
from fer_xai.report.sections import effects, groups, person_maps
from fer_xai.results.person_maps import PersonMaps, read_people
from fer_xai.results.study import read_study
from fer_xai.scoring.person_cells import PersonCell
from fer_xai.scoring.person_matrix import person_matrix

NAMES = ("people_heterogeneity", "map_reliability", "map_differences")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "study"
    return made_up_study(folder, replicates=0, explainers=("gradcam", "lime"), people=True)


@pytest.fixture(scope="module")
def tables(root: Path) -> PersonTables:
    networks = read_study(root).networks
    pairs = pair_up(networks, {}, [network.label for network in networks])
    return person_tables(networks, ["gradcam", "lime"], EXPRESSIONS, {"gradcam": pairs, "lime": pairs})


def test_every_cell_has_its_figures(tables: PersonTables) -> None:
    spread, steady = tables.heterogeneity, tables.reliability
    assert len(spread) == 3 * 2 * 6
    assert spread["people"].eq(12).all()
    assert ((spread["low"] < spread["value"]) & (spread["value"] < spread["high"])).all()
    assert len(steady) == 5 * len(spread)
    by_kind = dict(iter(steady.groupby("kind")["value"]))
    assert by_kind["people"].between(0.5, 1).all()
    assert by_kind["attainable NCC"].between(0.5, 1).all()
    np.testing.assert_allclose(by_kind["attainable NCC"] ** 2, by_kind["people and trainings"], atol=1e-12)


def test_a_person_is_compared_with_all_others_over_all_folds(root: Path, tables: PersonTables) -> None:
    network = next(item for item in read_study(root).networks if item.label == "resnet50 (imagenet)")
    maps = [read_people(run.paths.people, "lime", "fear") for run in network.runs]
    everybody = np.concatenate([part.mean for part in maps if part is not None])
    known = np.isfinite(everybody).all(0)
    rows = everybody[:, known]
    expected = [np.corrcoef(row, np.delete(rows, place, 0).mean(0))[0, 1] for place, row in enumerate(rows)]
    spread = tables.heterogeneity
    row = spread.query("explainer == 'lime' and pretrained == 'imagenet' and expression == 'fear'").iloc[0]
    assert row["value"] == pytest.approx(np.mean(expected), abs=1e-5)
    assert row["lowest"] == pytest.approx(np.min(expected), abs=1e-5)


def test_networks_of_other_pretraining_look_elsewhere_and_the_same_maps_do_not(tables: PersonTables) -> None:
    differences = tables.differences
    assert differences["kind"].value_counts().to_dict() == {"pretraining": 12, "networks": 6, "explainers": 18}
    pretraining = differences[differences["kind"].eq("pretraining")]
    assert (pretraining["q"] <= 0.05).all()
    assert set(pretraining["first"]) == {"resnet50 (imagenet)"}
    assert pretraining["expression"].tolist()[::2] == list(EXPRESSIONS)
    # Both explainers say the same of each person but for noise of their own, from pixel to pixel.
    explainers = differences[differences["kind"].eq("explainers")]
    assert (explainers["q"] > 0.05).mean() > 0.8
    assert explainers[["first", "second"]].drop_duplicates().to_numpy().tolist() == [["lime", "gradcam"]]


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("analysed") / "study"
    root = made_up_study(folder, NETWORKS[1:], replicates=0, people=True, sexes=True)
    analyze_study(root, [bands()], metrics=shipped_metrics(["ncc", "iou"]))
    return root


def shown(root: Path, module: ModuleType) -> tuple[str, list[str]]:
    """The text of one section of the page, and the names of its figures."""
    study, analysis = read_study(root), read_analysis(root / "analysis")
    content = module.content(study, analysis)
    key = module.__name__.rpartition(".")[2]
    template = (files(module.__package__ or "") / f"{key}.html.j2").read_text()
    section = Section(module.__name__, key, module.NAME, module.HEADING, template, content)
    (root / "page.html").write_text(render(study, analysis, [section]))
    return Page(root / "page.html").text, [figure.name for figure in content.figures]


def test_the_page_names_the_test_and_what_it_holds_fixed(analysed: Path) -> None:
    text, figures = shown(analysed, person_maps)
    assert "In 6 of 6 comparisons the maps differ somewhere (largest t over the frame" in text
    assert "these trained networks are held fixed" in text
    assert "NCC of two trainings" in text
    assert "attainable IoU" in text
    # One architecture with and without it is no number of networks to permute.
    assert "Not tested: 6 (1 network with a map in both, at least 2 wanted)" in text
    assert "reliability over people and trainings" in text
    assert "halves of 2 folds, which differ in people and trainings" in text
    assert figures == ["map_differences_pretraining", "map_differences_groups"]


def test_groups_of_people_stand_beside_each_other(analysed: Path) -> None:
    frame = pd.read_csv(analysed / "analysis" / "groups.csv")
    assert frame["column"].eq("sex").all()
    own = frame[frame["against"].isna()]
    assert own["people"].eq(6).all()
    # Of each network and group a balanced accuracy, and a recall and a score of each of six expressions.
    assert frame["metric"].value_counts().to_dict() == {"recall": 36, "ncc": 36, "balanced accuracy": 6}
    tested = frame[frame["against"].eq("male")]
    assert ((tested["low"] <= tested["value"]) & (tested["value"] <= tested["high"])).all()
    # Nobody's sex makes a difference to maps of noise, nor to chance.
    assert (tested["q"] > 0.05).all()
    text, _ = shown(analysed, groups)
    assert "balanced accuracy: whether groups differ is unclear in all 2 tests" in text
    assert "female less male" in text


def test_people_are_among_the_shares_of_variance(analysed: Path) -> None:
    frame = pd.read_csv(analysed / "analysis" / "variance_shares.csv")
    own = frame[frame["what"].eq("scores of people")].set_index("factor")
    assert set(own.index) == {"network", "expression", "fold", "person", "network:expression", "residual"}
    assert own["share"].sum() == pytest.approx(1)
    assert (own["metric"].eq("ncc") & own["reference"].eq("bands") & own["explainer"].eq("gradcam")).all()
    # What a person looks like has nothing to do with maps of noise.
    assert own.loc["person", "share"] < own.loc["residual", "share"]
    assert "ncc of single people with bands by gradcam" in shown(analysed, effects)[0]


def test_groups_that_are_not_there_end_the_analysis_in_one_line(analysed: Path) -> None:
    before = (analysed / "analysis" / "groups.csv").read_bytes()
    with pytest.raises(UserError, match=r"groups=glasses: predictions\.csv has no such column \(it has sex\)"):
        analyze_study(analysed, [bands()], metrics=shipped_metrics(["ncc"]), groups="glasses")
    assert (analysed / "analysis" / "groups.csv").read_bytes() == before


def test_pixels_are_kept_beside_the_table(analysed: Path) -> None:
    frame = pd.read_csv(analysed / "analysis" / "map_differences.csv")
    maps = read_difference_maps(analysed / "analysis")
    assert maps is not None
    assert maps[0].shape == maps[1].shape == (frame["map"].count(), 69, 56)
    for _, row in frame[frame["map"].notna()].iterrows():
        p = maps[1][int(row["map"])]
        assert np.nanmin(p) == pytest.approx(row["p"], rel=1e-5)
        assert (p[np.isfinite(p)] <= 0.05).mean() == pytest.approx(row["more"] + row["less"], abs=1e-9)


def test_right_and_wrong_answers_to_the_same_people(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    patch = np.zeros((6, 7))
    patch[2:4, 2:5] = 5

    def maps(n: int, extra: float) -> PersonMaps:
        names = pd.DataFrame({"person": [f"p{number:02d}" for number in range(n)]})
        mean = (rng.standard_normal((n, 6, 7)) + extra * patch).astype(np.float32)
        return PersonMaps(names, mean, np.full(mean.shape, 16, np.float32), np.ones(n))

    everybody = person_matrix(maps(14, 0))
    assert everybody is not None
    cell = PersonCell(everybody, {"right": maps(14, 1), "wrong": maps(12, 0)}, everybody, everybody)
    monkeypatch.setattr("fer_xai.analysis.subjects.person_tables.person_cell", lambda *_: cell)
    network = read_study(root).networks[0]
    found = person_tables([network], ["gradcam"], ["fear"], {"gradcam": Pairs({}, ())}).differences
    (row,) = found.to_dict("records")
    assert (row["kind"], row["first"], row["second"]) == ("answers", "right answers", "wrong answers")
    assert row["people"] == 12
    assert row["p"] <= 0.01
    assert row["more"] == pytest.approx(6 / 42)


def test_a_study_without_maps_of_people_has_no_such_tables(tmp_path: Path) -> None:
    root = made_up_study(tmp_path / "study", NETWORKS[1:2], replicates=0, folds=1, subjects=2)
    analyze_study(root, [bands()], metrics=shipped_metrics(["ncc"]))
    assert not any((root / "analysis" / f"{name}.csv").exists() for name in NAMES)
    analysis = read_analysis(root / "analysis")
    assert person_maps.content(read_study(root), analysis) is None
