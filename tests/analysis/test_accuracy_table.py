from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from sklearn.metrics import balanced_accuracy_score

from fer_xai.analysis.accuracy_table import accuracy_table
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.proportion import mean_proportion, proportion
from fer_xai.results.classification import confusion
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import RunRecord
from fer_xai.results.study import Network, Run
from fer_xai.scoring.floor import floor_of


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


def test_mean_proportion_is_the_balanced_accuracy() -> None:
    rng = np.random.default_rng(0)
    classes = rng.choice(6, 300, p=[0.4, 0.3, 0.1, 0.1, 0.05, 0.05])
    said = np.where(rng.random(300) < 0.5, classes, rng.integers(0, 6, 300))
    value, low, high = mean_proportion(said == classes, np.arange(300), classes)
    assert value == pytest.approx(balanced_accuracy_score(classes, said))
    assert low < value < high
    # Fewer images of some classes say less than as many in all of equally frequent ones.
    even = mean_proportion(np.arange(300) < 300 * value, np.arange(300), np.arange(300) % 6)
    assert high - low > even[2] - even[1]


def test_mean_proportion_of_images_that_all_count_alike_is_the_proportion() -> None:
    rng = np.random.default_rng(0)
    correct, people = rng.random(120) < 0.5, np.repeat(np.arange(20), 6)
    assert mean_proportion(correct, people, np.zeros(120)) == proportion(correct, people)
    balanced = mean_proportion(correct, people, np.arange(120) % 6)
    assert balanced[0] == pytest.approx(correct.mean())
    assert balanced == pytest.approx(proportion(correct, people), abs=0.03)


def test_interval_of_the_mean_over_classes_covers_at_its_level() -> None:
    rng = np.random.default_rng(0)
    recall = np.array([0.9, 0.7, 0.5, 0.4, 0.3, 0.2])
    hits = 0
    for _ in range(300):
        # People differ in how well they are recognised, and in how often they show each class.
        ease = np.repeat(rng.uniform(0.7, 1.3, 60), 5)
        classes = rng.choice(6, 300, p=[0.3, 0.25, 0.2, 0.1, 0.1, 0.05])
        correct = rng.random(300) < np.minimum(recall[classes] * ease, 1)
        _, low, high = mean_proportion(correct, np.repeat(np.arange(60), 5), classes)
        hits += low <= np.minimum(recall[:, None] * np.linspace(0.7, 1.3, 601), 1).mean() <= high
    assert hits / 300 >= 0.92


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


#: Images of each expression in CK+ (last frames), the most unbalanced of the usual data sets.
CK_PLUS = {"anger": 45, "disgust": 59, "fear": 25, "happiness": 69, "sadness": 28, "surprise": 83}


def network_tested_on(
    tmp_path: Path, true: list[str], predicted: list[str], classes: list[str], people: int
) -> Network:
    """A network with these predictions, of images that come from so many people."""
    paths = StudyPaths(tmp_path).run("r")
    paths.dir.mkdir(parents=True, exist_ok=True)
    names = [f"{k}.png" for k in range(len(true))]
    whose = [f"p{k % people}" for k in range(len(true))]
    frame = pd.DataFrame({"image": names, "dataset": "d", "subject": whose, "true": true, "predicted": predicted})
    frame.assign(**{f"p_{name}": 1 / len(classes) for name in classes}).to_csv(paths.predictions, index=False)
    return Network("net", "none", "net", (Run(RunRecord("r", "complete", "net", "none", seed=0), paths),))


def shown(counts: dict[str, int]) -> list[str]:
    return [name for name, number in counts.items() for _ in range(number)]


@pytest.mark.parametrize("word", EXPRESSIONS)
def test_a_network_that_always_says_the_same_is_below_the_floor(tmp_path: Path, word: str) -> None:
    true = shown(CK_PLUS)
    row = accuracy_table([network_tested_on(tmp_path, true, [word] * len(true), list(EXPRESSIONS), 100)]).iloc[0]
    assert row["value"] == pytest.approx(CK_PLUS[word] / 309)
    assert row["balanced"] == pytest.approx(1 / 6)
    assert row["balanced_low"] < 1 / 6 < row["balanced_high"]
    assert row["below_floor"]
    assert row["remark"] == "not told apart from chance (1/6)"
    # By plain accuracy the two most frequent would pass.
    assert (row["low"] > 1 / 6) == (word in ("happiness", "surprise"))


def test_an_expression_without_test_images_lowers_no_floor(tmp_path: Path) -> None:
    true = shown(CK_PLUS | {"fear": 0, "sadness": 0})
    row = accuracy_table([network_tested_on(tmp_path, true, ["surprise"] * len(true), list(EXPRESSIONS), 100)]).iloc[0]
    assert row["balanced"] == row["floor"] == pytest.approx(1 / 4)
    assert row["remark"] == "not told apart from chance (1/4)"


def test_chance_is_one_over_the_tested_classes(tmp_path: Path) -> None:
    words = [*EXPRESSIONS, "neutral", "contempt"]
    for classes, below in ((words[:6], True), (words, False)):
        # One in six right, of each: at chance among six, above it among eight.
        true = [name for name in classes for _ in range(180)]
        said = [
            name if k % 6 == 0 else classes[(i + 1) % len(classes)]
            for i, name in enumerate(classes)
            for k in range(180)
        ]
        network = network_tested_on(tmp_path, true, said, classes, len(true))
        row = accuracy_table([network]).iloc[0]
        assert row["value"] == row["balanced"] == pytest.approx(1 / 6)
        assert row["floor"] == pytest.approx(1 / len(classes))
        assert row["below_floor"] == below
        assert row["remark"] == ("not told apart from chance (1/6)" if below else "")
    high = accuracy_table([network], floor=0.4).iloc[0]
    assert (high["floor"], high["remark"]) == (0.4, "below the floor of 0.4")


def test_only_whole_networks_are_held_against_the_floor(tmp_path: Path) -> None:
    true = shown(CK_PLUS)
    table = accuracy_table([network_tested_on(tmp_path, true, true, list(EXPRESSIONS), 100)])
    of_each = table[table["expression"].notna()]
    assert of_each["value"].tolist() == [1.0] * 6
    assert of_each[["balanced", "floor", "below_floor"]].isna().all(axis=None)
    assert not table["below_floor"].iloc[0]


def test_records_without_balanced_accuracy_are_not_judged(tmp_path: Path) -> None:
    plain = {"value": 0.9, "low": 0.8, "high": 0.95, "n": 60}
    known = plain | {"balanced": 0.2, "balanced_low": 0.1, "balanced_high": 0.3}
    for figures, below, remark in (
        (plain, pd.NA, "its balanced accuracy is not known"),
        (known, True, "not told apart from chance (1/6)"),
    ):
        record = RunRecord("r", "complete", "net", "none", fold=0, seed=0, accuracy=figures)  # type: ignore[arg-type]
        network = Network("net", "none", "net", (Run(record, StudyPaths(tmp_path).run("r")),))
        row = accuracy_table([network]).iloc[0]
        assert row["below_floor"] is below or row["below_floor"] == below
        assert row["remark"] == remark


def test_confusion_counts() -> None:
    said = pd.DataFrame({"true": ["fear", "fear", "anger"], "predicted": ["fear", "anger", "anger"]})
    table = confusion(said, EXPRESSIONS)
    assert table.sum() == 3
    assert table[2].tolist() == [1, 0, 1, 0, 0, 0]
    assert confusion(said, ["fear", "anger"]).tolist() == [[1, 1], [0, 1]]
