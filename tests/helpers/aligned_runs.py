"""Runs of networks whose maps were drawn to a reference, whose answers are set by hand."""

from pathlib import Path

import pandas as pd

from fer_xai.results.paths import RunPaths
from fer_xai.results.run import RunRecord
from fer_xai.results.study import Network, Run

PEOPLE = 8


def alignment(reference: str, strength: float = 1.0) -> dict:
    """What a record says of the alignment."""
    others = reference == "shuffled"
    return {"reference": reference, "map": "grad_cam", "strength": strength, "distance": "ncc", "of_others": others}


def predictions(right: str, sure: float = 0.8) -> pd.DataFrame:
    """Two images of each person, anger and fear.

    Args:
        right: one letter per image (y or n).
        sure: probability of the class that is named.
    """
    rows = []
    for i, letter in enumerate(right):
        true, other = ("anger", "fear") if i % 2 else ("fear", "anger")
        said = true if letter == "y" else other
        p = {f"p_{name}": sure if name == said else 1 - sure for name in ("anger", "fear")}
        rows.append(
            {"image": f"i{i}.png", "dataset": "d", "subject": f"s{i // 2}", "true": true, "predicted": said} | p
        )
    return pd.DataFrame(rows)


def aligned_network(
    folder: Path,
    reference: str,
    answers: list[str],
    strength: float = 1.0,
    validation: float | None = 0.8,
    sure: float = 0.8,
    **record,
) -> Network:
    """A network with a run of fold 0 for each seed.

    Args:
        folder: that gets a folder for each run.
        reference: that its maps were drawn to; empty for none.
        answers: by seed, see `predictions`.
        strength: of the alignment.
        validation: accuracy on 100 images of the validation part; None where it is not known.
        sure: see `predictions`.
        record: what else the runs' records say.
    """
    runs = []
    for seed, right in enumerate(answers):
        name = f"{reference or 'none'}-{strength:g}-{seed}"
        (folder / name).mkdir(parents=True)
        predictions(right, sure).to_csv(folder / name / "predictions.csv", index=False)
        told = {} if validation is None else {"accuracy": validation, "images": 100}
        own = alignment(reference, strength) if reference else {}
        one = RunRecord(name, "complete", "net", "none", 0, seed, alignment=own, validation=told, **record)
        runs.append(Run(one, RunPaths(folder / name)))
    label = runs[0].record.network_in_tables
    return Network(label, "none", label, tuple(runs))
