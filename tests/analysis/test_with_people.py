"""A study beside observers: ceilings, shares, specific agreement, references against each other, words and page."""

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.bands import bands
from helpers.made_up_study import NETWORKS, made_up_study
from helpers.page import Page
from scipy.ndimage import gaussian_filter

from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.analysis.words.people_answers import people_sentence
from fer_xai.analysis.words.summary import Summary
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.observers.maps import ObserverMaps, ObserversReference
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.report.page import build_report
from fer_xai.scoring.ceiling_shares import NO_INTERVAL, share_of_ceiling

NOTE = "These observers are made up."


def made_up_observers(n: int = 6, name: str = "observers") -> ObserversReference:
    """People who agree in part, on what all expressions share and on what each has of its own."""
    rng = np.random.default_rng(0)

    def fields(count: int) -> np.ndarray:
        small = gaussian_filter(rng.normal(size=(count, 69, 56)), (0, 5, 5))
        return np.kron(small / small.std(), np.ones((4, 4)))[:, : FRAME_SHAPE[0], : FRAME_SHAPE[1]]

    common = fields(1)
    maps = {word: (common + fields(1) + fields(n)).astype(np.float32) for word in EXPRESSIONS}
    names = tuple(f"p{number}" for number in range(n))
    return ObserversReference(name, {word: ObserverMaps(names, own, (1,) * n) for word, own in maps.items()}, note=NOTE)


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    root = made_up_study(tmp_path_factory.mktemp("people") / "s", NETWORKS[:3], replicates=10, subjects=5)
    metrics = shipped_metrics(["iou", "ncc", "auc", "sim"])
    return root, analyze_study(root, [bands(), made_up_observers()], metrics=metrics)


def read(root: Path, name: str) -> pd.DataFrame:
    frame = pd.read_csv(
        root / "analysis" / f"{name}.csv", dtype={"pretrained": str}, keep_default_na=False, na_values=[""]
    )
    return frame.fillna({"expression": "", "pretrained": "", "reason": ""})


def test_specific_rows_stand_among_the_scores(analysed: tuple[Path, Summary]) -> None:
    metrics, specific = read(analysed[0], "metrics"), read(analysed[0], "specific_agreement")
    rows = metrics[metrics["metric"].eq("specific_ncc")]
    assert set(rows["reference"]) == {"bands", "observers"}
    assert set(rows["expression"]) == {*EXPRESSIONS, ""}
    keys = ["explainer", "network", "pretrained", "reference", "expression"]
    both = rows.merge(specific, on=keys, suffixes=("", "_own"))
    assert len(both) == len(rows)
    np.testing.assert_allclose(both["value"], both["value_own"])
    mean = both[both["expression"].eq("")]
    assert ((mean["p"] >= 1 / 720) & (mean["p"] <= 1)).all()
    assert (mean["n_expressions"] == 6).all()
    known = both[both["value"].notna() & both["low"].notna()]
    assert len(known) > 0.8 * len(both)
    assert ((known["low"] <= known["value"]) & (known["value"] <= known["high"])).all()
    of_people = mean["reference"].eq("observers")
    assert mean.loc[of_people, "ceiling"].between(0, 1).all()
    assert mean.loc[~of_people, "ceiling"].isna().all()


def test_no_other_table_counts_specific_agreement_as_a_metric(analysed: tuple[Path, Summary]) -> None:
    assert "specific_ncc" not in set(read(analysed[0], "baselines")["metric"])
    assert not (analysed[0] / "analysis" / "specific_ncc.csv").exists()
    with pytest.raises(UserError, match=r"metrics.csv has rows of that name"):
        analyze_study(analysed[0], [bands()], metrics={"specific_ncc": shipped_metrics(["iou"])["iou"]})


def test_shares_are_scores_over_ceilings(analysed: tuple[Path, Summary]) -> None:
    shares, ceilings = read(analysed[0], "ceiling_shares"), read(analysed[0], "ceilings")
    metrics = read(analysed[0], "metrics")
    assert set(shares["reference"]) == set(ceilings["reference"]) == {"observers"}
    at = ceilings[ceilings["kind"].eq("ceiling")].set_index(["metric", "expression"])["value"]
    reliability = ceilings[ceilings["kind"].eq("reliability")].set_index(["metric", "expression"])["value"]
    values = metrics[metrics["fold"].isna() & metrics["reference"].eq("observers")].set_index(
        ["network", "pretrained", "metric", "expression"]
    )["value"]
    for row in shares[shares["metric"].isin(["ncc", "specific_ncc"]) & shares["share"].notna()].to_dict("records"):
        assert row["ceiling"] == pytest.approx(at[row["metric"], row["expression"]])
        assert row["share"] == pytest.approx(row["value"] / row["ceiling"])
        if row["expression"]:
            assert row["ceiling"] == pytest.approx(reliability[row["metric"], row["expression"]] ** 0.5)
        if row["network"] != "mean":
            place = row["network"], row["pretrained"], row["metric"], row["expression"]
            assert row["value"] == pytest.approx(values[place])
        if not row["reason"]:
            # Sampling of observers comes on top of that of the people in the images.
            assert row["share_low"] <= row["low"] / row["ceiling"] + 1e-9
            assert row["share_high"] >= row["high"] / row["ceiling"] - 1e-9
    auc = shares[shares["metric"].eq("auc") & shares["share"].notna()]
    np.testing.assert_allclose(auc["share"], (auc["value"] - 0.5) / (auc["ceiling"] - 0.5))
    assert shares.loc[shares["metric"].eq("sim"), "share"].isna().all()
    assert "iou" not in set(shares["metric"])


