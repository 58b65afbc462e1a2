"""Whether a study's analysis is of the runs that it has now."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from fer_xai import __version__
from fer_xai.config.fingerprint import METHOD_VERSION
from fer_xai.errors import UserError
from fer_xai.files import read_json, write_json
from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import RunState


def is_analysed(study: StudyPaths, states: Sequence[RunState], settings: Any) -> bool:
    """Whether tables, page and figures are all there and are of these runs.

    Args:
        study: the study.
        states: of all runs.
        settings: of the analysis, as JSON can hold them.
    """
    noted = _noted(study)
    files = noted.get("files")
    if noted.get("runs") != _source(states, settings) or not isinstance(files, Mapping):
        return False
    return files.items() <= _sizes(study).items()


def is_logged(study: StudyPaths, wandb: Mapping[str, Any]) -> bool:
    """Whether wandb has this analysis already.

    Args:
        study: an analysed study.
        wandb: settings of the study's wandb run.
    """
    return _noted(study).get("wandb") == _place(wandb)


def mark_analysed(
    study: StudyPaths, states: Sequence[RunState], settings: Any, wandb: Mapping[str, Any] | None
) -> None:
    """Note which runs the analysis is of, which files it has written, and where it was logged."""
    noted = {"runs": _source(states, settings), "files": _sizes(study), "wandb": _place(wandb) if wandb else None}
    write_json(study.analysed, noted)


def _noted(study: StudyPaths) -> Mapping[str, Any]:
    try:
        noted = read_json(study.analysed) if study.analysed.exists() else {}
    except UserError:
        return {}
    return noted if isinstance(noted, Mapping) else {}


def _place(wandb: Mapping[str, Any]) -> list[Any]:
    return [wandb["project"], wandb.get("entity"), wandb.get("offline", True)]


def _sizes(study: StudyPaths) -> dict[str, int]:
    """Sizes in bytes of the files of analysis and report, by their paths in the study."""
    paths = (path for folder in (study.analysis, study.report) for path in folder.rglob("*"))
    files = (path for path in paths if path.is_file() and path != study.analysed)
    return {path.relative_to(study.root).as_posix(): path.stat().st_size for path in files}


def _source(states: Sequence[RunState], settings: Any) -> str:
    runs = sorted((state.name, state.status, state.reason, state.run_fingerprint) for state in states if state.name)
    finished = sorted(state.record.finished for state in states if state.record is not None)
    text = json.dumps([__version__, METHOD_VERSION, runs, finished, settings], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
