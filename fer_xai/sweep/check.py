"""Finds mistakes in the configs of a sweep before any of its runs begins."""

from collections.abc import Callable, Iterator, Sequence

from omegaconf import DictConfig, open_dict
from omegaconf.errors import OmegaConfBaseException

from fer_xai.config.remarks import remarks
from fer_xai.errors import UserError
from fer_xai.results.plan import Job

#: Launchers whose runs are done on the machine that starts them.
_HERE = ("BasicLauncher", "JoblibLauncher")


def check_jobs(jobs: Sequence[Job], compose: Callable[[Sequence[str]], DictConfig]) -> list[str]:
    """Refuse a sweep none of whose runs could begin.

    A mistake in some of them is left to these: they record it, and the others go on.

    Args:
        jobs: that are to be done.
        compose: gives the config of a job from its overrides, with its `hydra` node.

    Returns:
        What a user should know of the configs, each line once.

    Raises:
        HydraException: a config that cannot be composed at all.
        UserError: the mistake in the first config, where every one has a mistake.
        OmegaConfBaseException: likewise.
    """
    first: Exception | None = None
    sound = False
    notes: dict[str, None] = {}
    for overrides in covering([job.overrides for job in jobs]):
        config = compose(overrides)
        if not sound:
            mistake = _mistake(config)
            first, sound = first or mistake, mistake is None
            if sound:
                notes |= dict.fromkeys(remarks(config))
    if first is not None and not sound:
        raise first
    return list(notes)


def covering(jobs: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Some jobs in which every override occurs, numbers aside: composing these finds what cannot be composed."""
    seen: set[str] = set()
    for number, job in enumerate(jobs):
        fresh = {text for text in job if not text.split("=", 1)[-1].isdigit()} - seen
        if fresh or number == 0:
            seen |= fresh
            yield job


def _mistake(config: DictConfig) -> Exception | None:
    """What a run of this config would refuse before any work."""
    # Imports torch, which a finished study does without.
    from fer_xai.config.check import check_config
    from fer_xai.config.choices import check_choices, check_machine
    from fer_xai.config.words import settle_words

    done_here = config.hydra.launcher._target_.endswith(_HERE)
    with open_dict(config):
        # As Hydra does for the run.
        config.study_dir = config.hydra.sweep.dir
        del config["hydra"]
    try:
        settle_words(config)
        check_config(config)
        check_choices(config)
        if done_here:
            check_machine(config)
    except (UserError, OmegaConfBaseException) as error:
        return error
    return None
