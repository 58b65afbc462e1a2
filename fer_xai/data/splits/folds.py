"""Cross-validation in which no person is in two folds, and every fold has its share of each expression."""

import hashlib

import numpy as np
import pandas as pd

from fer_xai.errors import UserError


def group_names(frame: pd.DataFrame) -> np.ndarray:
    """What must stay together: the person, or the picture with its copies where the person is unknown.

    Args:
        frame: columns dataset, subject, image and, where they are known, content (a hash of the file: the same picture
            under two names is one group then) and copies or kept_together (names a group of copies, or of copies and
            near-identical pictures, see `fer_xai.data.copies.duplicates`; empty without any). A picture of nobody known
            that is like pictures of one person belongs to that person; likeness never makes two people one.

    Returns:
        (n,) array of strings.
    """
    picture = frame["content"] if "content" in frame.columns else frame["dataset"] + "\n" + frame["image"]
    person = "person\n" + (frame["dataset"] + "\n" + frame["subject"]).astype(str)
    known = (frame["subject"] != "").to_numpy()
    like = "kept_together" if "kept_together" in frame.columns else "copies"
    if like not in frame.columns:
        return np.where(known, person, "picture\n" + picture.astype(str)).astype(object)
    linked = (frame[like] != "").to_numpy()
    people = person[known & linked].groupby(frame[like][known & linked]).agg(["nunique", "first"])
    owner = frame[like].map(people.loc[people["nunique"] == 1, "first"])
    alone = "picture\n" + picture.where(~linked, frame[like]).astype(str)
    return np.where(known, person, owner.where(owner.notna(), alone)).astype(object)


def group_ids(frame: pd.DataFrame) -> np.ndarray:
    """The groups of `group_names` as numbers that are the same on every machine and in every run.

    Args:
        frame: as for `group_names`.

    Returns:
        (n,) int64, at least 0.
    """
    codes, names = pd.factorize(group_names(frame))
    ids = [int.from_bytes(hashlib.sha256(str(name).encode()).digest()[:8], "big") >> 1 for name in names]
    return np.array(ids, dtype=np.int64)[codes]


def check_groups(groups: int, k: int) -> None:
    """Refuse more folds than there are people.

    Args:
        groups: number of the groups of `group_names`.
        k: number of folds.

    Raises:
        UserError: fewer groups than folds.
    """
    if groups < k:
        raise UserError(
            f"fewer subjects ({groups}) than folds ({k}): more people are needed, or fewer folds (split.folds)"
        )


def assign_folds(frame: pd.DataFrame, k: int, seed: int) -> np.ndarray:
    """Give each image its test fold.

    People are dealt out one after another, those with most images first, each to the fold where the expressions come
    out most evenly among the folds that may still take them: no fold may exceed the smallest by more than the largest
    person's images. So the sizes of two folds never differ by more than that, and no fold is empty. (scikit-learn's
    StratifiedGroupKFold deals in the same spirit without that bound: it leaves folds empty now and then.)

    Args:
        frame: columns expression, dataset, subject, image and perhaps content (see `group_names`).
        k: number of folds, at least 2.
        seed: decides among equals; the same seed and the same rows, in whatever order, give the same folds.

    Returns:
        (n,) int64 in 0..k-1.

    Raises:
        UserError: fewer people than folds.
    """
    # Sorted names make the result independent of the order of the rows.
    names, group = np.unique(group_names(frame), return_inverse=True)
    check_groups(len(names), k)
    classes, label = np.unique(frame["expression"].to_numpy(str), return_inverse=True)
    counts = np.zeros((len(names), len(classes)), dtype=np.int64)
    np.add.at(counts, (group, label), 1)
    return _deal(counts, k, np.random.default_rng(seed))[group]


def _deal(counts: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Deal groups with `counts` (groups, classes) images to k folds: (groups,) int64."""
    size = counts.sum(axis=1)
    order = rng.permutation(len(counts))
    # Largest first; among equals, groups of one expression follow one another, so that they are dealt out in turn.
    order = order[np.lexsort((counts[order].argmax(axis=1), -size[order]))]
    # A column for the size of the fold beside those for the expressions, each as a share of its total.
    share = np.column_stack([counts / counts.sum(axis=0), size / size.sum()])
    in_fold, in_fold_size = np.zeros((k, share.shape[1])), np.zeros(k, dtype=np.int64)
    fold_of = np.empty(len(counts), dtype=np.int64)
    for g in order:
        # Growth of the sum of squared shares: least where what the group brings is scarcest.
        growth = in_fold @ share[g]
        growth[in_fold_size + size[g] > in_fold_size.min() + size[order[0]]] = np.inf
        fold = int(growth.argmin())
        fold_of[g] = fold
        in_fold[fold] += share[g]
        in_fold_size[fold] += size[g]
    return fold_of


def validation_part(frame: pd.DataFrame, share: float, seed: tuple[int, int]) -> np.ndarray:
    """Which of the images that are not tested are kept for validation, with no group of theirs in training.

    Args:
        frame: the rows that are not tested, as for `assign_folds`.
        share: of the images, 0 (none) to 0.5; met as nearly as the groups allow.
        seed: decides who is kept.

    Returns:
        (n,) bool.

    Raises:
        UserError: a share out of range, or too few people for a validation part.
    """
    if not 0 <= share <= 0.5:
        raise UserError(f"split.validation is {share}: it is a share from 0 (none) to 0.5")
    if share == 0:
        return np.zeros(len(frame), dtype=bool)
    people = len(np.unique(group_names(frame)))
    if people < 2:
        raise UserError(
            f"split.validation={share}: the images beside the test fold are of {people} subject only, so none can be "
            "kept for validation; set split.validation=0, or test fewer people (split.folds higher)"
        )
    parts = min(max(2, round(1 / share)), people)
    mixed = int(np.random.SeedSequence(seed).generate_state(1)[0])
    inner = assign_folds(frame, parts, mixed)
    table = pd.crosstab(inner, frame["expression"].to_numpy(str)).to_numpy()
    distance = np.abs(table / table.sum(axis=0) - share).sum(axis=1)
    return inner == int(distance.argmin())
