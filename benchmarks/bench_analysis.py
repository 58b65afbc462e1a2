"""The analysis of a whole study of imported maps, from its files to tables, dendrograms and report."""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.bench_metrics import smooth_maps
from benchmarks.harness import Measured, row
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.results.importing.study_of_maps import import_heatmaps

REPORT = """
import sys
from fer_xai.cli import run
code = run(["analyze", f"study_dir={sys.argv[1]}"])
sys.exit("torch was imported" if "torch" in sys.modules else code)
"""

TABLES = """
import sys
from pathlib import Path
from hydra.utils import instantiate
from omegaconf import OmegaConf
from fer_xai.analysis.analyze_study import analyze_study
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.metrics.chosen import shipped_metrics
reference = instantiate(OmegaConf.load(conf_dir() / "reference" / "friesen_ekman.yaml"))
analyze_study(Path(sys.argv[1]), [reference], shipped_metrics())
sys.exit("torch was imported" if "torch" in sys.modules else 0)
"""


@row("72 imported maps, from files to tables and dendrograms, no torch", target=10, unit="s", higher_is_better=False)
def tables_of_a_study() -> Measured:
    """The analysis in a process of its own: all scores, baselines, distances, dendrograms and tables."""
    return seconds_of(TABLES)


@row("fer-xai analyze of 72 imported maps, all figures and the page", target=15, unit="s", higher_is_better=False)
def report_of_a_study() -> Measured:
    """The whole command."""
    return seconds_of(REPORT)


def seconds_of(program: str) -> Measured:
    """Processor time of a program over an imported study, which other work on the machine lengthens little.

    It runs in one thread: on a free core, the time on the clock is the same. The time that it took here stands beside.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, study = Path(folder) / "maps", Path(folder) / "study"
        source.mkdir()
        for number, one in enumerate(smooth_maps(72, FRAME_SHAPE)):
            np.save(source / f"net{number // 6}_{EXPRESSIONS[number % 6]}.npy", one)
        import_heatmaps(source, "{network}_{expression}.npy", study)
        processor, clock = _children(), time.perf_counter()
        subprocess.run([sys.executable, "-c", program, str(study)], check=True, capture_output=True)
        processor, clock = _children() - processor, time.perf_counter() - clock
    return Measured(processor, {"processor": processor, "clock": clock})


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
