"""What a study of thousands of runs costs beside the runs themselves: planning, status, the analysis of its scores.

Its records are real, its runs are not: in place of a launcher a few functions write what training would have left.
"""

import functools
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import Measured, row

#: Networks by name alone, folds, and as many seeds as make the number of runs.
SWEEP = "model.name={networks} fold=range(0,5) seed=range(0,{seeds})"
NETWORKS = 12
RUNS, FEWER, PUBLISHED = 10_080, 2_520, 720
#: Seconds after which a command is ended: runs that are taken for unfinished would be trained.
LONGEST = 900

SIMULATE = """
import sys
import numpy as np
import pandas as pd
from fer_xai.cli import run
from fer_xai.config.settle import settle
from fer_xai.data.configured_faces import faces_of
from fer_xai.expressions import EXPRESSIONS
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.results.run import METRIC_COLUMNS, RunRecord, write_run
from fer_xai.sweep import run_study as sweep

rng, metrics = np.random.default_rng(0), shipped_metrics()
figures = (0.0, 0.1, 0.9, 100, 20, 0, "people", "")
rows = [("gradcam", e, "friesen_ekman", m, *figures) for e in (*EXPRESSIONS, "") for m in metrics]
scores = pd.DataFrame(rows, columns=list(METRIC_COLUMNS))

def simulate(sweeper, study, jobs, wait):
    load = sweeper.hydra_context.config_loader.load_sweep_config
    config = load(sweeper.config, list(jobs[0].overrides))
    settle(config)
    data = faces_of(config).fingerprint
    for number, job in enumerate(jobs):
        said = dict(text.split("=", 1) for text in job.overrides)
        network, fold, seed = said["model.name"], int(said["fold"]), int(said["seed"])
        record = RunRecord(
            f"{network}-none-fold{fold}-seed{seed}-{number:08x}", "complete", network, "none", fold, seed,
            explainers=["gradcam"], training_fingerprint=f"{number:064x}", run_fingerprint=f"{number:064x}",
            data={"fingerprint": data}, images=dict.fromkeys(EXPRESSIONS, 100), timings={"fit": 60.0, "explain": 9.0},
            accuracy={"value": 0.8, "low": 0.7, "high": 0.9, "n": 600}, jobs=[job.key],
        )
        write_run(study.run(record.name), record, metrics=scores.assign(value=rng.random(len(scores))))
    return []

sweep._launch = simulate
sys.exit(run(sys.argv[1:]))
"""

MEASURE = """
import sys
from benchmarks.harness import peak_memory_gib
from fer_xai.cli import run
path, *arguments = sys.argv[1:]
status = run(arguments)
with open(path, "w") as file:
    file.write(str(peak_memory_gib()))
sys.exit(status)
"""


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock and largest memory (GiB) of one command."""

    seconds: float
    memory: float


def cost(*arguments: str) -> Cost:
    """Run one command of the program in a process of its own.

    Raises:
        CalledProcessError: it failed.
        TimeoutExpired: it took longer than `LONGEST`.
    """
    with tempfile.NamedTemporaryFile() as told:
        start = time.perf_counter()
        command = [sys.executable, "-c", MEASURE, told.name, *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=LONGEST)
        seconds = time.perf_counter() - start
        return Cost(seconds, float(Path(told.name).read_text()))


@functools.cache
def costs(runs: int) -> dict[str, Cost]:
    """What three commands cost on a finished study of so many runs: the same sweep again, status, analysis."""
    with tempfile.TemporaryDirectory() as folder:
        study = f"{folder}/study"
        names = ",".join(f"net{number}" for number in range(NETWORKS))
        told = SWEEP.format(networks=names, seeds=runs // (NETWORKS * 5)).split()
        few = ["data.subjects=6", "data.per_expression=1", "prepare.crop_size=64", "analyse=false"]
        arguments = ["train", "-m", *told, *few, f"cache_dir={folder}/cache", f"hydra.sweep.dir={study}"]
        subprocess.run([sys.executable, "-c", SIMULATE, *arguments], check=True, capture_output=True)
        assert len(list(Path(study, "runs").iterdir())) == runs
        return {
            "planning": cost(*arguments),
            "status": cost("status", study),
            "analysis": cost("analyze", f"study_dir={study}", "maps=false"),
        }


def _seconds(runs: int, what: str) -> Measured:
    found = costs(runs)[what]
    return Measured(found.seconds, {what: found.seconds})


@row("finished study of 720 runs answers the same command", target=10, unit="s", higher_is_better=False)
def answer_of_720() -> Measured:
    return _seconds(PUBLISHED, "planning")


@row("finished study of 10,080 runs answers the same command", target=60, unit="s", higher_is_better=False)
def planning() -> Measured:
    return _seconds(RUNS, "planning")


@row("status of 10,080 runs", target=60, unit="s", higher_is_better=False)
def status() -> Measured:
    return _seconds(RUNS, "status")


@row("analysis of the scores of 10,080 runs", target=60, unit="s", higher_is_better=False)
def analysis() -> Measured:
    return _seconds(RUNS, "analysis")


@row("10,080 runs, largest memory of the three commands", target=4, unit="GiB", higher_is_better=False)
def memory() -> Measured:
    return Measured(max(found.memory for found in costs(RUNS).values()))


@row("10,080 runs against four times 2,520, the slowest command", target=1.1, unit="times", higher_is_better=False)
def growth() -> Measured:
    """Where cost grows linearly, at most 1: what every command costs once weighs four times in the smaller study."""
    many, few = costs(RUNS), costs(FEWER)
    ratios = {what: many[what].seconds / (RUNS / FEWER * few[what].seconds) for what in many}
    return Measured(max(ratios.values()), {f"{what}, 2,520 runs": found.seconds for what, found in few.items()})
