"""What a command would do, without doing it: its runs, what stands against each of them, and the time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import joblib
from rich.console import Console

from fer_xai.data.sources.reader import MissingDataSet
from fer_xai.errors import UserError
from fer_xai.progress import track
from fer_xai.results.duration import duration
from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import Job, RunState, read_states
from fer_xai.results.run_status import Status
from fer_xai.sweep.at_once import runs_at_once
from fer_xai.sweep.check_folds import images_of, impossible_folds
from fer_xai.sweep.check_jobs import check_each, in_one_line, kind_of, refusal
from fer_xai.sweep.missing_weights import missing_weights
from fer_xai.sweep.pace import makespan, seconds_left
from fer_xai.sweep.pending import pending
from fer_xai.sweep.study_status import counts, print_states
from fer_xai.terminal import show


def list_runs(study: StudyPaths, jobs: Sequence[Job], compose: Callable[[Sequence[str]], Any], retry: bool) -> None:
    """Print the runs of a command, whether each would be done, what is wrong with it, and how long all would take.

    Args:
        study: where they would be.
        jobs: all that the command asks for.
        compose: gives the config of a job from its overrides.
        retry: whether runs that failed before would be tried again.

    Raises:
        UserError: some cannot begin; each of these is listed with the reason.
    """
    everything = read_states(study, jobs)
    states = everything[: len(jobs)]
    todo = pending(study, states, jobs, compose, retry=retry)
    wrong = check_each(todo, compose)
    sound = [job for job in todo if job.key not in wrong]
    folds, unread = impossible_folds(sound, compose)
    # Data that are not here yet are no mistake of a command that is looked at; those that are wrong are.
    away = {key: error for key, error in unread.items() if isinstance(error, MissingDataSet)}
    wrong |= folds | {key: error for key, error in unread.items() if key not in away}
    ahead = {job.key for job in todo}
    sound = [job for job in sound if job.key not in wrong]
    lacking = missing_weights(sound, compose)
    console = Console()
    print_states(console, states, {job.key: _note(job.key, ahead, wrong, away, lacking) for job in jobs})
    if away and len(away) == len(todo):
        reason = f"the data are not here: {in_one_line(next(iter(away.values())))}"
        show(console, reason)
    print(f"{counts(states)}; {_time_words(everything, sound, compose)}")
    if wrong:
        raise refusal(wrong, len(jobs))


def _note(
    key: str,
    ahead: set[str],
    wrong: Mapping[str, Exception],
    away: Mapping[str, Exception],
    lacking: Mapping[str, Exception],
) -> str:
    if key in wrong:
        return f"cannot begin: {in_one_line(wrong[key])}"
    if key in lacking:
        return f"would fail: {in_one_line(lacking[key])}"
    # What holds for all is said once.
    missing = f"; {in_one_line(away[key])}" if key in away and len(away) < len(ahead) else ""
    return f"would be done{missing}" if key in ahead else "would not be done"


def _time_words(everything: Sequence[RunState], todo: Sequence[Job], compose: Callable[[Sequence[str]], Any]) -> str:
    """How long the runs would take: as those did that are complete here, or else as timed steps say."""
    if not todo:
        return "nothing to do"
    kinds: dict[tuple[str, ...], list[Job]] = {}
    for job in todo:
        kinds.setdefault(kind_of(job), []).append(job)
    configs = [(compose(members[0].overrides), len(members)) for members in kinds.values()]
    keys = {job.key for job in todo}
    states = [replace(state, status=Status.PLANNED) if state.job in keys else state for state in everything]
    at_once = _at_once(configs[0][0], len(todo))
    side_by_side = f", {at_once} at a time" if at_once > 1 else ""
    left = seconds_left(states, at_once=at_once)
    known = {state.network for state in everything if state.record is not None and state.record.complete}
    # What other networks took says nothing of one that nobody has trained here.
    if left is not None and known >= {config.model.name for config, _ in configs}:
        return f"about {duration(left)}{side_by_side}, by the runs that are complete"
    timed = _by_timing(configs, at_once)
    if timed is None:
        return "time unknown"
    left, aside = timed
    what = ", ".join(["finding faces", *sorted(aside)])
    return f"about {duration(left)}{side_by_side}: an estimate from a few timed steps, {what} and analysis aside"


def _by_timing(configs: Sequence[tuple[Any, int]], at_once: int) -> tuple[float, set[str]] | None:
    """Seconds that all runs would take by a few timed steps, and what is not in them; None where that is not known.

    Args:
        configs: of each kind of run, with the number of its runs.
        at_once: how many runs go side by side.
    """
    # Imports torch, which the listing of a finished study does without.
    from fer_xai.sweep.estimate import Estimator

    estimator = Estimator(max(1, joblib.cpu_count() // at_once) if at_once > 1 else None)
    tasks: list[float] = []
    aside: set[str] = set()
    # Of one kind it is done in a moment.
    shown = track(configs, "timing networks", len(configs), transient=True, draw=len(configs) > 1)
    for config, number in shown:
        try:
            seconds = estimator.seconds(config, images_of(config))
        except UserError:
            return None
        if seconds is None:
            return None
        tasks += [seconds] * number
        aside |= {"tests of explainers"} if config.trust else set()
    return makespan(tasks, at_once), aside | estimator.untimed


def _at_once(config: Any, runs: int) -> int:
    """How many runs would go side by side."""
    launcher = config.hydra.launcher if "hydra" in config else {}
    if "n_jobs" not in launcher:
        return 1
    number = launcher["n_jobs"]
    return runs_at_once(config, runs) if number == -1 else min(runs, joblib.effective_n_jobs(number))
