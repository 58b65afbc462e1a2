"""What an explainer reaches without looking at any network: the best that baselines reach on the same images."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from fer_xai.trust.measures import Description

#: Columns that `with_chance` adds: the best figure of a baseline, and which baseline has it.
CHANCE_COLUMNS = ("chance", "chance_of")


def with_chance(frame: pd.DataFrame, blind: Collection[str], tests: Mapping[str, Description]) -> pd.DataFrame:
    """Put the chance level beside each figure: that of the best baseline in the same place, by the measure's direction.

    Args:
        frame: columns explainer, test, measure, step, value, and whatever else tells places apart (network, pretrained,
            answers, expression).
        blind: names of the explainers that look at no network.
        tests: what the tests say of themselves, by name.

    Returns:
        The table with the columns `CHANCE_COLUMNS`; nothing stands in them where a figure belongs to a curve, where
        explainers are not judged by it, or where no baseline has it.
    """
    up = {(name, m.name): m.higher_is_better for name, test in tests.items() for m in test.measures if m.judged}
    better = [up.get(key) for key in zip(frame["test"], frame["measure"], strict=True)]
    sign = np.array([0 if higher is None else 1 if higher else -1 for higher in better])
    place = [name for name in ("network", "pretrained", "test", "measure", "answers", "expression") if name in frame]
    height = frame["value"].to_numpy(dtype=np.float64) * sign
    rows = frame.assign(height=height)[
        frame["explainer"].isin(list(blind)) & frame["step"].isna() & (sign != 0) & np.isfinite(height)
    ]
    best = rows.loc[rows.groupby(place, sort=False)["height"].idxmax(), [*place, "explainer", "value"]]
    best = best.rename(columns={"explainer": "chance_of", "value": "chance"})
    table = frame.merge(best, on=place, how="left", validate="many_to_one")
    curve = table["step"].notna()
    return table.assign(
        chance=table["chance"].astype(float).mask(curve), chance_of=table["chance_of"].mask(curve).fillna("")
    )
