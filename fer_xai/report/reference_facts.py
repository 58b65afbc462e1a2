"""What a reference is made of, as sentences for the terminal."""

import pandas as pd

from fer_xai.face.masks import Reference
from fer_xai.face.observers.reading import Reading

#: The measure whose reliability is told.
_METRIC = "ncc"


def reference_facts(reference: Reference, reading: Reading, ceilings: pd.DataFrame) -> list[str]:
    """Lines on a reference: what was read and left out, how many observers, how well they agree.

    Args:
        reference: masks, or maps of observers.
        reading: how its data were read.
        ceilings: the table of people against people.
    """
    lines = [f"{reference.name}: {fact}" for fact in reading.facts]
    left_out = reading.left_out.groupby("reason", sort=False)["n"].sum()
    if len(left_out):
        lines.append(f"left out: {', '.join(f'{number} {reason}' for reason, number in left_out.items())}")
    reliable = ceilings[(ceilings["metric"] == _METRIC) & (ceilings["kind"] == "reliability")].set_index("expression")
    for expression in reference.expressions:
        observers = reference.observers_of(expression)
        if observers is None:
            continue
        if sum(observers.sizes) == 1:
            lines.append(f"{expression}: one observer only, so there is no noise ceiling")
            continue
        told = f"{expression}: {sum(observers.sizes)} observers"
        if expression in reliable.index:
            row = reliable.loc[expression]
            known = f"{row['value']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
            told += f", reliability of their mean map {known if row['value'] == row['value'] else row['reason']}"
        lines.append(told)
    if not any(reference.observers_of(expression) for expression in reference.expressions):
        lines.append(f"{reference.name}: masks have no observers, so there is no noise ceiling")
    return [*lines, *([reference.note] if reference.note else [])]
