"""Maps of people under other alignments, planted so that what the table says is known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.bands import bands
from helpers.made_up_study import made_up_study
from helpers.page import Page

from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.realigned import DIFFERS, LIKENESS, UNCLEAR, WITHIN, realigned_table
from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.map_scores import score_map
from fer_xai.metrics.reference_maps import study_reference
from fer_xai.report.page import build_report
from fer_xai.results.heatmap_files import read_dataset
from fer_xai.results.paths import StudyPaths
from fer_xai.results.realigned_maps import OWN, Alignments, build_realigned, read_realigned, write_realigned
from fer_xai.results.run import read_run, write_run
from fer_xai.results.study import read_study

NETWORKS = (("one", "none", 0.8), ("two", "none", 0.6))
TITLES = {OWN: "own", "same": "the same again", "shaken": "hardly moved", "turned": "upside down"}


def keep_alignments(folder: Path) -> None:
    """Write `realigned.nc` as a run does: its own maps, a hair beside them, and upside down."""
    with read_dataset(folder / "people.nc") as dataset:
        people = dataset.load()
    part = people.sel(explainer="gradcam")
    counts = part["count"].values.astype(float)
    sums = np.nan_to_num(part["mean"].values.astype(float)) * part["scale"].values[:, None, None] * counts
    rows = pd.DataFrame({key: people[key].values for key in ("expression", "person", "answer")})
    rng = np.random.default_rng(len(folder.name))
    shaken = sums + 0.01 * sums.std() * rng.standard_normal(sums.shape) * (counts > 0)
    made = {OWN: (sums, counts), "same": (sums, counts), "shaken": (shaken, counts)}
    made["turned"] = (sums[:, ::-1], counts[:, ::-1])
    images = part["images"].values
    content = {name: {"sums": s, "counts": c.astype(int), "images": images} for name, (s, c) in made.items()}
    tried = Alignments("gradcam", TITLES, {"away": "its <packages> are missing"})
    write_realigned(folder / "realigned.nc", build_realigned(content, rows, tried))
    write_run(StudyPaths(folder.parents[1]).run(folder.name), read_run(folder))


@pytest.fixture(scope="module")
def aligned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = made_up_study(tmp_path_factory.mktemp("aligned"), NETWORKS, people=True)
    for folder in (root / "runs").glob("n*"):
        keep_alignments(folder)
    return root


@pytest.fixture(scope="module")
def table(aligned: Path) -> pd.DataFrame:
    study = read_study(aligned)
    metric = shipped_metrics(["ncc"])["ncc"]
    return realigned_table(study.networks, EXPRESSIONS, bands("bands"), ("ncc", metric), 0.05)


def means(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    own = table[table["measure"].eq(measure) & table["expression"].isna() & table["title"].notna()]
    return own.set_index(["network", "alignment"])


def test_file_says_what_was_tried(aligned: Path) -> None:
    tried = read_realigned(next((aligned / "runs").glob("n0*")) / "realigned.nc")
    assert tried == Alignments("gradcam", TITLES, {"away": "its <packages> are missing"})


def test_likeness_of_the_same_is_1_and_of_others_less(table: pd.DataFrame) -> None:
    likeness = means(table, LIKENESS)["value"].unstack()
    assert likeness["same"].to_numpy() == pytest.approx(1)
    assert (likeness["shaken"] > 0.99).all()
    assert (likeness["shaken"] < 1).all()
    assert (likeness["turned"] < 0.9).all()
    # The run's own is not likened to itself.
    assert OWN not in likeness


def test_scores_are_those_of_the_mean_map(table: pd.DataFrame, aligned: Path) -> None:
    """The slow way: the maps of all people of both folds, added up, scored by the function for single maps."""
    metrics = shipped_metrics(["ncc"])
    compared = study_reference(bands("bands"), EXPRESSIONS).halved(2)
    rows = table[table["measure"].eq("ncc")].set_index(["network", "alignment", "expression"])["value"]
    for number, network in enumerate(("one", "two")):
        parts = []
        for folder in (aligned / "runs").glob(f"n{number}*"):
            with read_dataset(folder / "realigned.nc") as dataset:
                parts.append(dataset.load().sel(explainer="turned"))
        for e, expression in enumerate(EXPRESSIONS):
            own = [part.isel(row=part["expression"].values == expression) for part in parts]
            maps = np.concatenate(
                [part["mean"].values.astype(float) * part["scale"].values[:, None, None] for part in own]
            )
            valid = np.concatenate([part["count"].values for part in own]).all(axis=0)
            score = score_map(np.where(valid, maps.mean(0), 0), valid, compared.of(e), metrics)["ncc"].value
            assert rows[network, "turned", expression] == pytest.approx(score, abs=2e-3)


def test_what_is_said_of_a_difference_has_its_test(table: pd.DataFrame) -> None:
    scores = means(table, "ncc")
    assert scores.xs(OWN, level=1)["answer"].isna().all()
    # Nothing differs, so nothing can be tested.
    assert (scores.xs("same", level=1)["difference"] == 0).all()
    assert (scores.xs("same", level=1)["answer"] == UNCLEAR).all()
    assert scores.xs("shaken", level=1)["answer"].str.contains(WITHIN).all()
    turned = scores.xs("turned", level=1)
    assert (turned["answer"] == DIFFERS).any()
    for row in scores.dropna(subset=["p"]).itertuples():
        assert (DIFFERS in row.answer) == (row.q <= 0.05)
        assert (WITHIN in row.answer) == (row.q_same <= 0.05)
        assert row.difference_low <= row.difference <= row.difference_high


def test_differences_are_those_of_the_scores(table: pd.DataFrame) -> None:
    scores = table[table["measure"].eq("ncc") & table["title"].notna()].fillna({"expression": ""})
    wide = scores.pivot(index=["network", "expression"], columns="alignment", values=["value", "difference"])
    for name in ("same", "shaken", "turned"):
        expected = wide["value"][name] - wide["value"][OWN]
        assert wide["difference"][name].to_numpy() == pytest.approx(expected.to_numpy())


def test_what_was_left_out_is_in_the_table_with_its_reason(table: pd.DataFrame) -> None:
    away = table[table["alignment"].eq("away")]
    assert away["reason"].tolist() == ["its <packages> are missing"] * 2
    assert away["value"].isna().all()


def test_study_without_other_alignments_has_no_table(tmp_path: Path) -> None:
    study = read_study(made_up_study(tmp_path, NETWORKS[:1], folds=1))
    metric = shipped_metrics(["ncc"])["ncc"]
    assert realigned_table(study.networks, EXPRESSIONS, bands("bands"), ("ncc", metric), 0.05).empty


@pytest.mark.slow
def test_page_shows_alignments_and_what_was_left_out(aligned: Path) -> None:
    analyze_study(aligned, [bands("bands")], shipped_metrics(["ncc"]))
    build_report(aligned)
    text = Page(aligned / "report" / "index.html").text
    section = text[text.rindex("How far heatmaps and scores hang on the landmarks") :]
    for words in ("upside down", "the same again", "away (its <packages> are missing)", "unclear"):
        assert words in section
    assert (aligned / "analysis" / "realigned.csv").exists()
    assert list((aligned / "report" / "figures").glob("realigned.*"))
