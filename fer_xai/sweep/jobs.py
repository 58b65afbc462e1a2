"""The jobs of a sweep and their names."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from fer_xai import __version__
from fer_xai.config.fingerprint import METHOD_VERSION, NO_PART
from fer_xai.results.plan import Job, job_key


def make_jobs(combinations: Sequence[Sequence[str]], base: str) -> list[Job]:
    """The jobs of all combinations of overrides; the same combination twice is one job.

    Args:
        combinations: overrides of each.
        base: hash of all else that decides, see `config_base`.
    """
    all_overrides = [[text for text in overrides if text.split("=", 1)[0] not in NO_PART] for overrides in combinations]
    jobs = [Job(job_key(overrides, base), tuple(overrides)) for overrides in all_overrides]
    return list({job.key: job for job in jobs}.values())


def own_overrides(jobs: Sequence[Job]) -> dict[str, dict[str, str]]:
    """What tells jobs from one another: of each key of a job its overrides by their keys, but those that all share.

    Args:
        jobs: of one command.
    """
    said = {job.key: by_key(job.overrides) for job in jobs}
    keys = {key for own in said.values() for key in own}
    shared = {key for key in keys if len({own.get(key) for own in said.values()}) == 1}
    return {job: {key: text for key, text in own.items() if key not in shared} for job, own in said.items()}


def by_key(overrides: Sequence[str]) -> dict[str, str]:
    """Overrides by the keys that they set."""
    return {text.split("=", 1)[0].lstrip("+"): text for text in overrides}


def single_job(hydra: Any) -> Job:
    """The job that a single run is.

    Args:
        hydra: the config node `hydra` of the run.
    """
    return make_jobs([list(hydra.overrides.task)], config_base(hydra))[0]


def config_base(hydra: Any) -> str:
    """Hash of what decides besides the overrides: the files that configs are composed of, and the program's version.

    Args:
        hydra: the node `hydra` of a composed config.
    """
    digest = hashlib.sha256(f"{__version__} {METHOD_VERSION}".encode())
    sources = OmegaConf.select(hydra, "runtime.config_sources") or []
    folders = sorted({str(source.path) for source in sources if source.schema == "file"})
    for folder in map(Path, folders):
        for path in sorted(folder.rglob("*.yaml")):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
