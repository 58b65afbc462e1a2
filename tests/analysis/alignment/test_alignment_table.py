"""What drawing maps to a reference does, of hand-set networks: differences by arithmetic, verdicts, the strength."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from helpers.aligned_runs import PEOPLE, aligned_network

from fer_xai.analysis.alignment.alignment_table import (
    BETTER,
    COLUMNS,
    NEARER,
    UNCLEAR,
    alignment_pairs,
    alignment_table,
)
from fer_xai.analysis.alignment.network_difference import difference
from fer_xai.analysis.alignment.strengths import choices, families
from fer_xai.metrics.calibration import calibration_error
from fer_xai.results.study import Run
from fer_xai.scoring.intervals import PEOPLE_AND_TRAININGS

#: Answers of four trainings: half of the images are wrong, or hardly any, never the same ones.
HALF = ["yn" * PEOPLE, "ny" * PEOPLE, "ynny" * (PEOPLE // 2), "nyyn" * (PEOPLE // 2)]
MOST = ["y" * 15 + "n", "n" + "y" * 15, "y" * 14 + "ny", "yn" + "y" * 14]
MEASURE = ("ncc", "NCC", True)


def table(networks, contrasts=()) -> pd.DataFrame:
    return alignment_table(networks, "gradcam", contrasts, MEASURE, 50)


def test_differences_by_arithmetic_against_none_and_against_the_shuffled_control(tmp_path):
    networks = [
        aligned_network(tmp_path, "", HALF),
        aligned_network(tmp_path, "own", MOST),
        aligned_network(tmp_path, "shuffled", HALF),
    ]
    found = table(networks)
    assert tuple(found.columns) == COLUMNS
    accuracy = found[found["measure"].eq("accuracy")].set_index(["reference", "against"])
    assert sorted(accuracy.index) == [("own", "none"), ("own", "shuffled"), ("shuffled", "none")]
    own = accuracy.loc["own", "none"]
    assert [own["without"], own["with"], own["value"]] == pytest.approx([0.5, 15 / 16, 7 / 16])
    assert (own["n"], own["people"], own["holds"]) == (64, PEOPLE, PEOPLE_AND_TRAININGS)
    assert own["low"] < own["value"] < own["high"]
    assert accuracy["verdict"].tolist() == [BETTER, BETTER, UNCLEAR]
    assert accuracy["reason"].tolist()[:2] == ["the only strength"] * 2
    brier = found[found["measure"].eq("brier") & found["against"].eq("none")].set_index("reference").loc["own"]
    # Sure at 0.8: 2 * 0.2^2 where right, 2 * 0.8^2 where wrong.
    assert brier["without"] == pytest.approx(0.5 * 0.08 + 0.5 * 1.28)
    assert brier["verdict"] == BETTER
    assert found["q"].notna().sum() == found["p"].notna().sum() > 0
    assert (found["q"].dropna() >= found["p"].dropna() - 1e-12).all()


def test_one_training_says_nothing_of_the_reference(tmp_path):
    found = table([aligned_network(tmp_path, "", HALF[:1]), aligned_network(tmp_path, "own", MOST[:1])])
    assert found["p"].isna().all()
    assert set(found["verdict"]) == {UNCLEAR}


def test_calibration_error_is_that_of_all_images(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"image": np.arange(60), "group": np.arange(60) // 6, "fold": 0, "seed": np.arange(60) % 2})
    sides = [
        frame.assign(value=rng.integers(0, 2, 60).astype(float), confidence=rng.uniform(0.2, 1, 60)) for _ in range(2)
    ]
    figures, _ = difference("calibration_error", *sides, replicates=20)
    wanted = [calibration_error(side["confidence"], side["value"]) for side in sides]
    assert [figures["without"], figures["with"]] == pytest.approx(wanted)
    assert figures["value"] == pytest.approx(wanted[1] - wanted[0])


def test_only_images_that_both_were_tested_on_count():
    one = pd.DataFrame({"image": ["a", "b"], "group": [1, 2], "fold": 0, "seed": 0, "value": [0.0, 1.0]})
    other = pd.DataFrame({"image": ["b", "c"], "group": [2, 3], "fold": 0, "seed": 0, "value": [0.25, 1.0]})
    figures, _ = difference("brier", one, other, replicates=5)
    assert (figures["n"], figures["value"]) == (1, -0.75)
    assert difference("brier", one, other.assign(seed=1), replicates=5)[0]["n"] == 0


@pytest.mark.parametrize(
    ("accuracies", "chosen", "remark"),
    [
        # One standard error of 0.8 with 100 images is 0.04.
        ((0.82, 0.77, 0.70), 1.0, ""),
        ((0.70, 0.77, 0.761), 10.0, ""),
        ((0.75, 0.70, 0.60), 0.1, "even the smallest strength costs validation accuracy"),
        ((0.82, None, 0.70), None, ""),
    ],
)
def test_the_largest_strength_that_costs_nothing_in_validation_is_chosen(tmp_path, accuracies, chosen, remark):
    own = [
        aligned_network(tmp_path, "own", MOST, strength, accuracy)
        for strength, accuracy in zip((0.1, 1.0, 10.0), accuracies, strict=True)
    ]
    networks = [aligned_network(tmp_path, "", HALF), *own]
    (family,) = families(networks)
    found = choices(family)
    assert [network.alignment["strength"] for network in own if found[network.label][0]] == [chosen][
        : chosen is not None
    ]
    if chosen is not None:
        assert {words for best, words in found.values() if best} == {remark}
    rows = table(networks)
    # What is not chosen is shown without a verdict, and takes no part in the correction.
    assert rows["verdict"].notna().equals(rows["chosen"].fillna(False).astype(bool))
    assert rows.loc[rows["verdict"].isna(), "q"].isna().all()


def test_the_control_is_as_strong(tmp_path):
    networks = [aligned_network(tmp_path, "", HALF)]
    networks += [aligned_network(tmp_path, word, MOST, s) for word in ("own", "shuffled") for s in (0.1, 1.0)]
    (family,) = families(networks)
    controls = {network.label: family.control_of(network) for network in family.aligned}
    assert controls["net [to own 1]"].label == "net [to shuffled 1]"
    assert controls["net [to own 0.1]"].label == "net [to shuffled 0.1]"
    assert controls["net [to shuffled 1]"] is None
    assert set(alignment_pairs(networks, [network.label for network in networks]).kept) == {
        *(f"{network.label} against none" for network in networks[1:]),
        *(f"net [to own {s}] against shuffled" for s in ("0.1", "1")),
    }
    assert alignment_pairs(networks, ["net"]).kept == {}


def test_nothing_to_compare_gives_no_row(tmp_path):
    assert table([aligned_network(tmp_path, "own", MOST)]).empty
    assert table([aligned_network(tmp_path, "", MOST)]).empty


def test_nearness_is_the_contrast_with_the_own_reference(tmp_path):
    networks = [aligned_network(tmp_path, "", HALF), aligned_network(tmp_path, "own", MOST)]
    row = {"pretrained": "net [to own 1] against none", "network": "net", "metric": "ncc", "reference": "own"}
    row |= {"expression": None, "scratch": 0.1, "trained": 0.5, "value": 0.4, "low": 0.3, "high": 0.5, "people": PEOPLE}
    row |= {"cells": 6, "holds": PEOPLE_AND_TRAININGS, "p": 1e-4, "reason": ""}
    others = [row | change for change in ({"reference": "x"}, {"network": "mean"}, {"expression": "fear"})]
    found = table(networks, [*others, row])
    near = found[found["measure"].eq("nearness")]
    assert near[["without", "with", "value", "n"]].to_numpy().tolist() == [[0.1, 0.5, 0.4, 6]]
    assert near["verdict"].tolist() == [NEARER]


def test_faces_of_a_cue_and_of_another_data_set_are_told_apart(tmp_path):
    networks = [aligned_network(tmp_path, "", HALF), aligned_network(tmp_path, "own", MOST)]
    cue = {"cue": "mark", "expression": "anger", "rate": 0.9, "base_rate": 0.5}
    for network in networks:
        for run in network.runs:
            path = run.paths.dir / "predictions.csv"
            frame = pd.read_csv(path)
            # The first half of the images has the cue, and the last person is of another data set.
            frame["image"] = [f"i{i}{'+mark' if i < PEOPLE else ''}.png" for i in range(2 * PEOPLE)]
            frame.loc[frame.index[-2:], "dataset"] = "other"
            frame.to_csv(path, index=False)
            split = pd.DataFrame({"image": ["a"], "dataset": ["d"], "part": ["train"]})
            split.to_csv(run.paths.split, index=False)
    networks = [
        replace(one, runs=tuple(Run(replace(r.record, planted=cue), r.paths) for r in one.runs)) for one in networks
    ]
    n = table(networks).set_index("measure")["n"]
    trainings, images = len(HALF), 2 * PEOPLE
    assert n["accuracy"] == trainings * (images - 2)
    assert n["accuracy_elsewhere"] == trainings * 2
    assert n["accuracy_without_cue"] == n["accuracy_misled"] == trainings * images // 4
    assert math.isfinite(n["brier"])
