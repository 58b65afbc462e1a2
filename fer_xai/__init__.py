"""Do networks that recognise facial expressions look where people look?

The functions named here are the program's parts for notebooks and scripts. Each is imported when it is first asked for.
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer_xai.library.averaging import global_heatmaps
    from fer_xai.library.drawing import draw_face, draw_interventions
    from fer_xai.library.explaining import explain
    from fer_xai.library.faces import find_landmarks, prepare_faces, read_faces, warp
    from fer_xai.library.heatmaps import Heatmaps, LocalHeatmaps
    from fer_xai.library.scores import compare_maps, reference, score
    from fer_xai.library.studies import read_study, study_heatmaps

__version__ = "0.1.0"

__all__ = [
    "Heatmaps",
    "LocalHeatmaps",
    "compare_maps",
    "draw_face",
    "draw_interventions",
    "explain",
    "find_landmarks",
    "global_heatmaps",
    "prepare_faces",
    "read_faces",
    "read_study",
    "reference",
    "score",
    "study_heatmaps",
    "warp",
]

#: Module of the library -> the names that it gives.
_LIBRARY = {
    "averaging": ("global_heatmaps",),
    "drawing": ("draw_face", "draw_interventions"),
    "explaining": ("explain",),
    "faces": ("find_landmarks", "prepare_faces", "read_faces", "warp"),
    "heatmaps": ("Heatmaps", "LocalHeatmaps"),
    "scores": ("compare_maps", "reference", "score"),
    "studies": ("read_study", "study_heatmaps"),
}
_MODULES = {name: f"fer_xai.library.{module}" for module, names in _LIBRARY.items() for name in names}

# Threads of OpenMP that wait actively take the cores from whatever else the machine does, and a training step beside
# it then takes twenty times as long. The libraries read this once, when they are loaded; children inherit it.
if not os.environ.keys() & {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"}:
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"


def __getattr__(name: str) -> Any:
    """Import a function of the library when it is asked for, so that importing the package stays quick."""
    if name not in _MODULES:
        raise AttributeError(f"module 'fer_xai' has no attribute '{name}'")
    value = getattr(importlib.import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
