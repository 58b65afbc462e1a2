"""Hydra's basic sweeper, which does only those runs of a study that are not done yet.

Hydra finds plugins in a package of the name `hydra_plugins` only, and loads them by itself: nothing else may import
this module.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobStatus
from rich.console import Console

from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import Job, read_states, write_plan
from fer_xai.sweep import outcome
from fer_xai.sweep.gpus import runs_at_once
from fer_xai.sweep.jobs import config_base, make_jobs
from fer_xai.sweep.pending import pending
from fer_xai.sweep.status import print_states, summary_line

log = logging.getLogger(__name__)


class StudySweeper(BasicSweeper):
    """All combinations of the values that are swept over, less those whose runs are complete.

    A finished study is recognised by its records, without composing a single config. Runs that another process does at
    the same time are left to it, and looked at again when all others are done.

    Args:
        max_batch_size: so many jobs are handed to the launcher at a time; None for all.
        params: values to sweep over beside those of the command line, which are stronger.
    """

    def __init__(self, max_batch_size: int | None = None, params: dict[str, str] | None = None) -> None:
        super().__init__(max_batch_size, params)

    def sweep(self, arguments: list[str]) -> Any:
        """Do what is to be done.

        Args:
            arguments: the overrides of the command line.

        Returns:
            What the launcher gives for each batch.
        """
        assert self.config is not None
        assert self.hydra_context is not None
        outcome.start(self.config.strict)
        study = StudyPaths(Path(self.config.hydra.sweep.dir))
        jobs = self._jobs(arguments)
        states = read_states(study, jobs)
        todo = pending(study, states[: len(jobs)], jobs, self._compose, retry=self.config.retry_failed)
        console = Console(stderr=True)
        if self.config.dry_run:
            print_states(Console(), states[: len(jobs)], todo)
            print(summary_line(states[: len(jobs)]))
            return []
        console.print(f"{len(jobs)} runs: {len(jobs) - len(todo)} done before, {len(todo)} to do", highlight=False)
        write_plan(study, jobs)
        try:
            results = self._launch(todo, wait=False)
            held = {state.job for state in read_states(study, jobs)[: len(jobs)] if state.status == "running"}
            results += self._launch([job for job in todo if job.key in held], wait=True)
        finally:
            states = write_plan(study, jobs)
            outcome.RUNS.extend(states[: len(jobs)])
        print_states(console, [state for state in states if state.status != "complete"])
        console.print(summary_line(states), highlight=False, markup=False, soft_wrap=True)
        return results

    def _jobs(self, arguments: list[str]) -> list[Job]:
        assert self.hydra_context is not None
        parser = OverridesParser.create(config_loader=self.hydra_context.config_loader)
        overrides = parser.parse_overrides([*self._parse_config(), *arguments])
        combinations = self.split_arguments(overrides, None)[0]
        return make_jobs(combinations, config_base(self.config))

    def _compose(self, overrides: Sequence[str]) -> Any:
        assert self.hydra_context is not None
        return self.hydra_context.config_loader.load_sweep_config(self.config, list(overrides))

    def _launch(self, jobs: Sequence[Job], wait: bool) -> list[Any]:
        """Hand jobs to the launcher; one that fails altogether loses none of the others."""
        assert self.launcher is not None
        assert self.config is not None
        settings = getattr(self.launcher, "joblib", None)
        if settings is not None and settings.get("n_jobs") == -1:
            # joblib's own default counts cores, of which there are more than GPUs.
            settings["n_jobs"] = runs_at_once(self.config.trainer.devices)
        size = self.max_batch_size or max(1, len(jobs))
        batches = [jobs[start : start + size] for start in range(0, len(jobs), size)]
        told = [[[*job.overrides, f"job={job.key}", f"wait={str(wait).lower()}"] for job in batch] for batch in batches]
        self.validate_batch_is_legal(list(covering([job for batch in told for job in batch])))
        results = []
        for number, batch in enumerate(told):
            try:
                returned = self.launcher.launch(batch, initial_job_idx=number * size)
            except Exception as error:
                # A cluster's job that died takes its launcher with it; its run is taken up by the next command.
                _say("the launcher failed", error)
                continue
            for job in returned:
                if job.status == JobStatus.FAILED:
                    _say(f"could not be started: {' '.join(job.overrides or ())}", job._return_value)
            results.append(returned)
        return results


def covering(jobs: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Some jobs in which every override occurs, numbers aside: composing these finds what cannot be composed."""
    seen: set[str] = set()
    for job in jobs:
        fresh = {text for text in job if not text.split("=", 1)[-1].isdigit() and not text.startswith("job=")} - seen
        if fresh:
            seen |= fresh
            yield job


def _say(what: str, error: BaseException) -> None:
    line = f"{what}: {type(error).__name__}: {' '.join(str(error).split())[:500]}"
    Console(stderr=True).print(line, highlight=False, markup=False, soft_wrap=True)
    log.info("%s", what, exc_info=error)
