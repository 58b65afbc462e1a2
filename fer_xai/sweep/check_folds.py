"""Finds folds that cannot be before any run of a sweep begins."""

import re
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from fer_xai.config.own import own_part
from fer_xai.config.settle import settle
from fer_xai.data.configured_faces import build_source, faces_of
from fer_xai.data.sources.merged import listed
from fer_xai.data.splits.base import Splitter
from fer_xai.data.splits.build import build_splitter, split_parts
from fer_xai.errors import UserError
from fer_xai.results.claim import preparing
from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import Job
from fer_xai.sweep.pending import is_data

_NUMBER = re.compile(r"[+]?fold=-?\d+")


def impossible_folds(
    jobs: Sequence[Job], compose: Callable[[Sequence[str]], Any], study: StudyPaths | None = None
) -> tuple[dict[str, Exception], dict[str, Exception]]:
    """Runs whose fold there is not, or whose fold leaves nothing to train on or to test.

    Args:
        jobs: that are to be done.
        compose: gives the config of a job from its overrides.
        study: prepare the faces as the runs would, leaving word in this study, and look at every part; None asks the
            tables of images only, which tell who there is and not whose faces can be found.

    Returns:
        Keys of jobs with what is wrong with their folds, and of those whose data cannot be read, with the reason.
    """
    folds: dict[str, Exception] = {}
    data: dict[str, Exception] = {}
    for members in _by_data_and_split(jobs).values():
        try:
            config = compose(members[0].overrides)
            frame, splitter = images_of(config, study), build_splitter(config.split)
        except (UserError, HydraException, OmegaConfBaseException) as error:
            data.update({job.key: error for job in members})
            continue
        known: dict[int, UserError | None] = {}
        for job in members:
            fold = _fold(job, config)
            if fold not in known:
                known[fold] = _mistake(config.split, splitter, frame, fold, whole=study is not None)
            if (mistake := known[fold]) is not None:
                folds[job.key] = mistake
    return folds, data


def _by_data_and_split(jobs: Sequence[Job]) -> dict[tuple[str, ...], list[Job]]:
    """Jobs that share data and the way to split them, by what is said of both."""
    groups: dict[tuple[str, ...], list[Job]] = {}
    for job in jobs:
        # What is taken from other keys may differ wherever they do.
        whole = any("${" in text for text in job.overrides)
        said = [text for text in job.overrides if whole or is_data(text) or _is_split(text)]
        groups.setdefault(tuple(text for text in said if not _NUMBER.fullmatch(text)), []).append(job)
    return groups


def _is_split(override: str) -> bool:
    return override.lstrip("+~").startswith(("split", "fold="))


def _fold(job: Job, config: Any) -> int:
    numbers = [int(text.split("=", 1)[1]) for text in job.overrides if _NUMBER.fullmatch(text)]
    return numbers[-1] if numbers else int(config.fold)


def images_of(config: Any, study: StudyPaths | None = None) -> Any:
    """The images that a config asks for, as `Splitter` takes them.

    Args:
        config: composed `train` config; its words are settled.
        study: find their faces, leaving word in this study; None takes the images as they are listed.

    Raises:
        UserError: data that cannot be read.
    """
    settle(config)
    if study is None:
        with own_part("data", config.data):
            return listed(build_source(config.data)).frame
    from fer_xai.data.copies.duplicates import find_duplicates

    with preparing(study) if study.root.exists() else nullcontext():
        faces = faces_of(config)
        return find_duplicates(faces, config.prepare.workers).mark(faces).frame


def _mistake(node: Any, splitter: Splitter, frame: Any, fold: int, whole: bool) -> UserError | None:
    try:
        with own_part("split", node):
            split_parts(node, splitter, frame, fold) if whole else splitter.check_fold(frame, fold)
    except UserError as error:
        return error
    return None
