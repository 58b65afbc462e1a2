from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from fer_xai.analysis.accuracy import accuracy_table
from fer_xai.analysis.floor import floor_of
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.proportion import proportion
from fer_xai.results.classification import confusion
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import RunRecord
from fer_xai.results.study import Network, Run


def test_independent_images_give_wilsons_interval() -> None:
    correct = np.arange(40) < 30
    value, low, high = proportion(correct, np.arange(40))
    wilson = binomtest(30, 40).proportion_ci(method="wilson")
    assert value == 0.75
    # The groups' variance uses n - 1, so the design effect is 40/39 rather than 1.
    assert (low, high) == pytest.approx((wilson.low, wilson.high), abs=4e-3)


def test_identical_images_of_a_person_count_once() -> None:
    correct = np.arange(20) < 12
    few = proportion(correct, np.arange(20))
    many = proportion(np.repeat(correct, 50), np.repeat(np.arange(20), 50))
    assert many == pytest.approx(few, abs=0.01)


@pytest.mark.parametrize("right", [0, 9])
def test_all_right_or_wrong_still_has_width(right: int) -> None:
    value, low, high = proportion(np.full(9, right > 0), np.repeat([0, 1, 2], 3))
    assert low <= value <= high
    assert high - low > 0.5  # three people say little
    assert np.isnan(proportion(np.empty(0, bool), np.empty(0))).all()


def test_interval_covers_at_its_level() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(300):
        people = rng.beta(6, 4, 40)
        correct = rng.random((40, 6)) < people[:, None]
        _, low, high = proportion(correct.ravel(), np.repeat(np.arange(40), 6))
        hits += low <= 0.6 <= high
    assert 0.91 <= hits / 300 <= 0.99


def test_chance() -> None:
    assert floor_of("chance", 6).touched(1 / 6)
    assert not floor_of("chance", 6).touched(0.17)
    assert not floor_of("chance", 6).touched(float("nan"))
    assert floor_of("chance", 7).words == "chance (1/7)"
    assert floor_of("0.3", 6).touched(0.3)
    assert not floor_of(0.3, 6).touched(0.31)


@pytest.mark.parametrize("floor", ["luck", 1, -0.1, "nan", None])
def test_floors_that_are_none(floor: object) -> None:
    with pytest.raises(UserError, match=f"floor={floor}: give chance"):
        floor_of(floor, 6)  # type: ignore[arg-type]


def test_chance_is_one_over_the_classes_of_the_predictions(tmp_path: Path) -> None:
    words = [*EXPRESSIONS, "neutral", "contempt"]
    paths = StudyPaths(tmp_path).run("r")
    paths.dir.mkdir(parents=True)
    # One in six right: at chance among six, above it among eight, with so many people.
    frame = pd.DataFrame(
        [(f"{k}.png", "d", f"p{k}", "fear", "fear" if k % 6 == 0 else "anger") for k in range(1200)],
        columns=["image", "dataset", "subject", "true", "predicted"],
    )
    network = Network("net", "none", "net", (Run(RunRecord("r", "complete", "net", "none", seed=0), paths),))
    for classes, below in ((words[:6], True), (words, False)):
        frame.assign(**{f"p_{name}": 1 / len(classes) for name in classes}).to_csv(paths.predictions, index=False)
        row = accuracy_table([network]).iloc[0]
        assert row["value"] == pytest.approx(1 / 6)
        assert row["floor"] == pytest.approx(1 / len(classes))
        assert row["below_floor"] == below
        assert row["remark"] == ("not told apart from chance (1/6)" if below else "")
    high = accuracy_table([network], floor=0.4).iloc[0]
    assert (high["floor"], high["remark"]) == (0.4, "below the floor of 0.4")


def test_confusion_counts() -> None:
    said = pd.DataFrame({"true": ["fear", "fear", "anger"], "predicted": ["fear", "anger", "anger"]})
    table = confusion(said, EXPRESSIONS)
    assert table.sum() == 3
    assert table[2].tolist() == [1, 0, 1, 0, 0, 0]
    assert confusion(said, ["fear", "anger"]).tolist() == [[1, 1], [0, 1]]
