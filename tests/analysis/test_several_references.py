"""A study against several references, of which one lacks an expression and does not know every pixel."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.bands import bands
from helpers.made_up_study import made_up_study

from fer_xai.analysis.analysis_files import read_references
from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.observers.maps import ObserverMaps, ObserversReference
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.map_scores import score_map
from fer_xai.metrics.reference_maps import study_reference
from fer_xai.report.page import build_report
from fer_xai.results.pool import pool_heatmaps
from fer_xai.results.study import read_study

METRICS = ("iou", "ncc", "auc")


def people() -> ObserversReference:
    """Observers of five expressions; the upper rows of anger were shown to nobody."""
    rng = np.random.default_rng(0)
    rows = np.linspace(-1, 1, FRAME_SHAPE[0], dtype=np.float32)[:, None] * np.ones(FRAME_SHAPE, dtype=np.float32)
    maps = {name: np.stack([np.roll(rows, 40 * i, 0), rows]) for i, name in enumerate(EXPRESSIONS) if name != "sadness"}
    maps = {name: of_it + 0.01 * rng.random(of_it.shape, dtype=np.float32) for name, of_it in maps.items()}
    maps["anger"][:, :30] = np.nan
    observers = {name: ObserverMaps(("a", "b"), of_it, (1, 1)) for name, of_it in maps.items()}
    return ObserversReference("people", observers, note="Two observers only.")


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    networks = (("one", "none", 0.8), ("two", "none", 0.7))
    root = made_up_study(tmp_path_factory.mktemp("several"), networks, folds=1, subjects=5, replicates=6)
    summary = analyze_study(root, [bands(), people()], shipped_metrics(METRICS))
    (line,) = [text for text in summary.sentences if text.startswith("With people (gradcam) the mean NCC is")]
    assert line.endswith("Two observers only.")
    return root


def read(root: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(root / "analysis" / f"{name}.csv", keep_default_na=False, na_values=[""])


def test_every_cell_is_scored_over_what_the_reference_knows(analysed: Path) -> None:
    rows = (
        read(analysed, "metrics")
        .query("reference == 'people' and network == 'one'")
        .set_index(["expression", "metric"])
    )
    compared = study_reference(people(), EXPRESSIONS)
    network = next(network for network in read_study(analysed).networks if network.name == "one")
    maps = pool_heatmaps(network.runs, "gradcam", EXPRESSIONS)
    for e, expression in enumerate(EXPRESSIONS):
        if expression == "sadness":
            assert rows.loc[expression, "value"].isna().all()
            assert set(rows.loc[expression, "reason"]) == {"people has nothing for sadness"}
            continue
        valid = maps.valid[e]
        expected = score_map(np.where(valid, maps.mean[e], 0.0), valid, compared.of(e), shipped_metrics(METRICS))
        for metric in METRICS:
            row = rows.loc[expression, metric]
            assert row["value"] == pytest.approx(expected[metric].value)
            assert row["low"] <= row["value"] <= row["high"]


def test_the_first_reference_keeps_the_names_of_the_main_tables(analysed: Path) -> None:
    main, other = read(analysed, "iou"), read(analysed, "iou_gradcam_people")
    assert main["sadness"].notna().all()
    assert other["sadness"].isna().all()
    assert json.loads((analysed / "analysis" / "summary.json").read_text())["references"] == ["bands", "people"]
    masks = read_references(analysed / "analysis")
    assert list(masks["bands"]) == list(EXPRESSIONS)
    assert list(masks["people"]) == [name for name in EXPRESSIONS if name != "sadness"]


def test_pairings_are_over_the_expressions_that_the_reference_has(analysed: Path) -> None:
    rows = read(analysed, "baselines").query("baseline == 'pairings' and metric == 'ncc' and network == 'one'")
    of = rows[rows["expression"].isna()].set_index("reference")["of"]
    assert dict(of) == {"bands": 720, "people": 120}
    sad = rows[rows["expression"].eq("sadness")].set_index("reference")
    assert sad.loc["people", "beats"] == "undefined"


def test_the_page_says_of_which_reference_it_speaks(analysed: Path) -> None:
    page = build_report(analysed).read_text(encoding="utf-8")
    assert "How well the heatmaps match bands and people" in page
    assert "<h3>With people</h3>" in page
    assert page.count("Two observers only.") >= 2
    assert (analysed / "report" / "figures" / "scores_people.png").exists()
