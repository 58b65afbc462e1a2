"""The analysis of studies of many runs by the scores that these recorded of themselves."""

import tempfile
from pathlib import Path

from benchmarks.harness import Measured, row
from benchmarks.whole_study import analyse, write_scores


@row("scores of 720 runs with six explainers, maps=false", target=120, unit="s", higher_is_better=False)
def scores_of_720_runs() -> Measured:
    """Twelve networks, five folds, twelve seeds; processor time, which other work on the machine lengthens little."""
    with tempfile.TemporaryDirectory() as folder:
        write_scores(Path(folder), networks=12, folds=5, seeds=12)
        seconds = analyse(Path(folder), "maps=false")
    return Measured(seconds["processor"], seconds)
