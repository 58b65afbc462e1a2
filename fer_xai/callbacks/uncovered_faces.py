"""What a network answered while each face was uncovered tile by tile, as rows of a run's `uncovering.csv`."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fer_xai.explainers.uncovering import PEOPLE, Trials, Uncovering

#: A row of `uncovering.csv`: image, group, expression (that the face shows), orders, tiles (that the mean answer
#: needed), criterion and set_by (what it was found with: the part of the split, or `setting`), columns and rows of the
#: grid, `answer_NAME` (how many orders ended with that answer), and t0, t1 ...: what each tile was worth to right
#: answers, in per cent; no value where none was quick.
Face = dict[str, Any]

#: An image's name, the group that it belongs to, and the expression that it shows.
Place = tuple[str, int, str]


def experiment_of(part: object) -> Uncovering | None:
    """An explainer that uncovers faces tile by tile; None of another one."""
    return part if isinstance(part, Uncovering) else None


def face_rows(
    experiment: Uncovering, trials: Trials, places: Sequence[Place], classes: Sequence[str], part: str | None
) -> list[Face]:
    """A row for each face that could be covered.

    Args:
        experiment: that was done.
        trials: what came out.
        places: of all faces of the question, in order.
        classes: names of the network's classes.
        part: of the split, by whose faces the criterion was found unless it was set.
    """
    grid, set_by = experiment.grid, (part or "each face") if experiment.criterion == PEOPLE else "setting"
    rows: list[Face] = []
    for number, face in enumerate(trials.faces.tolist()):
        image, group, expression = places[face]
        named = np.bincount(trials.answers[number], minlength=len(classes)).tolist()
        weights = trials.weights(number, list(classes).index(expression)).tolist()
        rows.append(
            {
                **{"image": image, "group": group, "expression": expression, "orders": len(trials.needed[number])},
                **{"tiles": trials.needed[number].mean(), "criterion": trials.criterion[number], "set_by": set_by},
                **{"columns": grid.columns, "rows": grid.rows},
                **{f"answer_{name}": count for name, count in zip(classes, named, strict=True)},
                **{f"t{tile}": weight for tile, weight in enumerate(weights)},
            }
        )
    return rows


def face_table(shares: Iterable[Iterable[Face]]) -> pd.DataFrame | None:
    """What all processes have found, by expression and image; None where no face could be covered."""
    table = pd.DataFrame([row for share in shares for row in share])
    return table.sort_values(["expression", "image"], ignore_index=True) if len(table) else None
