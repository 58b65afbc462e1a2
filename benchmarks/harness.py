"""What rows are made of: repeated timings, ratios, memory, and the record of a run."""

import json
import os
import platform
import resource
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

#: Rows in the order in which the files hold them: name -> (function, target, unit).
ROWS: dict[str, "Row"] = {}


@dataclass(frozen=True)
class Measured:
    """One measurement.

    Attributes:
        value: the ratio, or the figure that the target bounds.
        seconds: the medians behind it, by what was timed.
    """

    value: float
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A benchmark: at least `target` where higher is better (ratios), at most `target` otherwise."""

    name: str
    run: Callable[[], Measured]
    target: float
    unit: str
    higher_is_better: bool

    def met(self, value: float) -> bool:
        return value >= self.target if self.higher_is_better else value <= self.target


def row(name: str, target: float, unit: str = "times faster", higher_is_better: bool = True) -> Callable:
    """Register a function that returns a `Measured` as a row."""

    def register(run: Callable[[], Measured]) -> Callable[[], Measured]:
        ROWS[name] = Row(name, run, target, unit, higher_is_better)
        return run

    return register


def median_seconds(run: Callable[[], object], repeats: int = 5, warm_up: int = 1) -> float:
    """Median wall-clock time of a call."""
    for _ in range(warm_up):
        run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def ratio(ours: Callable[[], object], theirs: Callable[[], object], rounds: int = 5, repeats: int = 5) -> Measured:
    """How many times faster `ours` is than `theirs`: medians of rounds in which both take turns.

    Taking turns, both meet the same load on the machine. Each round runs `ours` several times, since it is the shorter.
    """
    ours()
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(rounds):
        times["ours"].append(median_seconds(ours, repeats, warm_up=0))
        times["theirs"].append(median_seconds(theirs, repeats=1, warm_up=0))
    seconds = {name: statistics.median(values) for name, values in times.items()}
    return Measured(seconds["theirs"] / seconds["ours"], seconds)


def peak_memory_gib() -> float:
    """Largest resident memory of this process so far, GiB."""
    status = Path("/proc/self/status")
    if status.is_file():
        # What getrusage says begins with the memory of the process that started this one.
        (peak,) = (line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak) / 2**20
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / 2**30 if platform.system() == "Darwin" else used / 2**20


def run_rows(only: str | None = None) -> dict:
    """Measure the rows whose name contains `only`, and return the record of the run."""
    rows = []
    for name, entry in ROWS.items():
        if only and only not in name:
            continue
        measured = entry.run()
        rows.append(
            {
                "name": name,
                "ratio": round(measured.value, 3),
                "target": entry.target,
                "met": entry.met(measured.value),
                "unit": entry.unit,
                "higher_is_better": entry.higher_is_better,
                "seconds": {key: round(value, 6) for key, value in measured.seconds.items()},
            }
        )
        print(_line(rows[-1]), flush=True)
    return {"date": datetime.now(UTC).isoformat(timespec="seconds"), **asdict(Machine.this()), "rows": rows}


@dataclass(frozen=True)
class Machine:
    """Where and with what a run was measured."""

    revision: str
    threads: int
    machine: dict[str, str | float]
    versions: dict[str, str]

    @classmethod
    def this(cls) -> "Machine":
        import cv2
        import numpy
        import skimage
        import torch

        libraries = (numpy, torch, cv2, skimage)
        return cls(
            revision=_git("rev-parse", "--short", "HEAD") + ("-dirty" if _git("status", "--porcelain") else ""),
            threads=torch.get_num_threads(),
            machine={
                "processor": _processor(),
                "cores": os.cpu_count() or 0,
                "load": round(os.getloadavg()[0], 1),
                "system": platform.platform(),
            },
            versions={"python": platform.python_version()} | {lib.__name__: lib.__version__ for lib in libraries},
        )


def write(record: dict, folder: Path) -> Path:
    """Write the record as DATE-REVISION.json, and its table as Markdown beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record['date'][:10]}-{record['revision']}.json"
    path.write_text(json.dumps(record, indent=1) + "\n")
    path.with_suffix(".md").write_text(table(record))
    return path


def table(record: dict) -> str:
    """A run's rows as a Markdown table."""
    head = (
        f"Measured {record['date']} at revision {record['revision']}, {record['threads']} thread(s), "
        f"{record['machine']['processor']} ({record['machine']['cores']} cores, load {record['machine']['load']}).\n\n"
        "| what | measured | target | met | medians |\n|---|---:|---:|---|---|\n"
    )
    lines = []
    for entry in record["rows"]:
        times = ", ".join(f"{key} {value:.3g} s" for key, value in entry["seconds"].items())
        sign = "≥" if entry["higher_is_better"] else "≤"
        figures = f"{entry['ratio']:.3g} {entry['unit']} | {sign} {entry['target']:g}"
        lines.append(f"| {entry['name']} | {figures} | {'yes' if entry['met'] else 'NO'} | {times} |")
    return head + "\n".join(lines) + "\n"


def _line(entry: dict) -> str:
    verdict = "met" if entry["met"] else "MISSED"
    return f"{entry['name']}: {entry['ratio']:.3g} {entry['unit']} (target {entry['target']:g}, {verdict})"


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False, cwd=Path(__file__).parent)
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        models = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        if models:
            return models[0]
    return platform.processor() or platform.machine()
