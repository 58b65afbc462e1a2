"""Accuracies by data set, beside counts made by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.bands import bands
from helpers.made_up_study import made_up_study
from helpers.page import Page

from fer_xai.analysis.accuracy_table import majority_share
from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.by_data_set import by_data_set
from fer_xai.analysis.scores_by_data_set import _scored
from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.map_scores import score_map
from fer_xai.metrics.reference_maps import study_reference
from fer_xai.metrics.resolution import halved, halved_valid
from fer_xai.report.page import build_report
from fer_xai.report.sections.data import data_sets, reasons
from fer_xai.results.heatmap_files import read_dataset, read_maps
from fer_xai.results.paths import RunPaths
from fer_xai.results.person_maps import PersonMaps, write_people
from fer_xai.results.run import read_run, write_run
from fer_xai.results.study import read_study

NETWORKS = (("one", "none", 0.8), ("two", "none", 0.6))


def keep_split(folder: Path, trained: dict[str, str], left_out: list[str]) -> None:
    """Write the split as a run does: data set by the person, and its part."""
    predictions = RunPaths.predictions.read(RunPaths(folder))
    assert predictions is not None
    predictions = predictions.assign(dataset=predictions["subject"].str[:2])
    predictions.to_csv(folder / "predictions.csv", index=False)
    rows = [(f"{name}{i}", name, "p", "anger", part) for name, part in trained.items() for i in range(2)]
    split = pd.DataFrame(rows, columns=["image", "dataset", "subject", "expression", "part"])
    split.to_csv(folder / "split.csv", index=False)
    pd.DataFrame({"image": "x", "reason": left_out}).to_csv(folder / "left_out.csv", index=False)
    with read_dataset(folder / "people.nc") as dataset:
        people = dataset.load()
    names = [f"{name.partition('/')[2][:2]}/{name.partition('/')[2]}" for name in people["person"].values]
    write_people(folder / "people.nc", people.assign_coords(person=("row", names)))
    write_run(RunPaths(folder), read_run(folder))


@pytest.fixture(scope="module")
def crossed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folds, each of a data set of its own (its people are f0... and f1...), trained on the other one."""
    root = made_up_study(
        tmp_path_factory.mktemp("crossed") / "s", NETWORKS, folds=2, subjects=4, replicates=3, people=True
    )
    for folder in sorted((root / "runs").glob("n*")):
        own, other = ("f0", "f1") if folder.name.endswith("0") else ("f1", "f0")
        keep_split(folder, {own: "test", other: "train"}, ["no face found", "cannot be read: empty", "no face found"])
    analyze_study(root, [bands()], shipped_metrics(["ncc"]))
    return root


def test_the_matrix_has_what_was_trained_on_in_rows(crossed: Path) -> None:
    found = by_data_set(read_study(crossed).networks)
    assert list(zip(found["network"], found["trained_on"], found["tested_on"], strict=True)) == [
        (network, trained, tested) for network in ("one", "two") for trained, tested in (("f0", "f1"), ("f1", "f0"))
    ]
    for row in found.to_dict("records"):
        fold = int(row["tested_on"][1])
        number = 0 if row["network"] == "one" else 1
        own = pd.read_csv(crossed / "runs" / f"n{number}-none-{fold}" / "predictions.csv")
        assert row["value"] == pytest.approx((own["true"] == own["predicted"]).mean())
        assert (row["n"], row["subjects"]) == (24, 4)
        assert row["majority"] == pytest.approx(1 / 6)
        assert row["balanced"] == pytest.approx(row["value"])  # each expression has as many images


def test_folds_that_were_trained_on_the_same_data_are_one_row(tmp_path: Path) -> None:
    root = made_up_study(tmp_path / "s", NETWORKS[:1], folds=2, subjects=3, replicates=0, people=True)
    for folder in sorted((root / "runs").glob("n*")):
        keep_split(folder, {"f0": "train", "f1": "train"}, [])
    found = by_data_set(read_study(root).networks)
    assert found[["trained_on", "tested_on", "n"]].to_numpy().tolist() == [["f0 + f1", "f0", 18], ["f0 + f1", "f1", 18]]


