import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from sklearn.model_selection import StratifiedGroupKFold

from fer_xai.data.splits.folds import assign_folds, group_ids, group_names, validation_part
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS


def faces(subjects: list[str], expressions: list[str]) -> pd.DataFrame:
    images = [f"{i}.png" for i in range(len(subjects))]
    return pd.DataFrame({"image": images, "expression": expressions, "subject": subjects, "dataset": "d"})


@st.composite
def tables(draw: st.DrawFn) -> tuple[pd.DataFrame, int]:
    k = draw(st.integers(2, 6))
    people = draw(st.integers(k, 25))
    more = draw(st.lists(st.integers(0, people - 1), max_size=80))
    subjects = [f"s{i}" for i in [*range(people), *more]]
    expressions = draw(st.lists(st.sampled_from(EXPRESSIONS), min_size=len(subjects), max_size=len(subjects)))
    nameless = draw(st.sets(st.integers(0, len(subjects) - 1), max_size=5))
    subjects = ["" if i in nameless and subjects.count(s) > 1 else s for i, s in enumerate(subjects)]
    return faces(subjects, expressions), k


@settings(max_examples=150, deadline=None)
@given(tables(), st.integers(0, 2**31))
def test_no_person_in_two_folds_and_sizes_within_the_largest_person(case: tuple[pd.DataFrame, int], seed: int) -> None:
    frame, k = case
    folds = assign_folds(frame, k, seed)
    groups = pd.Series(group_names(frame))
    assert set(folds) == set(range(k))
    assert (pd.Series(folds).groupby(groups.to_numpy()).nunique() == 1).all()
    sizes = np.bincount(folds, minlength=k)
    assert sizes.max() - sizes.min() <= groups.value_counts().max()


def imbalance(frame: pd.DataFrame, folds: np.ndarray, k: int) -> float:
    """Largest deviation of a fold's share of an expression from an even share, averaged over the expressions."""
    table = pd.crosstab(folds, frame["expression"]).reindex(range(k), fill_value=0)
    return float((table / table.sum() - 1 / k).abs().max().mean())


def test_folds_are_as_even_as_those_of_scikit_learn() -> None:
    ours, theirs = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        people = int(rng.integers(8, 40))
        weights = rng.dirichlet(np.full(people, 1.5))
        subjects = [f"s{i}" for i in [*range(people), *rng.choice(people, 300, p=weights)]]
        expressions = rng.choice(EXPRESSIONS, len(subjects), p=rng.dirichlet(np.full(len(EXPRESSIONS), 3.0)))
        frame = faces(subjects, list(expressions))
        ours.append(imbalance(frame, assign_folds(frame, 5, seed), 5))
        folds = np.empty(len(frame), dtype=int)
        dealt = StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(frame, expressions, subjects)
        for fold, (_, test) in enumerate(dealt):
            folds[test] = fold
        theirs.append(imbalance(frame, folds, 5))
    assert np.median(ours) <= np.median(theirs)
    assert np.mean(np.array(ours) <= np.array(theirs)) >= 0.5


@settings(max_examples=60, deadline=None)
@given(tables(), st.integers(0, 2**31), st.sampled_from([0.1, 0.25, 0.5]))
def test_validation_part_holds_whole_people(case: tuple[pd.DataFrame, int], seed: int, share: float) -> None:
    frame, _ = case
    groups = group_names(frame)
    kept = validation_part(frame, share, (seed, 0))
    assert 0 < kept.sum() < len(frame)
    assert set(groups[kept]).isdisjoint(groups[~kept])


def test_people_with_one_image_each_are_stratified_exactly() -> None:
    expressions = [name for name in EXPRESSIONS for _ in range(10)]
    frame = faces([""] * 60, expressions)
    table = pd.crosstab(assign_folds(frame, 5, 3), frame["expression"])
    assert (table == 2).all(axis=None)


def test_people_with_all_expressions_are_stratified_exactly() -> None:
    subjects = [f"s{i}" for i in range(10) for _ in EXPRESSIONS]
    frame = faces(subjects, list(EXPRESSIONS) * 10)
    table = pd.crosstab(assign_folds(frame, 5, 0), frame["expression"])
    assert (table == 2).all(axis=None)


def test_order_of_rows_does_not_matter_and_the_seed_does() -> None:
    rng = np.random.default_rng(0)
    frame = faces([f"s{i}" for i in rng.integers(0, 30, 200)], list(rng.choice(EXPRESSIONS, 200)))
    folds = assign_folds(frame, 5, 1)
    shuffled = rng.permutation(200)
    assert (assign_folds(frame.iloc[shuffled], 5, 1) == folds[shuffled]).all()
    assert (assign_folds(frame, 5, 2) != folds).any()


def test_the_same_picture_under_two_names_stays_together() -> None:
    frame = faces([""] * 4, ["anger"] * 4).assign(content=["x", "y", "x", "z"])
    folds = assign_folds(frame, 2, 0)
    assert folds[0] == folds[2]


def test_people_of_two_data_sets_with_one_name_are_two() -> None:
    frame = faces(["001", "001"], ["anger", "fear"]).assign(dataset=["a", "b"])
    assert len(set(group_ids(frame))) == 2


def test_group_ids_are_fixed_numbers() -> None:
    frame = faces(["s1", "s1", ""], ["anger"] * 3)
    ids = group_ids(frame)
    assert ids.dtype == np.int64
    # The first eight bytes of a SHA-256, so the same on every machine: written down from one run.
    assert ids.tolist() == [846971430264726972, 846971430264726972, 8452878467198828201]


def test_a_nameless_copy_belongs_to_the_one_person_it_shows() -> None:
    frame = faces(["s1", "", "", "", "s2", "s3", ""], ["anger"] * 7)
    names = group_names(frame.assign(copies=["a", "a", "b", "b", "c", "c", "c"]))
    assert names[0] == names[1]
    assert names[2] == names[3] != names[0]
    # Two people share a picture: they stay two, and who the nameless copy shows is unknown.
    assert len({names[4], names[5], names[6]}) == 3


def test_mistakes_of_users() -> None:
    frame = faces(["a", "b", "a"], ["anger"] * 3)
    with pytest.raises(UserError, match=r"fewer subjects \(2\) than folds \(5\)"):
        assign_folds(frame, 5, 0)
    with pytest.raises(UserError, match=r"1 subject only.*split\.validation=0"):
        validation_part(frame.iloc[:1], 0.1, (0, 0))
    with pytest.raises(UserError, match=r"split\.validation is 0\.7"):
        validation_part(frame, 0.7, (0, 0))
