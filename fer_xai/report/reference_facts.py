"""What a reference is made of, as sentences for the terminal."""

import pandas as pd

from fer_xai.analysis.words.sentences import sentence
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
    numbers = reading.left_out.groupby("reason", sort=False)["n"].sum().to_dict()
    if numbers:
        lines.append(sentence("left_out_of_reference", numbers=numbers))
    reliable = ceilings[(ceilings["metric"] == _METRIC) & (ceilings["kind"] == "reliability")]
    by_expression = {row["expression"]: row for row in reliable.to_dict("records")}
    for expression in reference.expressions:
        observers = reference.observers_of(expression)
        if observers is None:
            continue
        number, reliability = sum(observers.sizes), by_expression.get(expression)
        if number == 1:
            lines.append(sentence("one_observer", expression=expression))
        else:
            facts = {"expression": expression, "observers": number, "reliability": reliability}
            lines.append(sentence("observers_of_expression", **facts))
    if not any(reference.observers_of(expression) for expression in reference.expressions):
        lines.append(sentence("no_observers", reference=reference.name))
    return [*lines, *([reference.note] if reference.note else [])]
