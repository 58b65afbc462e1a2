"""The tables that belong to drawn faces: labels with action units, and landmarks."""

import numpy as np
import pandas as pd

from fer_xai.face.canonical import N_LANDMARKS
from fer_xai.synthetic.action_units import ACTION_UNITS, unit_name
from fer_xai.synthetic.picture_plan import Picture, drawing_id
from fer_xai.synthetic.planted import PlantedCue

#: Columns of the action units, e.g. `AU04`.
UNIT_COLUMNS: tuple[str, ...] = tuple(unit_name(unit) for unit in ACTION_UNITS)
#: x0, y0 ... x67, y67
POINT_COLUMNS: tuple[str, ...] = tuple(f"{axis}{i}" for i in range(N_LANDMARKS) for axis in "xy")


def label_table(pictures: list[Picture], size: int, planted: PlantedCue | None = None) -> pd.DataFrame:
    """What each picture of this side in pixels shows.

    Returns:
        Columns image (`images/NAME.png`), expression, subject, intensity, one per action unit (0 to 1) and drawing (see
        `drawing_id`). Where a cue is planted, also cue (its name, empty without it) and shown_in (the parts of a split
        that show this picture, see `PlantedCue.shown_in`).
    """
    rows = []
    for picture in pictures:
        intensity, units = picture.strength()
        shown = {unit_name(unit): round(units.get(unit, 0.0), 4) for unit in ACTION_UNITS}
        rows.append(
            {
                "image": f"images/{picture.name}.png",
                "expression": picture.expression,
                "subject": picture.subject_name,
                "intensity": round(intensity, 4),
                **shown,
                "drawing": drawing_id(picture, size),
            }
        )
    columns = ["image", "expression", "subject", "intensity", *UNIT_COLUMNS, "drawing"]
    table = pd.DataFrame(rows, columns=columns)
    if planted is None:
        return table
    shown_in = [planted.shown_in(picture) for picture in pictures]
    return table.assign(cue=[picture.cue for picture in pictures], shown_in=shown_in)


def landmark_array(pictures: list[Picture], size: int) -> np.ndarray:
    """True landmarks of the pictures, (n, 68, 2) float32 in pixels; nothing is drawn for it."""
    return np.array([picture.landmarks(size) for picture in pictures], np.float32).reshape(-1, 68, 2)


def landmark_table(images: list[str], landmarks: np.ndarray) -> pd.DataFrame:
    """Landmarks as columns image, x0, y0 ... x67, y67."""
    table = pd.DataFrame(landmarks.reshape(len(images), -1), columns=list(POINT_COLUMNS))
    table.insert(0, "image", images)
    return table
