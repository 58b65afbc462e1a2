"""Two studies side by side: the arithmetic of differences, and that an archive says what its folder says."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.made_up_study import made_up_study
from helpers.page import Page
from hydra.utils import instantiate
from omegaconf import OmegaConf
from scipy.stats import false_discovery_control, ttest_ind
from statsmodels.stats.proportion import proportion_confint

from fer_xai.analysis.studies.accuracies import difference_interval
from fer_xai.analysis.studies.compare_studies import StudyComparison, compared
from fer_xai.cli import run
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError
from fer_xai.files import write_csv
from fer_xai.metrics.ncc import NCC
from fer_xai.report.studies_page import write_studies_page
from fer_xai.results.submission.pack import submit
from fer_xai.scoring.intervals import PEOPLE_AND_TRAININGS, Interval, independent

NET = (("resnet50", "none", 0.8),)
ROOTS = {"ours": 0.9, "theirs": 0.8}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("two")
    for seed, (name, reliability) in enumerate(ROOTS.items()):
        study = made_up_study(root / name, NET, subjects=5, replicates=12, seed=seed)
        table = pd.DataFrame({"network": ["resnet50"], "pretrained": ["none"], "fold": [np.nan], "expression": [""]})
        figures = {"value": 0.8 - 0.1 * seed, "low": 0.7 - 0.1 * seed, "high": 0.85 - 0.1 * seed, "n": 60}
        balanced = {
            f"balanced{word}": figures[key] for word, key in (("", "value"), ("_low", "low"), ("_high", "high"))
        }
        write_csv(study / "analysis/accuracy.csv", table.assign(**figures, **balanced))
        write_csv(study / "analysis/metrics.csv", table)
        kinds = {"attainable NCC": reliability, "NCC of two trainings": 0.5}
        rows = [("gradcam", "resnet50", "none", "anger", kind, value) for kind, value in kinds.items()]
        names = ["explainer", "network", "pretrained", "expression", "kind", "value"]
        write_csv(study / "analysis/map_reliability.csv", pd.DataFrame(rows, columns=names))
    return [root / name for name in ROOTS]


def comparison(paths: list[Path], **more: object):
    reference = instantiate(OmegaConf.load(conf_dir() / "reference/friesen_ekman.yaml"))
    return compared(paths, [reference], {"ncc": NCC()}, "ncc", 0.05, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def of_folders(folders: list[Path]) -> StudyComparison:
    with comparison(folders) as found:
        return found


def test_difference_of_two_samples_is_that_of_welch():
    rng = np.random.default_rng(0)
    samples = rng.normal(1, 1, 12), rng.normal(0.2, 3, 7)
    parts = [
        Interval(centre=x.mean(), error=x.std(ddof=1) / len(x) ** 0.5, freedom=len(x) - 1, holds=PEOPLE_AND_TRAININGS)
        for x in samples
    ]
    value = samples[0].mean() - samples[1].mean()
    of, known = independent(value, value, parts), ttest_ind(*samples, equal_var=False)
    assert of.p() == pytest.approx(known.pvalue)
    assert (of.low, of.high) == pytest.approx(tuple(known.confidence_interval()))
    assert independent(value, value, [parts[0], Interval(reason="none")]).reason == "none"


def test_difference_of_proportions_is_that_of_newcombe():
    """Newcombe 1998, table II, 56/70 and 48/80 by method 10: 0.0524 to 0.3339."""
    sides = [(k / n, *proportion_confint(k, n, method="wilson")) for k, n in ((56, 70), (48, 80))]
    assert difference_interval(*sides) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_differences_are_of_the_scores_and_tests_of_one_family_each(of_folders: StudyComparison):
    table = of_folders.differences
    assert len(table) == 7
    np.testing.assert_allclose(table["value"], table["first"] - table["second"])
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    cells = table[table["expression"].notna()]
    np.testing.assert_allclose(cells["q"], false_discovery_control(cells["p"]))
    mean = table[table["expression"].isna()].iloc[0]
    assert mean["q"] == mean["p"]
    assert mean["first"] == pytest.approx(cells["first"].mean())
    for _, row in table.iterrows():
        higher = "ours" if row["value"] > 0 else "theirs"
        assert (row["verdict"] == f"higher in {higher}") == (row["q"] <= 0.05 and not row["reason"])


def test_attainable_is_the_product_of_the_roots(of_folders: StudyComparison):
    table = of_folders.likeness.set_index("expression")
    assert table.loc["anger", "attainable"] == pytest.approx(0.72)
    assert table.loc["anger", "share"] == pytest.approx(table.loc["anger", "ncc"] / 0.72)
    assert table.loc["anger", ["first_reliability", "second_reliability"]].tolist() == pytest.approx([0.81, 0.64])
    assert np.isnan(table.loc["fear", "attainable"])
    assert table.loc["fear", "reason"] == "what is attainable is not known"
    assert (table["low"] < table["ncc"]).all()
    assert (table["ncc"] < table["high"]).all()


def test_accuracies_stand_side_by_side(of_folders: StudyComparison):
    row = of_folders.accuracies.iloc[0]
    assert row[["first", "second", "value"]].tolist() == pytest.approx([0.8, 0.7, 0.1])
    assert row["high"] == pytest.approx(0.1 + np.hypot(0.05, 0.1))


def test_an_archive_says_what_its_folder_says_and_the_other_order_the_opposite(
    folders: list[Path], of_folders: StudyComparison, tmp_path: Path
):
    archive = submit(folders[1], tmp_path / "theirs.zip").path
    with comparison([archive, folders[0]]) as found:
        pd.testing.assert_series_equal(found.differences["value"], -of_folders.differences["value"])
        pd.testing.assert_frame_equal(
            found.likeness[["ncc", "low", "high"]], of_folders.likeness[["ncc", "low", "high"]]
        )
        found.write(tmp_path / "out")
        page = Page(write_studies_page(found, tmp_path / "out"))
    assert page.open == []
    assert all(word in page.text for word in ("ours", "theirs", "nothing of the two is pooled", "resnet50"))
    assert all(value.startswith("data:") for value in page.values("img", "src"))
    said = json.loads((tmp_path / "out/summary.json").read_text())
    assert said["studies"][0]["submission"] in page.text
    assert said["sentences"] == found.sentences
    written = pd.read_csv(tmp_path / "out/score_differences.csv")
    np.testing.assert_allclose(written["value"], found.differences["value"], rtol=1e-5)


def test_a_study_beside_its_own_copy_differs_in_nothing(folders: list[Path], tmp_path: Path):
    archive = submit(folders[0], tmp_path / "ours.zip").path
    with comparison([folders[0], archive]) as found:
        assert (found.differences["value"] == 0).all()
        assert not found.differences["verdict"].str.startswith("higher").any()
        np.testing.assert_allclose(found.likeness["ncc"], 1)
        assert found.settings.empty
        assert [one.name for one in found.two.both] == ["ours (1)", "ours (2)"]
        assert any("the same in both" in sentence for sentence in found.sentences)


def test_studies_with_nothing_in_common_are_told_what_each_has(folders: list[Path], tmp_path: Path):
    other = made_up_study(tmp_path / "other", (("vgg16", "none", 0.5),), folds=1, subjects=2, replicates=2)
    told = r"no network in common \(ours: resnet50 none; other: vgg16 none\)"
    with pytest.raises(UserError, match=told), comparison([folders[0], other]):
        pass


def test_not_two_studies_or_none_are_told(folders: list[Path], tmp_path: Path):
    for paths in ([], folders[:1], [folders[0], folders[0]], [*folders, folders[0]]):
        with pytest.raises(UserError, match="give two studies"), comparison(paths):
            pass
    with pytest.raises(UserError, match="there is no folder"), comparison([folders[0], tmp_path / "nowhere"]):
        pass


def test_the_command_refuses_one_and_two_at_once_and_to_write_into_a_study(
    folders: list[Path], capsys: pytest.CaptureFixture
):
    both = f"study_dirs=[{folders[0]},{folders[1]}]"
    for more, told in ((f"study_dir={folders[0]}", "and not both"), (f"out={folders[0]}", "that is a study")):
        assert run(["analyze", both, more, "metrics=ncc", "reference=friesen_ekman"]) == 2
        error = capsys.readouterr().err
        assert told in error
        assert error.count("\n") == 1
