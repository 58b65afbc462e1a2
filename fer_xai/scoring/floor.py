"""The balanced accuracy that a network has to reach before it says anything where it looks."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import pandas as pd

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS

#: Setting of the floor that takes one over the number of classes.
CHANCE: Literal["chance"] = "chance"

#: Stands behind the names of networks below the floor, in tables and figures.
MARK = "†"


@dataclass(frozen=True)
class Floor:
    """The balanced accuracy that a network's interval has to lie above.

    Attributes:
        value: in [0, 1].
        words: for it in a sentence, such as `chance (1/6)`.
    """

    value: float
    words: str

    def touched(self, low: float) -> bool:
        """Whether an interval with this lower end reaches down to the floor."""
        # 1/6 written as a decimal number and divided are not the same.
        return bool(low <= self.value + 1e-12)


def floor_of(setting: str | float, classes: int) -> Floor:
    """The floor by its setting.

    Args:
        setting: `chance`, or an accuracy in [0, 1).
        classes: number of those that are tested. Chance is one over it: no guessing without looking gives a higher mean
            recall, also where some classes are more frequent than others.

    Raises:
        UserError: the setting is neither.
    """
    if setting == CHANCE:
        share = Fraction(1, classes)
        return Floor(float(share), f"chance ({share})")
    try:
        value = float(setting)
    except (TypeError, ValueError):
        value = math.nan
    if not 0 <= value < 1:
        raise UserError(f"floor={setting}: give chance, or the accuracy to be above, such as 0.3")
    return Floor(value, f"the floor of {value:g}")


def stated_floor(setting: str | float, accuracy: pd.DataFrame) -> Floor:
    """The floor that a table of accuracies was made with.

    Args:
        setting: as of `floor_of`.
        accuracy: with the column `floor`; without rows chance is that of the six expressions.
    """
    chance = setting == CHANCE and not accuracy.empty
    return floor_of(setting, round(1 / accuracy["floor"].iloc[0]) if chance else len(EXPRESSIONS))


def below_floor(accuracy: pd.DataFrame) -> Mapping[str, str]:
    """Networks below the floor, by label, with what is remarked of them.

    Args:
        accuracy: the table of accuracies with the columns `label` and `whole`.
    """
    if accuracy.empty:
        return {}
    overall = accuracy[accuracy["whole"] & accuracy["expression"].isna() & accuracy["below_floor"].eq(True)]
    return dict(zip(overall["label"], overall["remark"], strict=True))


def judged(accuracy: pd.DataFrame) -> dict[str, bool]:
    """Whether each network is below the floor, by label; networks whose accuracy is not known are missing.

    Args:
        accuracy: as of `below_floor`.
    """
    below = below_floor(accuracy)
    known = () if accuracy.empty else accuracy.loc[accuracy["whole"] & accuracy["below_floor"].notna(), "label"]
    return {label: label in below for label in known}
