"""The list of a study's runs and what became of each: `plan.json`, brought up to date from the runs' own records."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from fer_xai.config.fingerprint import ALONE
from fer_xai.errors import UserError
from fer_xai.files import read_json, write_json
from fer_xai.results.claim import holder, last_holder, study_claimed
from fer_xai.results.compatible import set_aside
from fer_xai.results.paths import RunPaths, StudyPaths
from fer_xai.results.run import RunRecord, outdated_files, read_run, what_to_do
from fer_xai.results.run_status import WITHOUT_RESULT, Status


@dataclass(frozen=True)
class Job:
    """One run of a sweep as it was asked for.

    Attributes:
        key: names it: a hash of all that was said, see `job_key`.
        overrides: what the command line and the study say about this run.
    """

    key: str
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class RunState:
    """What is known of one run.

    Attributes:
        status: how it stands; set aside where it is of an earlier command and no part of the study any more.
        name: of its folder; empty before it has one.
        job: key of the job of the latest command that asks for it; empty where none does.
        overrides: of that job.
        reason: why it is not complete, in one line.
        since: ISO time at which it was started, where it is running.
        where: machine, process and device, where it is running.
        seconds: how long it took, where it is complete.
        network: name of the network, where it is known.
        training_fingerprint: names the trained network.
        run_fingerprint: names the run.
    """

    status: Status
    name: str = ""
    job: str = ""
    overrides: tuple[str, ...] = ()
    reason: str = ""
    since: str = ""
    where: str = ""
    seconds: float = 0.0
    network: str = ""
    training_fingerprint: str = ""
    run_fingerprint: str = ""
    record: RunRecord | None = field(default=None, repr=False, compare=False)


def job_key(overrides: Sequence[str], base: str) -> str:
    """Names a job: 16 hexadecimal digits.

    Args:
        overrides: what is said about it, in any order.
        base: hash of all else that decides (the configs' files, the program's version).
    """
    return hashlib.sha256(json.dumps([base, *sorted(overrides)]).encode()).hexdigest()[:ALONE]


def write_plan(study: StudyPaths, jobs: Sequence[Job] | None = None) -> list[RunState]:
    """Write `plan.json`: every run with its state and its fingerprints.

    Args:
        study: the study.
        jobs: all of the latest command; None keeps those that the plan has.

    Returns:
        The states, as `read_states` gives them.

    Raises:
        UserError: the file cannot be written.
    """
    with study_claimed(study):
        states = read_states(study, jobs)
        keys = [item.name for item in fields(RunState) if item.name != "record"]
        rows = [{key: getattr(state, key) for key in keys} for state in states]
        write_json(study.plan, {"runs": rows})
    return states


def read_jobs(study: StudyPaths) -> list[Job]:
    """The jobs of the latest command, as the plan has them; none where there is no plan that can be read."""
    try:
        runs = read_json(study.plan)["runs"] if study.plan.exists() else []
        jobs = [Job(run["job"], tuple(run["overrides"])) for run in runs if run.get("job")]
        return jobs if all(isinstance(word, str) for job in jobs for word in (job.key, *job.overrides)) else []
    except (UserError, KeyError, TypeError, AttributeError):
        return []


def read_states(study: StudyPaths, jobs: Sequence[Job] | None = None) -> list[RunState]:
    """The state of every run: those of the latest command in its order, then all others by name.

    Args:
        study: the study.
        jobs: all of the latest command; None takes them from the plan.
    """
    jobs = read_jobs(study) if jobs is None else jobs
    by_key: dict[str, RunState] = {}
    everything = []
    for folder in sorted(path for path in study.runs.glob("*") if path.is_dir()):
        state, keys = _state(folder)
        if state is None:
            continue
        everything.append(state)
        for key in keys:
            if key not in by_key or _rank(state) > _rank(by_key[key]):
                by_key[key] = state
    wanted = [_of_job(by_key.get(job.key), job) for job in jobs]
    asked = {state.name for state in wanted if state.name}
    records = [state.record for state in everything if state.record is not None]
    apart = set_aside(records, {job.key for job in jobs})
    others = [state for state in everything if state.name not in asked]
    return wanted + [_of_no_job(state, apart) if jobs else state for state in others]


def _rank(state: RunState) -> tuple[bool, bool, str]:
    """Of several runs of one job: a run that could not be done before leaves its record until one is complete."""
    finished = state.record.finished if state.record is not None else ""
    return state.status == Status.COMPLETE, state.status == Status.RUNNING, finished


def _of_no_job(state: RunState, apart: Mapping[str, tuple[str, ...]]) -> RunState:
    """The state of a run that the latest command did not ask for."""
    if state.status == Status.COMPLETE and state.name in apart:
        reason = f"differs in {', '.join(apart[state.name])}" if apart[state.name] else "done again by a later one"
    elif state.status in WITHOUT_RESULT | {Status.INTERRUPTED}:
        reason = f"{state.status}: {state.reason}"
    else:
        return state
    return replace(state, status=Status.SET_ASIDE, reason=f"of an earlier command; {reason}")


def _of_job(state: RunState | None, job: Job) -> RunState:
    known = {} if state is None else {item.name: getattr(state, item.name) for item in fields(RunState)}
    return RunState(**({"status": Status.PLANNED} | known | {"job": job.key, "overrides": job.overrides}))


def _state(folder: Path) -> tuple[RunState | None, list[str]]:
    """What a run's folder tells, and the jobs that led to it."""
    worker = holder(folder)
    if worker is not None:
        device = f", {worker.device}" if worker.device else ""
        where = f"{worker.host}, process {worker.pid}{device}"
        return RunState(Status.RUNNING, folder.name, since=worker.started, where=where), list(worker.jobs)
    if not (folder / "run.json").exists():
        dead = last_holder(folder)
        if dead is None:
            return None, []
        reason = "ended without a record; the same command takes it up again"
        return RunState(Status.INTERRUPTED, folder.name, reason=reason), list(dead.jobs)
    try:
        record = read_run(folder)
    except UserError as error:
        return RunState(Status.DAMAGED, folder.name, reason=str(error)), []
    outdated = outdated_files(RunPaths(folder), record) if record.complete else ""
    if outdated:
        return RunState(Status.DAMAGED, folder.name, reason=f"{outdated}; {what_to_do(record)}"), []
    state = RunState(
        status=record.status,
        name=folder.name,
        reason=record.reason or "",
        seconds=record.seconds,
        network=record.network,
        training_fingerprint=record.training_fingerprint,
        run_fingerprint=record.run_fingerprint,
        record=record,
    )
    return state, list(record.jobs)
