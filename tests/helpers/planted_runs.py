"""Runs on faces with a planted cue, whose figures are set by hand."""

from pathlib import Path

import pandas as pd

from fer_xai.results.paths import RunPaths
from fer_xai.results.run import RunRecord
from fer_xai.results.study import Run
from fer_xai.trust.cue_figures import FIRST, RELEVANCE, TEST, VALUE

PEOPLE = 6


def planted(rate: float) -> dict:
    """What a record says of the cue."""
    return {"cue": "mark", "expression": "anger", "rate": rate, "base_rate": 0.2}


def write_cue_figures(folder: Path, worth: list[float], relevance: dict[str, list[float]]) -> None:
    """Figures of one face of each person: what the cue is worth, and by explainer its relevance (first: above 2)."""
    rows = [
        (explainer, TEST, measure, None, "sadness", f"i{person}", person, "right", value)
        for explainer, relevances in relevance.items()
        for person, (own, of_map) in enumerate(zip(worth, relevances, strict=True))
        for measure, value in ((VALUE, own), (RELEVANCE, of_map), (FIRST, float(of_map > 2)))
    ]
    columns = ["explainer", "test", "measure", "step", "expression", "image", "group", "answer", "value"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "trust_images.csv", index=False)
    whole = ["explainer", "test", "measure", "step", "answers", "expression", "value", "low", "high", "n"]
    none = (0.0, 0.0, 0.0, len(worth))
    mean = [(name, TEST, VALUE, None, "all", word, *none) for name in relevance for word in ("sadness", "")]
    pd.DataFrame(mean, columns=whole).to_csv(folder / "trust.csv", index=False)


def planted_run(
    folder: Path, rate: float, seed: int, worth: list[float], relevance: dict[str, list[float]], right: str = ""
) -> Run:
    """A run of fold 0.

    Args:
        folder: to be made.
        rate: of the cue in training.
        seed: of the run.
        worth: of the cue, by person.
        relevance: of the cue by explainer and person; `noise` looks at no network.
        right: one letter per person: whether the test image is named rightly (y or n); the first half of the images
            show the cue.
    """
    folder.mkdir()
    write_cue_figures(folder, worth, relevance)
    if right:
        predictions = [
            (f"i{p}{'+mark' if p < len(right) / 2 else ''}.png", "d", f"s{p}", "anger" if p % 2 else "fear", said)
            for p, letter in enumerate(right)
            for said in [("anger" if p % 2 else "fear") if letter == "y" else "sadness"]
        ]
        columns = ["image", "dataset", "subject", "true", "predicted"]
        pd.DataFrame(predictions, columns=columns).to_csv(folder / "predictions.csv", index=False)
    explainers = [name for name in relevance if name != "noise"]
    record = RunRecord(folder.name, "complete", "net", "none", 0, seed, explainers=explainers, planted=planted(rate))
    return Run(record, RunPaths(folder))
