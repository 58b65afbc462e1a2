"""What the maps of single people say of a whole study, from its files to the report's page."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.bands import bands
from helpers.made_up_study import NETWORKS, made_up_study
from helpers.page import Page

from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.outputs import read_analysis, read_difference_maps
from fer_xai.analysis.pretraining_contrasts import pair_up
from fer_xai.analysis.subjects.person_tables import PersonTables, person_tables
from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.page import render
from fer_xai.report.section import Section
from fer_xai.report.sections import person_maps
from fer_xai.results.person_maps import read_people
from fer_xai.results.study import read_study

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
    assert len(steady) == 4 * len(spread)
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
    root = made_up_study(folder, NETWORKS[1:], replicates=0, people=True)
    analyze_study(root, [bands()], metrics=shipped_metrics(["ncc"]))
    return root


def test_the_page_names_the_test_and_what_it_holds_fixed(analysed: Path) -> None:
    study, analysis = read_study(analysed), read_analysis(analysed / "analysis")
    content = person_maps.content(study, analysis)
    assert content is not None
    template = (files(person_maps.__package__) / "person_maps.html.j2").read_text()
    section = Section(person_maps.__name__, "person_maps", person_maps.NAME, person_maps.HEADING, template, content)
    (analysed / "page.html").write_text(render(study, analysis, [section]))
    text = Page(analysed / "page.html").text
    assert "In 6 of 6 comparisons the maps differ somewhere (largest t over the frame" in text
    assert "these trained networks are held fixed" in text
    assert "reliability over people and trainings" in text
    assert "halves of 2 folds, which differ in people and trainings" in text
    assert [figure.name for figure in content.figures] == ["map_differences_pretraining"]


def test_pixels_are_kept_beside_the_table(analysed: Path) -> None:
    frame = pd.read_csv(analysed / "analysis" / "map_differences.csv")
    maps = read_difference_maps(analysed / "analysis")
    assert maps is not None
    assert maps[0].shape == maps[1].shape == (len(frame), 69, 56)
    for _, row in frame.iterrows():
        p = maps[1][row["map"]]
        assert np.nanmin(p) == pytest.approx(row["p"], rel=1e-5)
        assert (p[np.isfinite(p)] <= 0.05).mean() == pytest.approx(row["more"] + row["less"], abs=1e-9)


def test_a_study_without_maps_of_people_has_no_such_tables(tmp_path: Path) -> None:
    root = made_up_study(tmp_path / "study", NETWORKS[1:2], replicates=0, folds=1, subjects=2)
    analyze_study(root, [bands()], metrics=shipped_metrics(["ncc"]))
    assert not any((root / "analysis" / f"{name}.csv").exists() for name in NAMES)
    analysis = read_analysis(root / "analysis")
    assert person_maps.content(read_study(root), analysis) is None
