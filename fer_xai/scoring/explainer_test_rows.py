"""What tests of explainers say of one run: figures of images averaged, global maps compared."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.integrate import trapezoid

from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.bootstrap import REPLICATES, poisson_weights
from fer_xai.metrics.pairs import paired_ncc
from fer_xai.metrics.resolution import valid_in_half
from fer_xai.scoring.means_over_people import MeansOverPeople, means_over_people
from fer_xai.trust.measures import Description

#: What a figure belongs to.
KEY = ("explainer", "test", "measure", "step")


#: Columns of a run's `trust_images.csv`: figures of single images. answer: whether the network was right or wrong.
IMAGE_COLUMNS = (*KEY, "expression", "image", "group", "answer", "value")
#: Columns of a run's `trust.csv`. step empty: a figure by itself; answers: of which images, see `ANSWERS`; expression
#: empty: the mean over expressions.
RUN_COLUMNS = (*KEY, "answers", "expression", "value", "low", "high", "n")

#: Which images a figure is the mean of: all, or those that the network answered right or wrong.
ANSWERS = ("all", "right", "wrong")

#: Stands for the measure where a test could not be done.
NOT_DONE = "not done"


def summarise_images(
    frame: pd.DataFrame, tests: Mapping[str, Description], replicates: int = REPLICATES
) -> pd.DataFrame:
    """Means over images, by expression and over the expressions, with intervals from the bootstrap over people.

    Args:
        frame: columns `IMAGE_COLUMNS`.
        tests: what the tests say of themselves, by name.
        replicates: of the bootstrap.

    Returns:
        Columns `RUN_COLUMNS`.
    """
    if frame.empty:
        return pd.DataFrame(columns=list(RUN_COLUMNS)).astype({"n": "Int64"})
    return means_over_people(
        by_answer(frame, tests), (*KEY, "answers"), ordered_expressions(frame["expression"]), replicates
    ).rows()


def by_answer(frame: pd.DataFrame, tests: Mapping[str, Description]) -> pd.DataFrame:
    """Figures of images with the column `answers`: all of them, then again those that are told apart by the answer.

    Args:
        frame: columns `IMAGE_COLUMNS`.
        tests: what the tests say of themselves, by name.
    """
    apart = [(name, measure.name) for name, test in tests.items() for measure in test.measures if measure.by_answer]
    divided = pd.MultiIndex.from_frame(frame[["test", "measure"]]).isin(apart) if apart else np.zeros(len(frame), bool)
    again = frame[divided & frame["answer"].isin(ANSWERS).to_numpy()]
    return pd.concat([frame.assign(answers=ANSWERS[0]), again.assign(answers=again["answer"])], ignore_index=True)


def frame_rows(
    key: tuple[str, str, str], steps: Mapping[float, np.ndarray], images: pd.DataFrame, replicates: int = REPLICATES
) -> list[dict[str, object]]:
    """NCC of the global maps of every step with those of step 0, and the area under that curve.

    Args:
        key: explainer, test, measure.
        steps: step -> local maps (n, y2, x2) in the canonical face, NaN where invalid; step 0 is what others are
            compared with.
        images: of the n maps, columns group and expression.
        replicates: of the bootstrap over groups.

    Returns:
        Rows with the columns `RUN_COLUMNS`.
    """
    places = sorted(steps)
    expressions = ordered_expressions(images["expression"])
    ncc = np.full((replicates + 1, len(places), len(expressions)), np.nan)
    n = images["expression"].value_counts()
    for e, expression in enumerate(expressions):
        own = (images["expression"] == expression).to_numpy()
        drawn = [poisson_weights(0, int(group), replicates) for group in images.loc[own, "group"]]
        # The first row is the mean over all images; for the spread of the others, every second pixel is enough.
        for rows, weights, pixel in (
            (slice(0, 1), np.ones((1, own.sum())), 1),
            (slice(1, None), np.stack(drawn, axis=1), 2),
        ):
            maps = [_weighted(steps[step][own, ::pixel, ::pixel], weights) for step in places]
            for s, item in enumerate(maps):
                ncc[rows, s, e] = paired_ncc(maps[0], item)
    areas = trapezoid(ncc, places, axis=1)[:, None]
    measures = [(key[2], step) for step in places] + [(f"area_{key[2]}", np.nan)]
    keys = pd.DataFrame([(*key[:2], *item, ANSWERS[0]) for item in measures], columns=[*KEY, "answers"])
    figures = np.concatenate([ncc, areas], axis=1)
    counts, people = (
        np.tile([int(by_expression[name]) for name in expressions], (len(keys), 1))
        for by_expression in (n, images.groupby("expression")["group"].nunique())
    )
    return MeansOverPeople(keys, expressions, figures[0], counts, people, figures[1:]).rows().to_dict("records")  # type: ignore[return-value]


def _weighted(maps: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean maps (replicate, pixels) of local maps (n, y2, x2) under weights (replicate, n), NaN where hardly valid."""
    flat = maps.reshape(len(maps), -1)
    known = np.isfinite(flat)
    valid = valid_in_half(known.sum(0)[None, :], np.array([[len(maps)]])).reshape(-1)
    counts = weights @ known.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (weights @ np.where(known, flat, 0.0)) / counts
    return np.where(valid & (counts > 0), mean, np.nan)


def ordered_expressions(words: pd.Series) -> tuple[str, ...]:
    """The expressions among the words, the six in their order, then others as they come."""
    names = [str(word) for word in words.unique() if word]
    return (*(name for name in EXPRESSIONS if name in names), *(name for name in names if name not in EXPRESSIONS))
