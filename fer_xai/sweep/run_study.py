"""A sweep from its command line to its summary: what is asked for, what is done, what is to be done."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import joblib
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobStatus
from rich.console import Console

from fer_xai.errors import UserError
from fer_xai.results.claim import release_finished
from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import Job, read_states, write_plan
from fer_xai.results.run_status import AHEAD, Status
from fer_xai.sweep.at_once import runs_at_once
from fer_xai.sweep.check_folds import impossible_folds
from fer_xai.sweep.check_jobs import check_jobs, refusal, runs_here
from fer_xai.sweep.jobs import config_base, make_jobs
from fer_xai.sweep.listing import list_runs
from fer_xai.sweep.outcome import OUTCOME
from fer_xai.sweep.pending import pending
from fer_xai.sweep.side_by_side import shown_side_by_side
from fer_xai.sweep.study_folder import fix_study_dir
from fer_xai.sweep.study_status import print_states, summary_line
from fer_xai.terminal import say

log = logging.getLogger(__name__)


def do_study(sweeper: Any, arguments: list[str]) -> None:
    """Do those runs of a sweep that are not done yet; what became of them is left in `fer_xai.sweep.outcome`.

    Args:
        sweeper: Hydra's basic sweeper, set up.
        arguments: the overrides of the command line.

    Raises:
        UserError: no run at all, a mistake in every run that is to be done, or folds that cannot be; none is started.
    """
    config = sweeper.config
    OUTCOME.strict = config.strict
    jobs = _jobs(sweeper, arguments)
    if not jobs:
        raise UserError("there is no run to do: a range or a pattern among the settings gives nothing")
    load = sweeper.hydra_context.config_loader.load_sweep_config

    def compose(overrides: Sequence[str]) -> Any:
        return load(config, list(overrides))

    by_time = fix_study_dir(config, jobs, compose)
    study = StudyPaths(Path(config.hydra.sweep.dir))
    if config.dry_run:
        list_runs(study, jobs, compose, config.retry_failed)
        return
    states = read_states(study, jobs)
    todo = pending(study, states[: len(jobs)], jobs, compose, retry=config.retry_failed)
    if by_time:
        line = f"a new study; to go on with it, give the same command with hydra.sweep.dir={study.root}"
        say(line)
    for note in check_jobs(todo, compose):
        say(note)
    _refuse_folds(todo, compose)
    say(f"{len(jobs)} runs: {len(jobs) - len(todo)} done before, {len(todo)} to do")
    write_plan(study, jobs)
    release_finished(study)
    if runs_here(config):
        # The runs find the faces as they are prepared here, once for all.
        _refuse_folds(todo, compose, study)
    try:
        with _side_by_side(sweeper, study, todo):
            held = _launch(sweeper, study, todo, wait=False)
            if held:
                say(f"{len(held)} runs are not ended yet, here or elsewhere: looking at them again")
                _launch(sweeper, study, held, wait=True)
    finally:
        states = write_plan(study, jobs)
        OUTCOME.runs.extend(states[: len(jobs)])
    print_states(
        Console(stderr=True), [state for state in states if state.status not in {Status.COMPLETE, Status.SET_ASIDE}]
    )
    say(summary_line(states))


def _refuse_folds(
    jobs: Sequence[Job], compose: Callable[[Sequence[str]], Any], study: StudyPaths | None = None
) -> None:
    """End a sweep that asks for folds that cannot be: of the folds and the way to split, one is not what was meant.

    Data that cannot be read are left to the runs: others may have other data.
    """
    wrong, _ = impossible_folds(jobs, compose, study)
    if wrong:
        raise refusal(wrong, len(jobs))


def _jobs(sweeper: Any, arguments: list[str]) -> list[Job]:
    parser = OverridesParser.create(config_loader=sweeper.hydra_context.config_loader)
    overrides = parser.parse_overrides([*sweeper._parse_config(), *arguments])
    return make_jobs(sweeper.split_arguments(overrides, None)[0], config_base(sweeper.config.hydra))


def _side_by_side(sweeper: Any, study: StudyPaths, jobs: Sequence[Job]) -> AbstractContextManager[None]:
    """Settle how many runs a launcher of this machine does at once, and show them where there are several."""
    settings = getattr(sweeper.launcher, "joblib", None)
    if settings is None or not jobs:
        return nullcontext()
    if settings.get("n_jobs") == -1:
        # joblib's own default counts cores, of which there are more than GPUs.
        settings["n_jobs"] = runs_at_once(sweeper.config, len(jobs))
    # joblib would hand out several quick runs together, and a slow one among them.
    settings["batch_size"] = 1
    at_once = joblib.effective_n_jobs(settings["n_jobs"])
    return shown_side_by_side(study, jobs, at_once) if at_once > 1 else nullcontext()


def _launch(sweeper: Any, study: StudyPaths, jobs: Sequence[Job], wait: bool) -> list[Job]:
    """Hand jobs to the launcher; one that fails altogether loses none of the others.

    Returns:
        The jobs that were not ended: another process is at them, or the launcher failed.
    """
    size = sweeper.max_batch_size or max(1, len(jobs))
    if wait and hasattr(sweeper.launcher, "joblib"):
        # A process that dies takes the others with it: the second time, each run has only itself to blame.
        size = 1
    all_overrides = [[*job.overrides, f"job={job.key}", f"wait={str(wait).lower()}"] for job in jobs]
    held: list[Job] = []
    for start in range(0, len(all_overrides), size):
        batch = jobs[start : start + size]
        try:
            returned = sweeper.launcher.launch(all_overrides[start : start + size], initial_job_idx=start)
        except Exception as error:
            # A cluster's job that died takes its launcher with it, while others run or queue: all are looked at again.
            _say("the launcher failed", error)
            held += _not_ended(study, batch)
            continue
        launched = []
        for job, result in zip(batch, returned, strict=True):
            if result.status == JobStatus.FAILED:
                _say(f"could not be started: {' '.join(job.overrides)}", result._return_value)
            else:
                launched.append(job)
        held += _not_ended(study, launched)
    return held


def _not_ended(study: StudyPaths, jobs: Sequence[Job]) -> list[Job]:
    """The jobs that nobody has ended, well or badly."""
    states = zip(jobs, read_states(study, jobs), strict=False)
    return [job for job, state in states if state.status in AHEAD]


def _say(what: str, error: BaseException) -> None:
    line = f"{what}: {type(error).__name__}: {' '.join(str(error).split())[:500]}"
    say(line)
    log.info("%s", what, exc_info=error)
