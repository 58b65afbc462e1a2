"""`fer-xai power`: what a study says of the next one, and what it cannot say."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.bands import bands
from helpers.made_up_study import NETWORKS, made_up_study
from PIL import Image

from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.effects.power import interactions
from fer_xai.analysis.power_of_study import study_power
from fer_xai.cli import run
from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.reference_maps import study_reference
from fer_xai.results.study import read_study
from fer_xai.scoring.person_cells import PersonCell, person_cell


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("power") / "study"
    root = made_up_study(folder, NETWORKS[1:], replicates=0, people=True)
    analyze_study(root, [bands()], metrics=shipped_metrics(["ncc"]))
    return root


def test_variances_by_a_loop_over_people_and_folds(root: Path) -> None:
    found = study_power(root)
    assert (found.people, found.folds, found.seeds) == (12, 2, 1)
    reference = study_reference(bands(), EXPRESSIONS).halved(2)
    scores = []
    for network in read_study(root).networks:
        by_expression = []
        for number, name in enumerate(EXPRESSIONS):
            cell, own = person_cell(network.runs, "gradcam", name), reference.of(number)
            assert isinstance(cell, PersonCell)
            assert own is not None
            maps, target = cell.people.values, own.signed[cell.people.pixels]
            by_expression.append([np.corrcoef(np.delete(maps, i, 0).mean(0), target)[0, 1] for i in range(12)])
        scores.append(np.mean(by_expression, axis=0))
    difference = scores[0] - scores[1]
    of_person = 12 * 11 * np.var(difference)
    assert found.variances.people == pytest.approx(of_person, rel=1e-4)
    frame = pd.read_csv(root / "analysis" / "metrics.csv")
    frame = frame[frame["fold"].notna() & frame["expression"].notna() & frame["metric"].eq("ncc")]
    table = frame.pivot_table(index="pretrained", columns="fold", values="value").to_numpy()
    by_fold, _, _ = interactions(table[..., None])
    assert found.variances.folds == pytest.approx(max(2 * by_fold - of_person / 6, 0), rel=1e-4)
    assert np.isnan(found.variances.seeds)
    assert {seeds for _, seeds in found.designs} == {1}


def test_the_command_prints_a_table_and_leaves_it_with_a_figure(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["power", str(root), "--difference", "0.02", "--power", "0.9"]) == 0
    out = capsys.readouterr().out
    assert "A difference of 0.02 in" in out
    assert "seen with power 0.9" in out
    assert out.count("this study") == 2
    assert ("from so few trainings that may be chance" in out) == (study_power(root).variances.folds == 0)
    table = pd.read_csv(root / "analysis" / "power.csv")
    assert table["own_design"].sum() == 1
    assert (table["people"].notna() | table["reason"].notna()).all()
    known = table["power"]
    assert (known.diff().dropna() >= -1e-9).all()
    with Image.open(root / "analysis" / "power.png") as image:
        assert min(image.size) > 300


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--difference", "0"], "--difference 0: a number above 0 is needed"),
        (["--power", "1"], "--power 1: a number above 0.05 and below 1 is needed"),
        (["--power", "much"], "argument --power: invalid float value: 'much'"),
    ],
)
def test_numbers_out_of_range(root: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["power", str(root), *words]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"folds": 1}, "one training of each network says nothing of how trainings vary: add folds or seeds"),
        pytest.param({"networks": NETWORKS[1:2]}, "power wants two networks", marks=pytest.mark.slow),
        pytest.param({"people": False}, "maps of single people were not kept", marks=pytest.mark.slow),
        pytest.param(
            {"subjects": 1},
            "how much people vary is not told by maps of 2 of them: at least 5 with a score are needed",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_studies_that_do_not_tell(
    settings: dict[str, object], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {"networks": NETWORKS[1:], "people": True, "replicates": 0, "subjects": 2} | settings
    root = made_up_study(tmp_path / "study", **said)  # type: ignore[arg-type]
    analyze_study(root, [bands()], metrics=shipped_metrics(["ncc"]))
    assert run(["power", str(root)]) == 2
    assert message in capsys.readouterr().err


def test_a_study_that_was_not_analysed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = made_up_study(tmp_path / "study", NETWORKS[1:2], replicates=0, folds=1, subjects=1)
    assert run(["power", str(root)]) == 2
    assert "analyse the study first" in capsys.readouterr().err
