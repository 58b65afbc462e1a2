"""What was read of observers' data, and what was left out and why."""

from dataclasses import dataclass, field

import pandas as pd

#: From so many stimuli of an expression on, a note on their number would say nothing.
MANY_STIMULI = 10

COLUMNS = ("observer", "stimulus", "reason", "n")


class LeftOut:
    """Counts what is left out, by observer, stimulus and reason."""

    def __init__(self) -> None:
        self._parts: list[pd.DataFrame] = []

    def drop(self, rows: pd.DataFrame, bad: "pd.Series[bool]", reason: "str | pd.Series[str]") -> pd.DataFrame:
        """The rows that are not bad; the others are counted.

        Args:
            rows: with the columns observer and stimulus, empty where unknown.
            bad: which of them are left out.
            reason: why, for all or for each row.
        """
        if bad.any():
            self._parts.append(rows.loc[bad, ["observer", "stimulus"]].assign(reason=reason))
        return rows[~bad]

    def table(self) -> pd.DataFrame:
        """A row per observer, stimulus and reason: these and their number `n`, in the order of the reasons."""
        if not self._parts:
            return pd.DataFrame(columns=list(COLUMNS))
        together = pd.concat(self._parts, ignore_index=True)
        together["reason"] = pd.Categorical(together["reason"], together["reason"].unique())
        keys = ["reason", "stimulus", "observer"]
        counted = together.groupby(keys, observed=True).size().rename("n").reset_index()
        return counted.astype({"reason": str})[list(COLUMNS)]

    def reasons(self) -> "dict[str, int]":
        """How many were left out for each reason."""
        return {str(reason): int(n) for reason, n in self.table().groupby("reason", sort=False)["n"].sum().items()}


@dataclass(frozen=True)
class Reading:
    """How a reference's data were read.

    Attributes:
        facts: sentences without an end, for the terminal: files, where names come from, what counts.
        left_out: observer, stimulus, reason, n.
    """

    facts: tuple[str, ...] = ()
    left_out: pd.DataFrame = field(default_factory=lambda: LeftOut().table())


def note_on(fewest: int) -> str:
    """One sentence where an expression was seen on few stimuli only, else nothing.

    Args:
        fewest: number of the stimuli of the expression that has the fewest.
    """
    if fewest >= MANY_STIMULI:
        return ""
    faces = "a single face" if fewest == 1 else f"only {fewest} faces"
    return f"Observers saw {faces} per expression: what holds for these need not hold for faces at large."
