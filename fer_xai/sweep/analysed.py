"""Whether a study's analysis is of the runs that it has now."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from fer_xai import __version__
from fer_xai.errors import UserError
from fer_xai.fingerprint import METHOD_VERSION
from fer_xai.results.files import read_json, write_json
from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import RunState


def is_analysed(study: StudyPaths, states: Sequence[RunState], settings: Any) -> bool:
    """Whether tables and page are there and are of these runs.

    Args:
        study: the study.
        states: of all runs.
        settings: of the analysis, as JSON can hold them.
    """
    if not (study.analysed.exists() and (study.report / "index.html").exists()):
        return False
    try:
        return read_json(study.analysed) == _source(states, settings)
    except UserError:
        return False


def mark_analysed(study: StudyPaths, states: Sequence[RunState], settings: Any) -> None:
    """Note which runs the analysis is of."""
    write_json(study.analysed, _source(states, settings))


def _source(states: Sequence[RunState], settings: Any) -> dict[str, str]:
    runs = sorted((state.name, state.status, state.reason, state.run_fingerprint) for state in states if state.name)
    finished = sorted(state.record.finished for state in states if state.record is not None)
    text = json.dumps([__version__, METHOD_VERSION, runs, finished, settings], sort_keys=True, default=str)
    return {"runs": hashlib.sha256(text.encode()).hexdigest()}
