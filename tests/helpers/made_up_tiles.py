"""Tables of an experiment with tiles."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.face.canonical import canonical_points

#: Width and height of the made-up stimuli.
SIZE = (60, 80)
LANDMARKS = canonical_points(SIZE[::-1])[:68]
#: Frame in which maps of them are quickly made.
FRAME = (55, 45)


def stimuli_table(expressions: dict[str, str]) -> pd.DataFrame:
    """Stimuli -> expressions, all with the same landmarks."""
    points = {f"{axis}{n}": value for n, point in enumerate(LANDMARKS) for axis, value in zip("xy", point, strict=True)}
    facts = {"width": SIZE[0], "height": SIZE[1], **points}
    return pd.DataFrame([{"stimulus": name, "expression": shown, **facts} for name, shown in expressions.items()])


def write(folder: Path, stimuli: dict[str, str], rows: pd.DataFrame, **how: Any) -> dict[str, str]:
    """Write both tables; gives the settings that name them."""
    stimuli_table(stimuli).to_csv(folder / "stimuli.csv", index=False, **how)
    rows.to_csv(folder / "answers.csv", index=False, **how)
    return {"files": str(folder / "answers.csv"), "stimuli": str(folder / "stimuli.csv")}


def weights_table(weights: dict[tuple[str, str], np.ndarray]) -> pd.DataFrame:
    """(observer, stimulus) -> a weight per tile."""
    columns = [f"t{n}" for n in range(len(next(iter(weights.values()))))]
    who = pd.DataFrame(weights.keys(), columns=["observer", "stimulus"])
    return who.join(pd.DataFrame(np.stack(list(weights.values())), columns=columns))
