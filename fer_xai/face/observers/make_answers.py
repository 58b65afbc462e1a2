"""Counts people's answers anew: `python -m fer_xai.face.observers.make_answers FOLDER` writes `answers.csv`."""

import sys
from pathlib import Path

import pandas as pd

from fer_xai.face.observers.answers import COLUMNS
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


def make_answers(folder: Path, out: Path) -> None:
    """Write `answers.csv` anew.

    Args:
        folder: holds `trials.csv` (observer, stimulus, answer, right, tiles); a stimulus is called `PERSON_EXPRESSION`.
        out: the file.
    """
    trials = pd.read_csv(folder / "trials.csv")
    expression = trials["stimulus"].str.rpartition("_")[2]
    write_csv(out, count_answers(trials.assign(expression=expression)))


if __name__ == "__main__":
    make_answers(Path(sys.argv[1]), Path(__file__).with_name("answers.csv"))
