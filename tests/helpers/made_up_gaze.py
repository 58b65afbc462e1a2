"""Made-up eye tracking in the forms that usual programs export it, with fixations whose places are known."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from fer_xai.face.canonical import CANONICAL_POINTS
from fer_xai.face.observers.numpy_warp import warp_to_canonical

#: Width and height of every stimulus, and landmarks of the face in it.
SIZE = (300, 360)
LANDMARKS = CANONICAL_POINTS[:68] * (200 / 224, 240 / 275) + (50, 60)
POINTS = [f"{axis}{i}" for i in range(68) for axis in "xy"]
EXPRESSIONS = ("anger", "fear", "happiness")
#: Where observers look for each expression, in pixels of the stimulus: the dense part of their fixations.
TARGETS = {"anger": (112, 128), "fear": (168, 150), "happiness": (150, 232)}


def write_stimuli(path: Path, names: Sequence[str], **columns: object) -> Path:
    """A table of stimuli whose expressions are in their names."""
    table = pd.DataFrame(np.tile(LANDMARKS.reshape(-1), (len(names), 1)), columns=POINTS)
    expressions = [next(word for word in EXPRESSIONS if word in name) for name in names]
    first = pd.DataFrame({"stimulus": names, "expression": expressions, "width": SIZE[0], "height": SIZE[1]})
    path.parent.mkdir(parents=True, exist_ok=True)
    first.assign(**columns).join(table).to_csv(path, index=False)
    return path


def fixations(observer: str, stimulus: str, rng: np.random.Generator, number: int = 6) -> pd.DataFrame:
    """Fixations of one observer on one stimulus: most of the time at the target of its expression, once elsewhere."""
    target = TARGETS[next(word for word in EXPRESSIONS if word in stimulus)]
    x = np.append(np.full(number - 1, target[0]), rng.integers(60, 240))
    y = np.append(np.full(number - 1, target[1]), rng.integers(70, 300))
    duration = rng.integers(200, 400, number)
    onset = np.concatenate([[0], np.cumsum(duration + 30)[:-1]])
    return pd.DataFrame(
        {
            "observer": observer,
            "stimulus": stimulus,
            "x": x,
            "y": y,
            "duration": duration,
            "onset": onset,
            "fixation index": range(1, number + 1),
        }
    )


def tobii_samples(rows: pd.DataFrame, samples: int = 4, first: int = 1, names: str = "{}({})") -> pd.DataFrame:
    """Rows as Tobii Studio writes them: several for each fixation, saccades and lost samples between.

    Args:
        rows: of `fixations`.
        samples: rows for each fixation.
        first: number of the first fixation in the recording.
        names: of columns with coordinates, from what they hold and of what they are pixels.
    """
    x, y = (names.format(f"FixationPoint{axis}", "MCSpx") for axis in "XY")
    parts = []
    for number, row in enumerate(rows.itertuples(), first):
        events = ["Fixation"] * samples + ["Saccade", "Unclassified"]
        lost = [False] * samples + [True, True]
        parts.append(
            pd.DataFrame(
                {
                    "RecordingTimestamp": 5000 + row.onset + 17 * np.arange(samples + 2),
                    "ParticipantName": row.observer,
                    "MediaName": f"{row.stimulus}.jpg",
                    "FixationIndex": ["" if gone else str(number) for gone in lost],
                    "SaccadeIndex": ["" if not gone else str(number) for gone in lost],
                    "GazeEventType": events,
                    "GazeEventDuration": [40 if gone else row.duration for gone in lost],
                    x: ["" if gone else str(row.x) for gone in lost],
                    y: ["" if gone else str(row.y) for gone in lost],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


@cache
def _sources() -> np.ndarray:
    """Which pixel of the stimuli each pixel of the canonical frame comes from, (2, y, x), infinite where from none."""
    columns, rows = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    source, valid = warp_to_canonical(np.stack([columns, rows])[None], LANDMARKS[None])
    return np.where(valid[0], source[0], np.inf)


def canonical(x: float, y: float) -> tuple[int, int]:
    """The pixel (column, row) of the canonical frame that a place on the stimuli comes to."""
    across, down = _sources()
    row, column = np.unravel_index(np.hypot(across - x, down - y).argmin(), across.shape)
    return int(column), int(row)


def peak(signed: np.ndarray) -> tuple[int, int]:
    """The column and row of a map's largest value."""
    row, column = np.unravel_index(np.nanargmax(signed), signed.shape)
    return int(column), int(row)
