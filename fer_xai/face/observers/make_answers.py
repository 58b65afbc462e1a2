"""Counts people's answers anew: `python -m fer_xai.face.observers.make_answers FOLDER` writes `answers.csv` and
`answer_intervals.csv`."""

import sys
from pathlib import Path

import pandas as pd
from scipy.stats import t as student_t

from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.observers.uncovering_answers import COLUMNS, INTERVAL_COLUMNS
from fer_xai.files import write_csv


def count_answers(trials: pd.DataFrame) -> pd.DataFrame:
    """Answers counted, with the columns `COLUMNS`.

    Args:
        trials: columns expression, answer, and tiles: those that were uncovered, such as `21-41-3`.
    """
    needed = trials["tiles"].str.count("-") + 1
    grouped = trials.assign(needed=needed).groupby(["expression", "answer"])["needed"]
    counted = grouped.agg(answers="size", tiles="sum")
    words = [sorted(trials[name].unique()) for name in ("expression", "answer")]
    every = pd.MultiIndex.from_product(words, names=["expression", "answer"])
    return counted.reindex(every, fill_value=0).reset_index()[list(COLUMNS)]


def answer_intervals(trials: pd.DataFrame) -> pd.DataFrame:
    """Intervals over observers, with the columns `INTERVAL_COLUMNS`: each observer is left out in turn (jackknife), and
    Student's t of the standard error is taken.

    Args:
        trials: columns observer, expression, answer, and tiles as for `count_answers`.
    """
    told = trials.assign(needed=trials["tiles"].str.count("-") + 1, right=trials["answer"].eq(trials["expression"]))
    by_observer = told.groupby(["observer", "expression"])[["needed", "right"]].agg(["sum", "size"])
    rows = []
    for name, measure in (("tiles needed", "needed"), ("accuracy", "right")):
        # (observers, expressions): sums and numbers of answers.
        sums, sizes = (by_observer[measure, kind].unstack(fill_value=0) for kind in ("sum", "size"))
        whole = sums.sum() / sizes.sum()
        without = (sums.sum() - sums) / (sizes.sum() - sizes)
        six = [word for word in whole.index if word in EXPRESSIONS]
        figures = {word: (whole[word], without[word]) for word in whole.index}
        figures[""] = whole[six].mean(), without[six].mean(axis=1)
        for word, (value, others) in figures.items():
            n = len(others)
            error = ((n - 1) / n * ((others - others.mean()) ** 2).sum()) ** 0.5
            margin = float(student_t.ppf(0.975, n - 1)) * error
            rows.append((word, name, round(value - margin, 4), round(value + margin, 4), n))
    return pd.DataFrame(rows, columns=list(INTERVAL_COLUMNS))


def make_answers(folder: Path, out: Path) -> None:
    """Write `answers.csv` and `answer_intervals.csv` anew.

    Args:
        folder: holds `trials.csv` (observer, stimulus, answer, right, tiles); a stimulus is called `PERSON_EXPRESSION`.
        out: the folder to write into.
    """
    trials = pd.read_csv(folder / "trials.csv")
    trials = trials.assign(expression=trials["stimulus"].str.rpartition("_")[2])
    write_csv(out / "answers.csv", count_answers(trials))
    write_csv(out / "answer_intervals.csv", answer_intervals(trials))


if __name__ == "__main__":
    make_answers(Path(sys.argv[1]), Path(__file__).parent)
