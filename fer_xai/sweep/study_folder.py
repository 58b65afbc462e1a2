"""The folder of a study: the same for all of its runs, and no place where other things lie."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf, read_write
from omegaconf.errors import OmegaConfBaseException

import fer_xai
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError
from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import Job
from fer_xai.sweep.sweeper import makes_study

#: What stays the same from one run of a sweep to the next.
_SAME = re.compile(r"\$\{(now:[^${}]*|oc\.env:[^${}]*|hydra:(runtime\.cwd|runtime\.version|job\.name))\}")
_TIME = re.compile(r"\$\{now:")
#: What a study's runs are to be told apart by.
_INSTEAD = "each run has a folder of its own in it, runs/NAME"


def check_study_dir(config: DictConfig, sweep: bool) -> None:
    """Refuse a folder that is no study's, by what the settings say before any run is composed.

    Args:
        config: composed, with its `hydra` node.
        sweep: whether it is that of a sweep, in place of a single run.

    Raises:
        UserError: naming the key, and what would be right there.
    """
    key = "hydra.sweep.dir" if sweep else "hydra.run.dir"
    study_dir = _raw(config, "study_dir")
    if study_dir != "${hydra:runtime.output_dir}":
        raise UserError(f"study_dir={study_dir}: set {key}={study_dir} instead, which study_dir follows")
    if sweep:
        subdir = str(_raw(config, "hydra.sweep.subdir"))
        if Path(subdir) != Path():
            raise UserError(
                f"hydra.sweep.subdir={subdir}: a study's runs share hydra.sweep.dir; leave this key out, {_INSTEAD}"
            )
        if "${" in _SAME.sub("", str(_raw(config, key))) and not makes_study(config):
            raise _scattering(config)
    folder = _resolved(config) if sweep else str(config.hydra.run.dir)
    if not folder.strip():
        # It would be the current folder, and whatever lies there would be among the study's files.
        raise UserError(f"{key}={folder}: give a folder, such as multirun/mine")
    _check_place(key, Path(folder))


def fix_study_dir(config: DictConfig, jobs: Sequence[Job], compose: Callable[[Sequence[str]], Any]) -> bool:
    """Make sure that all runs go to one study, and that none of them finds another folder later.

    Args:
        config: of a sweep, with its `hydra` node; its folder is written into it as it is now.
        jobs: all runs.
        compose: gives the config of a job from its overrides.

    Returns:
        Whether the folder holds the time, so that the same command begins a study of its own.

    Raises:
        UserError: the folder would be another one for some run.
    """
    raw = str(_raw(config, "hydra.sweep.dir"))
    if "${" not in raw:
        return False
    folder = _resolved(config)
    if "${" in _SAME.sub("", raw):
        for job in jobs:
            other = _resolved(compose(job.overrides))
            if other != folder:
                raise _scattering(config, f", e.g. {other}")
    # A job's config is composed anew, at another time and perhaps in another process.
    quoted = folder.replace("\\", "\\\\").replace("'", "\\'")
    with read_write(config.hydra):
        config.hydra.sweep.dir = folder
        config.hydra.overrides.hydra.append(f"hydra.sweep.dir='{quoted}'")
    return bool(_TIME.search(raw))


def _raw(config: DictConfig, key: str) -> Any:
    """A value as it is written, interpolations and all."""
    *above, last = key.split(".")
    node = OmegaConf.select(config, ".".join(above)) if above else config
    content: Any = OmegaConf.to_container(node, resolve=False)
    return content[last]


def _resolved(config: DictConfig) -> str:
    try:
        return str(config.hydra.sweep.dir)
    except (OmegaConfBaseException, ValueError):
        raise _scattering(config) from None


def _scattering(config: DictConfig, example: str = "") -> UserError:
    return UserError(
        f"hydra.sweep.dir={_raw(config, 'hydra.sweep.dir')}: the runs of a study share one folder, and this one "
        f"depends on the run{example}: give a folder that is the same for all; {_INSTEAD}"
    )


def _check_place(key: str, folder: Path) -> None:
    """Refuse a file, the program's own folders, and those that a study keeps for itself."""
    whole = folder.expanduser().absolute()
    for part in (whole, *whole.parents):
        if part.exists() and not part.is_dir():
            raise UserError(f"{key}={folder}: {part} is a file; a study is a folder")
    for own in (Path(fer_xai.__file__).parent, conf_dir()):
        if whole.resolve().is_relative_to(own.resolve()):
            raise UserError(f"{key}={folder} lies in the program's own folder {own}: choose one outside of it")
    for above in whole.parents:
        study = StudyPaths(above)
        kept = (study.runs, study.trained, study.analysis, study.report)
        if study.plan.exists() and any(whole.is_relative_to(path) for path in kept):
            raise UserError(f"{key}={folder} lies within the study {above}: choose a folder of its own")
