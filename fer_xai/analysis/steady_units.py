"""Action units that show in the same place in some faces of an expression and not in others, as one in all of them."""

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import connected_components

from fer_xai.analysis.unit_order import unit_number

#: Units that are one player in at least this share of the faces that have them are one in all faces of the expression.
OFTEN = 0.25
_IMAGE = ["network", "fold", "seed", "image", "expression"]


def with_steady_units(images: pd.DataFrame) -> pd.DataFrame:
    """Let the faces of an expression have the same units.

    Whether two units show in the same place hangs on the face, so that the same few units would be `AU1+AU4` in some
    faces and `AU1` and `AU4` in others, and nothing could be said of either. A unit that is made of several players has
    the sum of their values, which is what they are worth together in that face's game. A player that is made of parts
    of two units keeps its name.

    Args:
        images: a row per image and player, columns network, fold, seed, image, group, expression, unit, value (NaN for
            a unit of no visible effect).

    Returns:
        The same columns; which units are joined follows from the faces of all networks and folds.
    """
    parts = [_of_expression(own) for _, own in images.groupby("expression", sort=False)]
    return pd.concat(parts, ignore_index=True) if parts else images


def _of_expression(images: pd.DataFrame) -> pd.DataFrame:
    steady = _steady_units(images["unit"])
    players = images.assign(
        steady=images["unit"].map(lambda unit: steady[unit.split("+")[0]]),
        features=images["unit"].str.count(r"\+") + 1,
    )
    pairs = zip(players["unit"], players["steady"], strict=True)
    within = np.array([set(unit.split("+")) <= set(whole.split("+")) for unit, whole in pairs])
    # Where a player reaches beyond the unit, its other players are not all of it.
    covered = players["features"].where(within, 0).groupby([players[key] for key in (*_IMAGE, "steady")], dropna=False)
    whole = covered.transform("sum").eq(players["steady"].str.count(r"\+") + 1) & within
    named = players.assign(unit=players["steady"].where(whole, players["unit"]))
    summed = named.groupby([*_IMAGE, "group", "unit"], dropna=False, sort=False)["value"].sum(min_count=1)
    return summed.reset_index()


def _steady_units(players: pd.Series) -> dict[str, str]:
    """By feature, the unit that it belongs to."""
    names = list(dict.fromkeys(feature for player in players for feature in player.split("+")))
    together = np.zeros((len(names), len(names)))
    for player, number in players.value_counts().items():
        features = [names.index(feature) for feature in str(player).split("+")]
        together[np.ix_(features, features)] += number
    alone = together.diagonal()
    labels = connected_components(together >= OFTEN * np.minimum.outer(alone, alone), directed=False)[1]
    by_number = sorted(names, key=unit_number)
    return {
        name: "+".join(other for other in by_number if labels[names.index(other)] == label)
        for name, label in zip(names, labels, strict=True)
    }
