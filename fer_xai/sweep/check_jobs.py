"""Finds mistakes in the configs of a sweep before any of its runs begins."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, open_dict
from omegaconf.errors import OmegaConfBaseException

from fer_xai.errors import UserError
from fer_xai.results.plan import Job
from fer_xai.run.remarks import remarks

#: Launchers whose runs are done on the machine that starts them.
_HERE = ("BasicLauncher", "JoblibLauncher")
_PLACE = re.compile(r"(fold|seed)=\d+")


def check_jobs(jobs: Sequence[Job], compose: Callable[[Sequence[str]], DictConfig]) -> list[str]:
    """Refuse a sweep none of whose runs could begin.

    A mistake in some of them is left to these: they record it, and the others go on.

    Args:
        jobs: that are to be done.
        compose: gives the config of a job from its overrides, with its `hydra` node.

    Returns:
        What a user should know of the configs, each line once: remarks on sound ones, and mistakes in some of them.

    Raises:
        HydraException: a config that cannot be composed at all.
        UserError: the mistake in the first config, where every one has a mistake.
        OmegaConfBaseException: likewise.
    """
    first: Exception | None = None
    sound = not jobs
    notes: dict[str, None] = {}
    for number in covering([job.overrides for job in jobs]):
        config = compose(jobs[number].overrides)
        mistake = config_mistake(config)
        if mistake is None:
            sound = True
            notes |= dict.fromkeys(remarks(config))
        else:
            first = first or mistake
            notes[f"will fail: {' '.join(jobs[number].overrides)}: {in_one_line(mistake)}"] = None
    if first is not None and not sound:
        raise first
    return list(notes)


def check_each(jobs: Sequence[Job], compose: Callable[[Sequence[str]], DictConfig]) -> dict[str, Exception]:
    """The mistake of every run that could not begin.

    Args:
        jobs: as for `check_jobs`.
        compose: likewise.

    Returns:
        Key of the job -> its mistake.
    """
    mistakes: dict[tuple[str, ...], Exception | None] = {}
    by_job = {}
    for job in jobs:
        kind = kind_of(job)
        if kind not in mistakes:
            try:
                mistakes[kind] = config_mistake(compose(job.overrides))
            except (HydraException, OmegaConfBaseException) as error:
                mistakes[kind] = _uncomposed(error, job)
        if (mistake := mistakes[kind]) is not None:
            by_job[job.key] = mistake
    return by_job


def kind_of(job: Job) -> tuple[str, ...]:
    """What is said of a job but for fold and seed: which folds there are is a question of the data."""
    return tuple(text for text in job.overrides if not _PLACE.fullmatch(text))


def covering(jobs: Sequence[Sequence[str]]) -> Iterator[int]:
    """Numbers of some jobs in which every override occurs, digits aside: they find what cannot be composed."""
    seen: set[str] = set()
    for number, job in enumerate(jobs):
        fresh = {text for text in job if not text.split("=", 1)[-1].isdigit()} - seen
        if fresh or number == 0:
            seen |= fresh
            yield number


def config_mistake(config: DictConfig) -> Exception | None:
    """What a run of this config would refuse before any work.

    Args:
        config: composed, for a run of a sweep with its `hydra` node, which is taken away.
    """
    # Imports torch, which a finished study does without.
    from fer_xai.config.check import check_config, check_hydra
    from fer_xai.config.settle import settle
    from fer_xai.run.check_run import check_choices, check_machine
    from fer_xai.run.log_file import quiet_terminal

    quiet_terminal()
    done_here = runs_here(config)
    try:
        settle(config)
        if "hydra" in config:
            check_hydra(config)
            with open_dict(config):
                # As Hydra does for the run.
                config.study_dir = config.hydra.sweep.dir
                del config["hydra"]
        check_config(config)
        check_choices(config)
        if done_here:
            check_machine(config)
    except UserError as error:
        return error
    except OmegaConfBaseException as error:
        from fer_xai.config.messages import one_line

        return UserError(one_line(error))
    return None


def runs_here(config: DictConfig) -> bool:
    """Whether the runs of a sweep are done on this machine; a single run is."""
    return "hydra" not in config or config.hydra.launcher._target_.endswith(_HERE)


def refusal(wrong: Mapping[str, Exception], runs: int) -> UserError:
    """What to say of a command of which some runs cannot begin.

    Args:
        wrong: keys of jobs with their mistakes.
        runs: how many runs the command has.
    """
    lines = list(dict.fromkeys(in_one_line(error) for error in wrong.values()))
    more = f"; and {len(lines) - 1} more mistakes, which dry_run=true lists" if len(lines) > 1 else ""
    which = f" ({len(wrong)} of {runs} runs)" if len(wrong) < runs else ""
    return UserError(f"{lines[0]}{which}{more}")


def in_one_line(error: Exception) -> str:
    """What an error says, without line breaks."""
    return " ".join(str(error).split())


def _uncomposed(error: Exception, job: Job) -> UserError:
    """Why a job's config cannot be composed, as it would be said of a single run."""
    from fer_xai.config.messages import one_line

    sweeping = GlobalHydra.instance().hydra
    # For the key that was meant, a config is composed without the one that was said.
    GlobalHydra.instance().hydra = None
    try:
        return UserError(one_line(error, "train", job.overrides))
    finally:
        GlobalHydra.instance().hydra = sweeping