def test_references_are_held_against_each_other(analysed: tuple[Path, Summary]) -> None:
    frame = read(analysed[0], "reference_agreement").set_index("expression")
    assert set(frame["a"]) == {"bands"}
    assert set(frame["b"]) == {"observers"}
    assert set(frame["metric"]) == {"ncc"}
    reference, people = bands(), made_up_observers()
    for name in EXPRESSIONS:
        expected = np.corrcoef(reference.weights_of(name).ravel(), people.signed_of(name).ravel())[0, 1]
        assert frame.loc[name, "value"] == pytest.approx(expected, abs=1e-5)
        assert frame.loc[name, "n_pixels"] == np.prod(FRAME_SHAPE)
    assert frame.loc["", "value"] == pytest.approx(frame.loc[list(EXPRESSIONS), "value"].mean())
    assert 1 / 720 <= frame.loc["", "p"] <= 1


def test_summary_speaks_of_faces_and_of_the_expression(analysed: tuple[Path, Summary]) -> None:
    summary = analysed[1]
    (answer,) = summary.content["people"]
    assert (answer["reference"], answer["networks"], answer["note"]) == ("observers", 3, NOTE)
    (line,) = [line for line in summary.sentences if line.startswith("Beside people")]
    for words in ("observers", "on faces", "On this expression", "density of landmarks", "p = ", NOTE):
        assert words in line


def answer(**changed: object) -> dict:
    plain = {
        "value": 0.5,
        "low": 0.4,
        "high": 0.6,
        "ceiling": 0.8,
        "share": 0.625,
        "share_low": 0.5,
        "share_high": 0.75,
    }
    given = {
        **{"reference": "observers", "explainer": "gradcam", "networks": 4, "note": NOTE, "plain": plain},
        **{"density": 0.3, "on_faces": "above", "specific": plain, "p": 0.2, "n_expressions": 6},
        **{"on_expression": "unclear", "networks_shown": [], "reason": ""},
    }
    return given | changed


def test_words_follow_their_tests() -> None:
    line = people_sentence(answer())
    assert "62 % of what people's own agreement allows (0.80; 95 % interval 50 to 75 %)" in line
    assert "that is more than the density of landmarks reaches (0.30), for the interval lies above it" in line
    assert "reach is unclear (permutation test over all pairings of 6 expressions, p = 0.2)" in line
    assert "is unclear, for the interval holds both" in people_sentence(answer(on_faces="unclear"))
    bare = answer()["plain"] | {"low": math.nan, "high": math.nan, "share_low": math.nan, "share": 1.2}
    line = people_sentence(answer(plain=bare, on_faces="unclear"))
    assert "is unclear without an interval" in line
    assert "above 100 % is possible, by luck" in line
    line = people_sentence(answer(on_expression="shown", p=0.0014, networks_shown=["A", "B"]))
    assert "that is more than expressions paired at random reach (permutation test" in line
    assert "it is shown for A and B (false-discovery rate 5 %)" in line
    nothing = dict.fromkeys(answer()["plain"], math.nan)
    line = people_sentence(answer(specific=nothing, reason="the map is the same for all expressions"))
    assert "On this expression: undefined, for the map is the same for all expressions." in line


@pytest.mark.slow
def test_page_has_the_section(analysed: tuple[Path, Summary]) -> None:
    page = Page(build_report(analysed[0]))
    assert "Do the networks look where people look?" in page.text
    assert NOTE in page.text
    of_auc = r"AUC[^%]{5,60}one half of the observers with the other\s*-?\d+ %"
    assert re.search(of_auc, page.text)
    assert re.search(r"NCC[^%]{5,60}root of the reliability\s*-?\d+ %", page.text)
    assert "the score stands beside what people reach" in page.text
    assert {path.stem for path in (analysed[0] / "report" / "figures").glob("*.png")} >= {
        "people",
        "references_agreement",
    }


def test_shares_above_one_and_without_interval() -> None:
    observers = np.array([0.9, 0.91, 0.9, 0.89]), np.array([0.8, 0.81, 0.8, 0.79])
    over = share_of_ceiling((0.9, 0.85, 0.95), *observers)
    assert over.value == pytest.approx(1.125)
    assert over.low < 0.85 / 0.8 < 0.95 / 0.8 < over.high
    bare = share_of_ceiling((0.9, math.nan, math.nan), *observers)
    assert (bare.value, bare.reason) == (pytest.approx(1.125), NO_INTERVAL)
    none = share_of_ceiling((0.9, 0.8, 1.0), observers[0], np.full(4, np.nan))
    assert math.isnan(none.value)
    assert none.reason == "the reliability is not above 0"
