"""Which test images are explained, and what is asked about each of them."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.errors import UserError

#: Values of `target` that are words; a pair of expressions is the fourth possibility.
TARGETS = ("predicted", "true", "contrast")


def expressions_to_explain(wanted: Any, classes: Sequence[str]) -> tuple[str, ...]:
    """The expressions to explain, in the order of the classes.

    Args:
        wanted: a word, a list of words, or None for all.
        classes: names of the network's classes.

    Raises:
        UserError: a word that is no class of the network.
    """
    if wanted is None:
        return tuple(classes)
    words = [wanted] if isinstance(wanted, str) or not isinstance(wanted, Sequence) else list(wanted)
    unknown = [str(word) for word in words if word not in classes]
    if unknown or not words:
        raise UserError(f"callbacks.explain.expressions={' '.join(unknown) or '[]'}: choose among {', '.join(classes)}")
    return tuple(name for name in classes if name in words)


def checked_target(target: Any, classes: Sequence[str]) -> str | tuple[str, str]:
    """What is explained: one of `TARGETS`, or a pair of different classes.

    Args:
        target: as it is set; what Hydra reads of the word `true` is a boolean.
        classes: names of the network's classes.

    Raises:
        UserError: it is neither one of the words nor such a pair.
    """
    if target is True or (isinstance(target, str) and target in TARGETS):
        return str(target).lower()
    if isinstance(target, Sequence) and len(target) == 2 and target[0] != target[1] and set(target) <= set(classes):
        return target[0], target[1]
    raise UserError(
        f"callbacks.explain.target={target}: choose {', '.join(TARGETS)}, or two of {', '.join(classes)} as [A,B]"
    )


def select_images(
    predictions: pd.DataFrame,
    images_per_expression: int,
    seed: int,
    classes: Sequence[str],
    expressions: Sequence[str] | None = None,
    target: Any = "predicted",
) -> pd.DataFrame:
    """The test images to explain: per explained expression so many, chosen at random with a fixed seed.

    Every image has its turn by a hash of the seed and its name, whatever the network says of the others: networks are
    compared on the same images wherever they name them alike.

    Args:
        predictions: columns image, true, predicted and, for a contrast, p_EXPRESSION of each class.
        images_per_expression: at most so many per expression; all where there are fewer.
        seed: of the choice.
        classes: names of the network's classes, in the order of its outputs.
        expressions: those that are explained; None for all.
        target: what is explained. `predicted`: the class that the network names (the paper's way); `true`: the one that
            the data name; `contrast`: the predicted class against the next most probable one; a pair of expressions:
            the predicted one of the two against the other.

    Returns:
        The chosen rows by expression, each in the order of `predictions`, with the columns `explained` and `against`
        (empty where nothing is contrasted) beside the others.
    """
    target = checked_target(target, classes)
    table = predictions.assign(explained=predictions["true" if target == "true" else "predicted"], against="")
    if target == "contrast":
        scores = table[[f"p_{name}" for name in classes]].to_numpy()
        table["against"] = np.array(classes)[np.argsort(-scores, axis=1, kind="stable")[:, 1]]
    elif not isinstance(target, str):
        other = dict(zip(target, reversed(target), strict=True))
        table = table[table["explained"].isin(list(other))]
        table = table.assign(against=table["explained"].map(other))
    turn = table["image"].map(lambda image: sha256(f"{seed}/{image}".encode()).digest())
    parts = []
    for expression in classes:
        if expressions is None or expression in expressions:
            in_turn = turn[table["explained"] == expression].sort_values(kind="stable")
            parts.append(table.loc[in_turn.index[:images_per_expression].sort_values()])
    return pd.concat(parts)


def why_fewer(
    predictions: pd.DataFrame,
    chosen: pd.DataFrame,
    images_per_expression: int,
    classes: Sequence[str],
    expressions: Sequence[str] | None = None,
    target: Any = "predicted",
) -> list[str]:
    """How many of the test images are explained, and for each expression why no more are.

    Args:
        predictions: as for `select_images`, like the rest.
        chosen: what that has chosen.
        images_per_expression: at most so many per expression.
        classes: names of the network's classes.
        expressions: those that are explained; None for all.
        target: what is explained.

    Returns:
        One line for all, and one for each expression that not all test images which show it are explained of.
    """
    target = checked_target(target, classes)
    named = predictions["true" if target == "true" else "predicted"].value_counts()
    lines = [f"{len(chosen)} of {len(predictions)} test images are explained"]
    for name in classes if expressions is None else expressions:
        there, shown = int(named.get(name, 0)), int((predictions["true"] == name).sum())
        explained = int((chosen["explained"] == name).sum())
        if target not in TARGETS and name not in target:
            lines.append(f"{name}: none is explained, for callbacks.explain.target is the pair {' and '.join(target)}")
        elif explained < there:
            which = "that show it" if target == "true" else "that the network names so"
            bound = f"callbacks.explain.images_per_expression={images_per_expression}"
            lines.append(f"{name}: {explained} of the {there} test images {which} are explained ({bound})")
        elif explained < shown:
            named_so = "no more test images so" if explained else "no test image so"
            lines.append(f"{name}: {explained or 'none'} explained, for the network names {named_so} ({shown} show it)")
    return lines
