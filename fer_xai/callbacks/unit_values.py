"""What action units are worth to the network, image by image, as rows of a run's `action_units.csv`."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from fer_xai.explainers.evidence import Evidence, KnownEvidence

#: Columns of `action_units.csv`. A unit of no visible effect has no value; error: standard error, 0 where exact.
COLUMNS = ("image", "group", "expression", "unit", "value", "error")

#: An image's name, the group that it belongs to, and the expression that is explained.
Place = tuple[str, int, str]
Row = tuple[str, int, str, str, float, float]


def known_evidence_of(part: object) -> KnownEvidence | None:
    """The interventions that an explainer or a test makes, if it makes any."""
    evidence = getattr(part, "evidence", None)
    return evidence if isinstance(evidence, KnownEvidence) else None


def unit_rows(places: Iterable[Place], found: Sequence[Evidence | None]) -> list[Row]:
    """Rows with the columns `COLUMNS`, one per player and unit of no visible effect; none for photographs.

    Args:
        places: of the images, in order.
        found: what interventions say of them.
    """
    rows: list[Row] = []
    for place, evidence in zip(places, found, strict=True):
        if evidence is not None:
            figures = zip(evidence.players.names, evidence.values.tolist(), evidence.errors.tolist(), strict=True)
            rows += [(*place, *figure) for figure in figures]
            rows += [(*place, unit, np.nan, np.nan) for unit in evidence.players.invisible]
    return rows


def unit_table(shares: Iterable[Iterable[Row]]) -> pd.DataFrame:
    """What all processes have found, columns `COLUMNS`, by expression and image."""
    table = pd.DataFrame([row for share in shares for row in share], columns=list(COLUMNS))
    return table.sort_values(["expression", "image"], kind="stable", ignore_index=True)
