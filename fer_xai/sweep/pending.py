"""Which jobs of a sweep are still to be done."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from fer_xai.errors import UserError
from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import Job, RunState
from fer_xai.results.run import changed
from fer_xai.results.run_status import Status

log = logging.getLogger(__name__)

#: Parts of the config that decide which faces there are.
_DATA_KEYS = ("study", "data", "landmarks", "prepare", "classes", "cache_dir")


def pending(
    study: StudyPaths,
    states: Sequence[RunState],
    jobs: Sequence[Job],
    compose: Callable[[Sequence[str]], Any],
    retry: bool = True,
) -> list[Job]:
    """The jobs that have to be done, or done again.

    A complete run is taken as done if its files are as they were written and its data are still the same; the data are
    looked at once for all runs that share them.

    Args:
        study: the study.
        states: what is known of each job.
        jobs: the jobs, as many.
        compose: gives the config of a job from its overrides.
        retry: whether runs that failed, or whose weights could not be had, are tried again.

    Returns:
        Some of `jobs`, in their order.
    """
    given_up = {Status.NOT_APPLICABLE} | (set() if retry else {Status.FAILED, Status.UNAVAILABLE})
    done: list[tuple[Job, RunState]] = []
    todo = set()
    for job, state in zip(jobs, states, strict=True):
        if state.status == Status.COMPLETE and not _from_file(job) and _is_whole(study, state):
            done.append((job, state))
        elif state.status not in given_up:
            todo.add(job.key)
    by_data = defaultdict(list)
    for job, state in done:
        by_data[tuple(text for text in job.overrides if is_data(text))].append((job, state))
    for members in by_data.values():
        now = _data_fingerprint(compose(members[0][0].overrides))
        changed = [
            job.key
            for job, state in members
            if now and state.record is not None and state.record.data.get("fingerprint") != now
        ]
        todo.update(changed)
    return [job for job in jobs if job.key in todo]


def _is_whole(study: StudyPaths, state: RunState) -> bool:
    assert state.record is not None
    return not changed(study.run(state.name), state.record)


def _key(override: str) -> str:
    return override.lstrip("+~").split("=", 1)[0]


def is_data(override: str) -> bool:
    """Whether an override is about which faces there are."""
    return _key(override).split(".")[0].split("@")[0] in _DATA_KEYS


def _from_file(job: Job) -> bool:
    """Whether a job reads a file of weights or of a split, whose content only the run itself looks at."""
    said = dict(text.lstrip("+").partition("=")[::2] for text in job.overrides)
    weights = said.get("pretrained", "false").strip("'\"").lower()
    return weights not in {"true", "false"} or "split.file" in said or "model.checkpoint" in said


def _data_fingerprint(cfg: Any) -> str:
    """Fingerprint of the faces that a config asks for; empty where they cannot be read here."""
    from fer_xai.config.settle import settle
    from fer_xai.data.configured_faces import faces_of

    try:
        settle(cfg)
        return faces_of(cfg).fingerprint
    except UserError as error:
        log.warning("the data cannot be read here, finished runs are taken as they are: %s", error)
        return ""
