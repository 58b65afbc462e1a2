"""Shows the runs of a sweep that go side by side: one display on a terminal, plain lines elsewhere."""

import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from fer_xai.results.duration import duration
from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import Job, read_states
from fer_xai.sweep.jobs import own_overrides
from fer_xai.sweep.pace import seconds_left
from fer_xai.sweep.worker_display import ENDED, FOLDER_VARIABLE, PARENT_VARIABLE
from fer_xai.terminal import show

#: Seconds between two looks at what the runs tell.
_LOOK = 0.25
#: Reading how the whole study stands may take this share of the time.
_SHARE = 0.05


@dataclass
class _Shown:
    """What is known of one run.

    Attributes:
        number: place among the runs that are to be done, from 1.
        title: its overrides that not all runs share.
        stage: what it does; empty before it has begun.
        read: how much of its output has been printed, bytes.
        row: its line in the display, while it is under way.
    """

    number: int
    title: str
    stage: str = ""
    read: int = 0
    row: TaskID | None = None


@contextmanager
def shown_side_by_side(study: StudyPaths, jobs: Sequence[Job], at_once: int) -> Iterator[None]:
    """Show the runs that processes started meanwhile do; these end when this one leaves.

    Args:
        study: that the runs belong to.
        jobs: that are to be done.
        at_once: how many runs go side by side.
    """
    from joblib.externals.loky import get_reusable_executor

    with tempfile.TemporaryDirectory(prefix="fer_xai-") as folder:
        os.environ |= {FOLDER_VARIABLE: folder, PARENT_VARIABLE: str(os.getpid())}
        try:
            with Display(Path(folder), study, jobs, at_once, Console(stderr=True)):
                yield
            # Otherwise the workers stay for minutes, each with its memory.
            get_reusable_executor(reuse=True).shutdown()
        except BaseException:
            get_reusable_executor(reuse=True).shutdown(kill_workers=True)
            raise
        finally:
            del os.environ[FOLDER_VARIABLE], os.environ[PARENT_VARIABLE]


class Display:
    """Looks at what runs tell, in a thread of its own, and shows it.

    Args:
        folder: in which each run has its progress (KEY.json) and its output (KEY.out).
        study: that the runs belong to.
        jobs: that are to be done.
        at_once: how many runs go side by side.
        console: where to show them.
    """

    def __init__(self, folder: Path, study: StudyPaths, jobs: Sequence[Job], at_once: int, console: Console) -> None:
        self._folder, self._study, self._jobs, self._at_once = folder, study, list(jobs), at_once
        own = own_overrides(jobs)
        self._runs = {
            job.key: _Shown(number, " ".join(own[job.key].values()) or "run") for number, job in enumerate(jobs, 1)
        }
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(16),
            TextColumn("{task.fields[stage]}", markup=False),
        )
        self._progress = Progress(
            *columns, console=console, transient=True, refresh_per_second=2, disable=not console.is_terminal
        )
        self._whole = self._progress.add_task("", total=len(jobs), stage="")
        self._left: float | None = None
        self._known, self._again, self._cost = time.monotonic(), 0.0, 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Display":
        self._progress.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self.look()
        self._progress.stop()

    def look(self) -> None:
        """Show what the runs have told since the last look."""
        ended = False
        for path in sorted(self._folder.glob("*.json")):
            run = self._runs.get(path.stem)
            if run is not None:
                ended |= self._look_at(run, path)
        self._estimate(ended)
        self._progress.update(self._whole, description=self._words(), completed=self._ended, stage="")
        if ended and not self._progress.console.is_terminal:
            self._print(self._words())

    def _watch(self) -> None:
        while not self._stop.wait(_LOOK):
            self.look()

    def _look_at(self, run: _Shown, path: Path) -> bool:
        """Show one run; whether it has ended since the last look."""
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            # It is being written.
            return False
        before, run.stage = run.stage, state["stage"]
        if run.stage != before and before in {"", ENDED} and not self._progress.console.is_terminal:
            self._print(f"[{run.number}] {run.title}: started")
        self._print_output(run, path.with_suffix(".out"), whole=run.stage == ENDED)
        if run.stage == ENDED:
            if run.row is not None:
                self._progress.remove_task(run.row)
                run.row = None
            return before != ENDED
        if run.row is None:
            run.row = self._progress.add_task(f"[{run.number}] {run.title}", stage="")
        self._progress.update(run.row, stage=run.stage, completed=state["done"], total=state["total"] or None)
        return False

    def _print_output(self, run: _Shown, path: Path, whole: bool) -> None:
        """Print what a run has printed since, by whole lines."""
        try:
            with path.open("rb") as file:
                file.seek(run.read)
                fresh = file.read()
        except OSError:
            return
        end = len(fresh) if whole else fresh.rfind(b"\n") + 1
        run.read += end
        for line in fresh[:end].decode(errors="replace").splitlines():
            if line.strip():
                self._print(f"[{run.number}] {line}")

    def _print(self, line: str) -> None:
        show(self._progress.console, line)

    @property
    def _ended(self) -> int:
        return sum(run.stage == ENDED for run in self._runs.values())

    def _words(self) -> str:
        """How many runs are done, how many under way, and the time that is left."""
        under_way = sum(run.stage not in {"", ENDED} for run in self._runs.values())
        text = f"{self._ended} of {len(self._runs)} runs done, {under_way} under way"
        if self._left is None or self._ended == len(self._runs):
            return text
        return f"{text}, about {duration(max(0.0, self._left - (time.monotonic() - self._known)))} left"

    def _estimate(self, ended: bool) -> None:
        """Look how the study stands, and how much time is left; of large studies, seldom."""
        begun = time.monotonic()
        if begun < self._again and not (ended and self._cost < 1):
            return
        self._left = seconds_left(read_states(self._study, self._jobs), at_once=self._at_once)
        self._known = time.monotonic()
        self._cost = self._known - begun
        self._again = self._known + max(10.0, self._cost / _SHARE)
