"""What a command would do, without doing it: its runs, what stands against each of them, and the time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rich.console import Console

from fer_xai.data.sources.reader import MissingDataSet
from fer_xai.results.duration import duration
from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import Job, RunState, read_states
from fer_xai.sweep.check import check_each, in_one_line, refusal
from fer_xai.sweep.folds import impossible_folds
from fer_xai.sweep.pace import seconds_left
from fer_xai.sweep.pending import pending
from fer_xai.sweep.status import counts, print_states


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
    console = Console()
    print_states(console, states, {job.key: _note(job.key, ahead, wrong, away) for job in jobs})
    if away and len(away) == len(todo):
        reason = f"the data are not here: {in_one_line(next(iter(away.values())))}"
        console.print(reason, highlight=False, markup=False, soft_wrap=True)
    sound = [job for job in sound if job.key not in wrong]
    print(f"{counts(states)}; {_time_words(everything, sound, compose)}")
    if wrong:
        raise refusal(wrong, len(jobs))


def _note(key: str, ahead: set[str], wrong: Mapping[str, Exception], away: Mapping[str, Exception]) -> str:
    if key in wrong:
        return f"cannot begin: {in_one_line(wrong[key])}"
    # What holds for all is said once.
    missing = f"; {in_one_line(away[key])}" if key in away and len(away) < len(ahead) else ""
    return f"would be done{missing}" if key in ahead else "would not be done"


def _time_words(everything: Sequence[RunState], todo: Sequence[Job], compose: Any) -> str:
    if not todo:
        return "nothing to do"
    keys = {job.key for job in todo}
    states = [replace(state, status="planned") if state.job in keys else state for state in everything]
    left = seconds_left(states, at_once=1)
    return "time unknown" if left is None else f"about {duration(left)} by what runs took here"
