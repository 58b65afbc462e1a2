"""On which side of what looks at no network an explainer lies, image by image, with 95 % intervals over people."""

import numpy as np
import pandas as pd

#: What is said of an explainer, by the intervals of its differences from all baselines.
BETTER, UNCLEAR, WORSE = "better than every baseline", "not told from the best baseline", "worse than the best baseline"


def beside_baselines(against: pd.DataFrame, explainer: str, test: str, measure: str, higher: bool) -> str | None:
    """One of `BETTER`, `UNCLEAR` and `WORSE`; None where there is nothing to compare with.

    Args:
        against: rows of `trust_against.csv` of one network, or of the mean over networks, over all answers and
            expressions.
        explainer: that is compared.
        test: by which test.
        measure: by which of its measures.
        higher: whether that is better when higher.
    """
    own = against["explainer"].eq(explainer) & against["test"].eq(test) & against["measure"].eq(measure)
    bounds = against.loc[own, ["low", "high"]].dropna().to_numpy(dtype=np.float64)
    if not len(bounds):
        return None
    low, high = bounds.T if higher else -bounds.T[::-1]
    return BETTER if low.min() > 0 else WORSE if high.min() < 0 else UNCLEAR
