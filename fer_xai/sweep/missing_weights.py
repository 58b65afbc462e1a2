"""Finds runs whose first weights another command has to make before."""

from collections.abc import Callable, Sequence
from typing import Any

from omegaconf import OmegaConf

from fer_xai.errors import UserError
from fer_xai.results.plan import Job
from fer_xai.sweep.check_jobs import kind_of


def missing_weights(jobs: Sequence[Job], compose: Callable[[Sequence[str]], Any]) -> dict[str, UserError]:
    """Runs that would begin with a file of weights that is not there.

    Args:
        jobs: whose configs are sound.
        compose: gives the config of a job from its overrides.

    Returns:
        Key of the job -> what is missing, and what makes it.
    """
    missing = {}
    first: dict[tuple[str, ...], Any] = {}
    for job in jobs:
        config = first.get(kind_of(job))
        # A name that is put together of other keys, such as the fold's, is each run's own.
        if config is None or OmegaConf.is_interpolation(config, "pretrained"):
            config = first[kind_of(job)] = compose(job.overrides)
        if (error := _missing(config.pretrained)) is not None:
            missing[job.key] = error
    return missing


def _missing(pretrained: bool | str) -> UserError | None:
    if isinstance(pretrained, bool):
        return None
    # Imports torch, which the listing of a finished study does without.
    from fer_xai.models.pretrained_weights import check_weights_file

    try:
        check_weights_file(pretrained)
    except UserError as error:
        return error
    return None
