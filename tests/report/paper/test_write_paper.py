"""What a study gives to a paper."""

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from helpers.bands import bands
from helpers.made_up_study import made_up_study

from fer_xai.analysis.analysis_files import read_analysis
from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.paper.data_archive import MAPS
from fer_xai.report.paper.methods import methods
from fer_xai.report.paper.write_paper import write_paper
from fer_xai.report.plots.style import finish, house_style, new_figure
from fer_xai.results.pool import pool_heatmaps
from fer_xai.results.study import Study, read_study

NETWORKS = (("vgg16", "none", 0.8), ("net_a", "none", 0.1))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    place = tmp_path_factory.mktemp("paper") / "s"
    root = made_up_study(place, NETWORKS, folds=2, subjects=5, replicates=3, explainers=("gradcam", "lime"))
    analyze_study(root, [bands()], shipped_metrics(["ncc", "iou"]))
    study = read_study(root)
    with house_style():
        drawings = [
            finish(new_figure(4, 2), name, "A figure: 10 % & more.", local=name == "faces")
            for name in ("a", "a_lime", "faces")
        ]
    write_paper(study, read_analysis(root / "analysis"), drawings)
    return study


@pytest.mark.parametrize(
    ("finder", "data", "words"),
    [
        (
            "auto",
            "kdef",
            "those of the data, found by dlib where they came without [@king2009dlib; @kazemi2014landmarks]",
        ),
        ("auto", "synthetic", "those of the data"),
        ("mediapipe", "kdef", "found by mediapipe [@kartynnik2019mesh]"),
    ],
)
def test_where_landmarks_came_from_is_told(study: Study, finder: str, data: str, words: str) -> None:
    told = {"preparation": {"landmarks": {"name": finder}}, "names": [data]}
    runs = tuple(replace(run, record=replace(run.record, data=told)) for run in study.runs)
    text = methods(replace(study, runs=runs), read_analysis(study.paths.analysis))["md"]
    assert f"pixels by its landmarks ({words}), and averaged" in text


def test_the_paragraph_is_filled_in_and_cites_what_was_used(study: Study) -> None:
    texts = methods(study, read_analysis(study.paths.analysis))
    words = texts["md"]
    for part in (
        "Two networks (net_a, vgg16 [@simonyan2015vgg])",
        "from scratch",
        "over 2 folds",
        "Explanations were made by gradcam [@selvaraju2017gradcam], lime [@ribeiro2016lime].",
        "by NCC [@bylinskii2019evaluation], IoU [@otsu1979threshold]; verdicts rest on NCC alone",
        "not shown to be above chance (1/6) (net_a)",
    ):
        assert part in words, part
    cited = set(re.findall(r"@([a-z0-9]+)", words))
    assert set(re.findall(r"^@\w+{(\w+),", texts["bib"], flags=re.MULTILINE)) == cited
    assert {key for keys in re.findall(r"\\citep{([^}]+)}", texts["tex"]) for key in keys.split(",")} == cited
    assert r"net\_a" in texts["tex"]
    assert not re.search(r"(?<!\\)[%_]", texts["tex"])
    for blank in ("  ", " ,", " .", "()", "{{"):
        assert blank not in words, blank


def test_figures_have_captions_and_tables_lie_beside_them(study: Study) -> None:
    paper = study.paths.report / "paper"
    names = {path.name for path in paper.iterdir()}
    assert {"a_one_column.pdf", "a_two_columns.pdf", "figures.tex", "ncc.tex", "iou.tex", "accuracy.tex"} <= names
    assert not any(name.startswith(("faces", "a_lime")) for name in names)
    text = (paper / "figures.tex").read_text()
    assert r"\caption{A figure: 10 \% \& more.}" in text
    assert r"\label{fig:a}" in text
    assert text.count(r"\begin{figure*}") == 1


def test_the_archive_holds_every_number(study: Study) -> None:
    with zipfile.ZipFile(study.paths.report / "data.zip") as archive:
        names = set(archive.namelist())
        tables = {path.relative_to(study.paths.analysis).as_posix() for path in study.paths.analysis.rglob("*.csv")}
        assert tables | {"summary.json", "references.nc", MAPS} <= names
        scores = pd.read_csv(io.BytesIO(archive.read("metrics.csv")))
        assert len(scores) == len(pd.read_csv(study.paths.analysis / "metrics.csv"))
        with xr.open_dataset(io.BytesIO(archive.read(MAPS)), engine="h5netcdf") as maps:
            own = maps["mean"].sel(explainer="gradcam", network="vgg16", expression="fear").values
            people = maps["images"].sel(explainer="gradcam", network="vgg16").values
    (network,) = [network for network in study.networks if network.label == "vgg16"]
    pooled = pool_heatmaps(network.runs, "gradcam", ["fear"])
    np.testing.assert_allclose(own, np.where(pooled.valid[0], pooled.mean[0], np.nan), rtol=1e-6)
    assert people.tolist() == [10] * 6


def test_the_same_study_gives_the_same_files(study: Study) -> None:
    def contents() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in study.paths.report.rglob("*") if path.is_file()}

    before = contents()
    write_paper(study, read_analysis(study.paths.analysis), [])
    after = contents()
    assert {name: after[name] for name in after if name.parent.name != "paper"} == {
        name: content for name, content in before.items() if name.parent.name != "paper"
    }
