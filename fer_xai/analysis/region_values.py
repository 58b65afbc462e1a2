"""What each region of the face speaks for: signed values of regions, averaged over the images of all folds."""

from collections.abc import Sequence

import pandas as pd

from fer_xai.metrics.bootstrap import REPLICATES
from fer_xai.results.paths import RunPaths
from fer_xai.results.study import Network
from fer_xai.scoring.means_over_people import means_over_people

_READ = ("explainer", "image", "group", "expression", "region", "value")

#: Columns of `regions.csv`. expression empty: the mean over the expressions.
COLUMNS = ("network", "pretrained", "explainer", "expression", "region", "value", "low", "high", "n")


def regions_table(
    networks: Sequence[Network], expressions: Sequence[str], replicates: int = REPLICATES
) -> pd.DataFrame:
    """Mean value of each region by network and expression, with intervals from the bootstrap over people.

    Args:
        networks: in the order of the table; those without values of regions are passed over.
        expressions: in the order of the table.
        replicates: of the bootstrap.

    Returns:
        Columns `COLUMNS`, regions in the order in which the explainer names them; empty if no run has any.

    Raises:
        UserError: a file cannot be read or lacks a column.
    """
    parts = []
    for network in networks:
        read = [RunPaths.regions.read(run.paths) for run in network.runs]
        frames = [frame for frame in read if frame is not None]
        if frames:
            frame = pd.concat(frames, ignore_index=True)
            rows = means_over_people(frame, ["explainer", "region"], expressions, replicates).rows()
            parts.append(rows.assign(network=network.name, pretrained=network.pretrained))
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS)).astype({"n": "Int64"})
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]