def test_scores_are_those_of_the_data_sets_own_images(crossed: Path) -> None:
    """Each data set is a fold here: its score is that of the fold's map, taken to a quarter of the resolution."""
    frame = pd.read_csv(crossed / "analysis" / "scores_by_data_set.csv")
    metric = {"ncc": shipped_metrics(["ncc"])["ncc"]}
    reference = study_reference(bands(), EXPRESSIONS).halved(2)
    for number, network in enumerate(("one", "two")):
        for fold in (0, 1):
            own = frame[frame["network"].eq(network) & frame["tested_on"].eq(f"f{fold}")]
            assert set(own["trained_on"]) == {f"f{1 - fold}"}
            maps = read_maps(
                crossed / "runs" / f"n{number}-none-{fold}" / "heatmaps.nc", ["mean"], "gradcam", EXPRESSIONS
            )
            values = []
            for place, name in enumerate(EXPRESSIONS):
                mean = maps["mean"][place].astype(np.float64)
                valid = halved_valid(np.isfinite(mean), 2)
                score = score_map(halved(np.nan_to_num(mean), 2), valid, reference.of(place), metric)["ncc"].value
                row = own[own["expression"].eq(name)].iloc[0]
                assert row["value"] == pytest.approx(score, abs=2e-3)
                assert (row["images"], row["people"]) == (4, 4)
                values.append(score)
            assert own.loc[own["expression"].isna(), "value"].item() == pytest.approx(np.mean(values), abs=2e-3)


def test_intervals_are_over_people_and_wide_as_people_differ() -> None:
    """One person is worth no interval; of six alike there is a narrow one, of six that differ a wide one around it."""
    rng = np.random.default_rng(0)
    own = study_reference(bands(), EXPRESSIONS).halved(2).of(0)
    assert own is not None
    shape = own.mask.shape[-2:]
    metric = ("ncc", shipped_metrics(["ncc"])["ncc"])
    common = own.mask.reshape(shape) + 0.5 * rng.standard_normal(shape)

    def row(spread: float, people: int = 6) -> dict[str, Any]:
        mean = (common + spread * rng.standard_normal((people, *shape))).astype(np.float32)
        rows = pd.DataFrame({"dataset": "a", "person": [f"a/{number}" for number in range(people)]})
        maps = PersonMaps(rows, mean, np.full(mean.shape, 16, np.float32), np.ones(people, dtype=np.int64))
        return _scored(maps, own, metric).row(metric[1])

    narrow, wide, none = row(0.05), row(3.0), row(0.05, people=1)
    assert narrow["low"] <= narrow["value"] <= narrow["high"]
    assert 0 < narrow["high"] - narrow["low"] < 0.2 * (wide["high"] - wide["low"])
    assert np.isnan(none["low"])
    assert none["reason"].startswith("no interval: 1 person")


def test_one_data_set_has_no_table(tmp_path: Path) -> None:
    root = made_up_study(tmp_path / "s", NETWORKS[:1], folds=1, subjects=3, replicates=0)
    assert by_data_set(read_study(root).networks).empty


def test_majority_is_the_share_of_the_most_frequent() -> None:
    assert majority_share(pd.Series(["a", "b", "a", "c"]).to_numpy()) == 0.5
    assert majority_share(pd.Series([], dtype=object).to_numpy()) != majority_share(pd.Series(["a"]).to_numpy())


def test_counts_and_reasons_are_those_of_the_data(crossed: Path) -> None:
    runs = read_study(crossed).complete
    found = data_sets(runs)
    assert found is not None
    assert found["expressions"] == ["anger"]
    assert found["rows"] == [("f0", [2], 2, 1), ("f1", [2], 2, 1)]
    assert reasons(runs) == {"no face found": 2, "cannot be read": 1}


def test_the_page_shows_them(crossed: Path) -> None:
    page = Page(build_report(crossed))
    assert page.open == []
    for words in (
        "rows by what a network was trained on, columns by what it was tested on",
        "tested on f0",
        "majority class",
        "at a quarter of the resolution",
        "Images that were left out, by reason",
        "By fold, that is the part tested",
        "with 95 % intervals over people",
        "Ranks of networks over the cells that all of them have",
    ):
        assert words in page.text
