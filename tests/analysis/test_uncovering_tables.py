"""What a study says of faces that networks uncovered tile by tile, beside people."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.bands import bands
from helpers.made_up_study import NETWORKS, made_up_study
from helpers.page import Page

from fer_xai.analysis.analysis_files import read_analysis
from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.uncovering import PEOPLE
from fer_xai.analysis.uncovering_likeness import ERRORS, SPECIFIC, TILES, off_diagonal, p_over_namings
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.observers.peoples_tiles import peoples_tile_weights
from fer_xai.face.observers.uncovering_answers import peoples_answers
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.page import build_report


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first network does as people did, the second answers at random by random tiles."""
    root = tmp_path_factory.mktemp("uncovering") / "s"
    made_up_study(root, NETWORKS[1:], folds=1, replicates=4, subjects=4)
    rng, people = np.random.default_rng(0), peoples_answers()
    for number, folder in enumerate(sorted(path.parent for path in root.glob("runs/*/heatmaps.nc"))):
        rows = []
        for person in range(8):
            for expression in EXPRESSIONS:
                shares = people.shares.loc[expression, list(EXPRESSIONS)].to_numpy() if number == 0 else np.ones(6) / 6
                counts = rng.multinomial(50, shares / shares.sum())
                own = peoples_tile_weights()[expression] if number == 0 else np.zeros(48)
                weights = own + rng.normal(0, 20, 48)
                face = {"image": f"{expression}{person}", "group": person, "expression": expression, "orders": 50}
                face |= {"tiles": 10.0 + person, "criterion": 0.9, "set_by": "validation", "columns": 6, "rows": 8}
                face |= {f"answer_{name}": count for name, count in zip(EXPRESSIONS, counts, strict=True)}
                rows.append(face | {f"t{tile}": weight for tile, weight in enumerate(weights)})
        pd.DataFrame(rows).to_csv(folder / "uncovering.csv", index=False)
    analyze_study(root, [bands()], metrics=shipped_metrics(["iou"]))
    return root


def test_means_over_faces_stand_beside_people(study):
    table = pd.read_csv(study / "analysis" / "uncovering.csv", keep_default_na=False)
    assert set(table["network"]) == {PEOPLE, "resnet50"}
    assert table["network"].iloc[0] == PEOPLE
    rows = table.set_index(["network", "pretrained", "expression", "measure", "key", "fold"])
    assert float(rows.loc[(PEOPLE, "", "happiness", "tiles needed", "", "")]["value"]) == pytest.approx(8.14, abs=0.01)
    assert float(rows.loc[("resnet50", "imagenet", "anger", "tiles needed", "", "")]["value"]) == 13.5
    told = rows[rows.index.get_level_values("measure").isin(["tiles needed", "accuracy"])]
    told = told[told.index.get_level_values("key") == ""][["low", "value", "high"]].apply(pd.to_numeric)
    assert len(told) == 2 * 3 * 7
    assert (told["low"].lt(told["value"]) & told["value"].lt(told["high"])).all()
    confusions = table[table["measure"].eq("answer") & table["expression"].eq("fear") & table["fold"].eq("")]
    for _, own in confusions.groupby(["network", "pretrained"]):
        assert own["value"].astype(float).sum() == pytest.approx(1)


def test_likeness_is_shown_only_where_there_is_one(study):
    table = pd.read_csv(study / "analysis" / "uncovering_likeness.csv", keep_default_na=False)
    whole = table[table["expression"].eq("")].set_index(["pretrained", "measure"])
    p, value = whole["p"].astype(float), whole["value"].astype(float)
    for measure in (TILES, SPECIFIC, ERRORS):
        assert p["imagenet", measure] <= 0.05
        assert value["imagenet", measure] > 0.8
        assert value["none", measure] < 0.4
    assert p["imagenet", TILES] == pytest.approx(1 / 48)
    assert p["none", TILES] > 0.05


@pytest.mark.slow
def test_report_shows_both(study):
    page = Page(build_report(study))
    assert read_analysis(study / "analysis").uncovering["network"].iloc[0] == PEOPLE
    assert "faces uncovered tile by tile" in page.text
    assert "yes: 0." in page.text
    assert "unclear: " in page.text


def test_namings_of_the_same_matrix_leave_the_right_one_best():
    matrix = np.random.default_rng(0).random((5, 5))
    value, p = p_over_namings(matrix, matrix, off_diagonal)
    assert value == pytest.approx(1)
    assert p == pytest.approx(1 / 120)
