"""Ways to split: parts without leaks, whatever the table, and one line for what cannot be split."""

from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings

from fer_xai.data.splits.base import LEFT_OUT, Parts, Splitter
from fer_xai.data.splits.cross_dataset import CrossDataset
from fer_xai.data.splits.everything import Everything
from fer_xai.data.splits.folds import group_names
from fer_xai.data.splits.from_file import FromFile
from fer_xai.data.splits.kfold import KFold
from fer_xai.data.splits.official import Official
from fer_xai.errors import UserError

WORDS = ("anger", "fear")


def faces(subjects: list[str], expressions: list[str] | None = None, **columns: list[str] | str) -> pd.DataFrame:
    n = len(subjects)
    words = expressions or [WORDS[i % 2] for i in range(n)]
    images, contents = [f"{i}.png" for i in range(n)], [f"c{i:03}" for i in range(n)]
    frame = {"image": images, "expression": words, "subject": subjects, "dataset": "d", "content": contents}
    return pd.DataFrame(frame | columns)


def twelve(**columns: list[str] | str) -> pd.DataFrame:
    """Six people with two expressions each."""
    return faces([f"s{i // 2}" for i in range(12)], **columns)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Known and unknown people of two data sets, with copies among all of them."""
    n = draw(st.integers(12, 60))
    columns = {
        "subject": st.sampled_from(["", "", *(f"s{i}" for i in range(12))]),
        "expression": st.sampled_from(WORDS),
        "dataset": st.sampled_from(["a", "b"]),
        "copies": st.sampled_from(["", "", "", *(f"g{i}" for i in range(4))]),
    }
    drawn = {name: draw(st.lists(of, min_size=n, max_size=n)) for name, of in columns.items()}
    return faces(drawn.pop("subject"), drawn.pop("expression"), **drawn)


SPLITTERS: list[Splitter] = [KFold(3, 0.2), CrossDataset(0.2)]


def all_parts(splitter: Splitter, frame: pd.DataFrame) -> list[Parts]:
    """Of every fold; tables that cannot be split so are passed over."""
    try:
        return [splitter.parts(frame, fold) for fold in range(splitter.folds(frame))]
    except UserError:
        assume(False)
        raise


@pytest.mark.parametrize("splitter", SPLITTERS, ids=lambda splitter: splitter.word)
@settings(max_examples=30, deadline=None)
@given(frame=tables())
def test_nothing_straddles_and_every_image_is_tested_once(splitter: Splitter, frame: pd.DataFrame) -> None:
    parts = all_parts(splitter, frame)
    tested = np.concatenate([part.test for part in parts])
    assert sorted(tested) == list(range(len(frame)))
    person, copies = (frame["dataset"] + frame["subject"]).to_numpy(), frame["copies"].to_numpy()
    known, copied = (frame["subject"] != "").to_numpy(), copies != ""
    for part in parts:
        sides = [part.train, part.val, part.test]
        assert len(np.unique(np.concatenate(sides))) == sum(map(len, sides))
        for name, where in ((person, known), (copies, copied)):
            one, two, three = (set(name[rows[where[rows]]]) for rows in sides)
            assert one.isdisjoint(two | three)
            assert two.isdisjoint(three)
        assert set(frame["expression"].iloc[part.train]) == set(frame["expression"])
        # Only copies are left out.
        out = part.words(len(frame)) == LEFT_OUT
        assert copied[out].all()
        assert out.any() == any("copies of them are tested" in note for note in part.notes)


@settings(max_examples=30, deadline=None)
@given(frame=tables(), seed=st.integers(0, 100))
def test_fold_sizes_within_the_largest_group(frame: pd.DataFrame, seed: int) -> None:
    sizes = [len(part.test) for part in all_parts(KFold(4, 0.0, seed), frame)]
    assert max(sizes) - min(sizes) <= pd.Series(group_names(frame)).value_counts().max()


def test_a_copy_of_a_tested_picture_under_another_name_is_not_trained_on() -> None:
    frame = twelve(copies=["g", *[""] * 10, "g"])
    for fold in range(3):
        part = KFold(3, 0.0).parts(frame, fold)
        words = part.words(12)
        if "test" in (words[0], words[11]) and words[0] != words[11]:
            assert {words[0], words[11]} == {"test", LEFT_OUT}
            assert (words == LEFT_OUT).sum() == 1
            assert "1 images are left out" in part.notes[0]
        else:
            assert not part.notes


def test_official_split_keeps_its_parts_and_takes_validation_from_training_where_there_is_none() -> None:
    whole = twelve(usage=["train"] * 6 + ["validation"] * 2 + ["test"] * 4)
    part = Official().parts(whole, 0)
    assert part.words(12).tolist() == whole["usage"].tolist()
    bare = twelve(usage=["train"] * 8 + ["test"] * 4)
    part = Official(validation=0.25).parts(bare, 0)
    assert part.test.tolist() == [8, 9, 10, 11]
    assert len(part.val) == 2
    assert bare["subject"].iloc[part.val].nunique() == 1
    assert not len(Official(validation=0).parts(bare, 0).val)


def test_official_splits_of_merged_data_sets_are_each_kept() -> None:
    usage = ["train", "train", "validation", "validation", "test", "test", *["train"] * 4, "test", "test"]
    frame = twelve(usage=usage, dataset=["a"] * 6 + ["b"] * 6)
    words = Official(validation=0.5).parts(frame, 0).words(12)
    assert words[:6].tolist() == usage[:6]
    assert sorted(words[6:10]) == ["train", "train", "validation", "validation"]
    assert words[10:].tolist() == ["test", "test"]


def test_a_copy_of_a_tested_picture_leaves_the_official_training_part() -> None:
    frame = twelve(usage=["train"] * 6 + ["validation"] * 2 + ["test"] * 4)
    frame = frame.assign(content=["x", *frame["content"][1:11], "x"], copies=["", "y", *[""] * 5, "y", *[""] * 4])
    words = Official().parts(frame, 0).words(12)
    assert np.flatnonzero(words == LEFT_OUT).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("usage", "dataset", "message"),
    [
        (None, "d", "d comes without an official split"),
        (["train"] * 6 + ["test"] * 2 + [""] * 4, ["a"] * 8 + ["jaffe"] * 4, "jaffe comes without an official split"),
        (["train"] * 6 + ["test"] * 2 + [""] * 4, "d", "4 images are in no part, e.g. 8.png"),
        (["train"] * 6 + ["test"] * 5 + ["tset"], "d", "11.png has usage 'tset'"),
        (["train", "test"] * 6, "d", "no training image of fear"),
    ],
)
def test_without_an_official_split(usage: list[str] | None, dataset: list[str] | str, message: str) -> None:
    frame = twelve(dataset=dataset) if usage is None else twelve(dataset=dataset, usage=usage)
    with pytest.raises(UserError, match=message):
        Official().parts(frame, 0)


def test_people_in_two_official_parts_are_told() -> None:
    part = Official().parts(twelve(usage=["train"] * 5 + ["validation"] * 2 + ["test"] * 5), 0)
    assert "2 people are in more than one part, e.g. d/s2" in part.notes[0]


def test_each_data_set_is_tested_by_the_others() -> None:
    frame = twelve(dataset=["b"] * 4 + ["c"] * 4 + ["a"] * 4)
    splitter = CrossDataset(validation=0.25)
    assert splitter.folds(frame) == 3
    assert [splitter.parts(frame, fold).test.tolist() for fold in range(3)] == [
        [8, 9, 10, 11],
        [0, 1, 2, 3],
        [4, 5, 6, 7],
    ]
    assert splitter.facts(frame, 1) == {"split": "cross_dataset", "folds": 3, "tested": "fold 1 (tested on b)"}
    assert len(splitter.parts(frame, 0).val) == 2


def test_a_test_part_without_an_expression_is_told_and_a_training_part_is_refused() -> None:
    frame = twelve(dataset=["a"] * 4 + ["b"] * 8).assign(expression=["anger"] * 4 + ["anger", "fear"] * 4)
    (note,) = CrossDataset(0.0).parts(frame, 0).notes
    assert note == "split=cross_dataset, fold 0 (tested on a): no test image of fear: scores are empty there"
    with pytest.raises(UserError, match=r"fold 1 \(tested on b\): no training image of fear"):
        CrossDataset(0.0).parts(frame, 1)


@pytest.mark.parametrize(
    ("splitter", "fold", "message"),
    [
        (KFold(1), 0, "split.folds is 1"),
        (KFold(7), 0, r"fewer subjects \(6\) than folds \(7\)"),
        (KFold(3), 3, "fold=3: the folds are numbered 0 to 2"),
        (KFold(3), -1, "fold=-1: the folds are numbered 0 to 2"),
        (CrossDataset(), 0, "at least two data sets, and there is d only"),
        (KFold(3, 0.7), 0, r"split\.validation is 0\.7"),
    ],
)
def test_what_cannot_be_split(splitter: Splitter, fold: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        splitter.parts(twelve(), fold)


def test_an_official_split_has_one_fold() -> None:
    with pytest.raises(UserError, match="fold=1: there is fold 0 only"):
        Official().parts(twelve(usage=["train"] * 6 + ["test"] * 6), 1)


def saved(folder: Path, table: pd.DataFrame, name: str = "split.csv") -> str:
    table.to_csv(folder / name, index=False)
    return str(folder / name)


@pytest.mark.parametrize("columns", [["image"], ["content"], ["image", "content"], ["dataset", "image"]])
def test_a_saved_split_given_back_is_the_same_split(tmp_path: Path, columns: list[str]) -> None:
    frame = twelve(copies=["g", *[""] * 10, "g"])
    splitter = KFold(3, 0.25)
    table = splitter.table(frame)
    assert table.groupby(["fold", "part"]).size()[:, "test"].sum() == 12
    again = FromFile(saved(tmp_path, table.sample(frac=1, random_state=0)[[*columns, "fold", "part"]]))
    assert again.folds(frame) == 3
    for fold in range(3):
        assert again.parts(frame, fold).fingerprint() == splitter.parts(frame, fold).fingerprint()
    assert KFold(3, 0.25, seed=1).parts(frame, 0).fingerprint() != splitter.parts(frame, 0).fingerprint()


def test_the_tables_of_several_runs_are_taken_together(tmp_path: Path) -> None:
    frame, splitter = twelve(), KFold(3, 0.25)
    for fold in range(3):
        (tmp_path / f"run{fold}").mkdir()
        saved(tmp_path / f"run{fold}", splitter.parts(frame, fold).table(frame, fold))
    again = FromFile(str(tmp_path / "run*" / "split.csv"))
    assert [again.parts(frame, i).fingerprint() for i in range(3)] == [
        splitter.parts(frame, i).fingerprint() for i in range(3)
    ]
    only = FromFile(str(tmp_path / "run1" / "split.csv"))
    with pytest.raises(UserError, match=r"fold=0: .*split\.csv has no rows of this fold, only of 1"):
        only.parts(frame, 0)


def test_pictures_that_are_there_twice_are_told_apart_by_their_names(tmp_path: Path) -> None:
    frame = twelve().assign(content=["same"] * 2 + [f"c{i}" for i in range(10)], subject=[f"s{i}" for i in range(12)])
    table = Parts.of(np.array(["test", "left_out", *["train"] * 6, "validation", "validation", "test", "test"])).table(
        frame, 0
    )
    again = FromFile(saved(tmp_path, table)).parts(frame, 0)
    assert again.words(12).tolist() == table["part"].tolist()


def test_rows_of_pictures_that_are_not_there_are_told(tmp_path: Path) -> None:
    frame = twelve()
    file = saved(tmp_path, KFold(3, 0.0).table(frame))
    (note,) = FromFile(file).parts(frame.iloc[[*range(10), 11]].reset_index(drop=True), 0).notes
    assert "1 of its 12 images are not among the data" in note


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.iloc[:-1], "1 of 12 images are not in it, e.g. 11.png"),
        (lambda t: t.assign(part="tset"), "line 2: part is 'tset'"),
        (lambda t: t.assign(fold="x"), "line 2: fold is 'x'"),
        (lambda t: t.drop(columns="part"), "columns part, fold, and image or content"),
        (lambda t: pd.concat([t, t.assign(part="test")]), "is there with two parts"),
        (lambda t: t.assign(part="train"), "no image to test on|no test image"),
    ],
)
def test_tables_that_are_no_split(tmp_path: Path, change, message: str) -> None:
    frame = twelve()
    part = KFold(3, 0.0).parts(frame, 0)
    file = saved(tmp_path, change(part.table(frame, 0)[["image", "fold", "part"]]))
    with pytest.raises(UserError, match=message):
        FromFile(file).parts(frame, 0)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for name in (str(tmp_path / "none.csv"), "", str(tmp_path)):
        with pytest.raises(UserError, match=r"split\.file="):
            FromFile(name).folds(twelve())
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(UserError, match="cannot be read"):
        FromFile(str(tmp_path / "bytes.csv")).folds(twelve())


def test_everything_is_tested_and_nothing_is_learned_from() -> None:
    parts = Everything().parts(twelve(), 0)
    assert parts.test.tolist() == list(range(12))
    assert (len(parts.train), len(parts.val), parts.notes) == (0, 0, ())
    assert Everything().facts(twelve(), 0) == {"split": "all", "folds": 1, "tested": "all images"}
    with pytest.raises(UserError, match=r"fold=1: there is fold 0 only \(split=all\)"):
        Everything().check_fold(twelve(), 1)
