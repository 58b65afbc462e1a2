"""When a network uses a planted cue: the value that networks trained at the base rate seldom exceed."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t

#: Share of networks trained at the base rate that the limit is to lie above.
SHARE = 0.95
#: From so many networks on, the limit is one of their own values: the largest of 19 is exceeded by one in twenty.
ENOUGH = 19

#: Words of the verdict. `AT_BASE_RATE`: it was trained at the base rate itself.
USES, NOT, UNCLEAR, AT_BASE_RATE = "uses it", "does not", "unclear", "trained at the base rate"


def base_limit(values: ArrayLike) -> float:
    """The value that one more network trained at the base rate exceeds with a probability of at most 5 %.

    With 19 networks or more it is the value of rank ceil(0.95 (n + 1)) of theirs, which needs no distribution. A
    quantile of fewer would lie too low: there it is the upper 95 % limit of Student's t for one more value,
    mean + t(n - 1) s sqrt(1 + 1/n), which holds where values are about normal, and is the wider the fewer there are (of
    two, 7.7 standard deviations above the mean). Networks of several folds and seeds are taken as if they were drawn
    independently; folds share training images, so that in truth they differ a little more than the limit knows.

    Args:
        values: of the networks of one architecture trained at the base rate, (n,); those that are NaN do not count.

    Returns:
        NaN below two networks.
    """
    known = np.sort(np.asarray(values, dtype=np.float64))
    known = known[np.isfinite(known)]
    n = len(known)
    if n < 2:
        return math.nan
    if n >= ENOUGH:
        return float(known[math.ceil(SHARE * (n + 1)) - 1])
    spread = known.std(ddof=1) * math.sqrt(1 + 1 / n)
    return float(known.mean() + t.ppf(SHARE, n - 1) * spread)


def verdict(value: float, base: ArrayLike) -> str:
    """Whether a network uses the cue, by its value and those of networks trained at the base rate, (n,).

    Returns:
        `USES` above `base_limit`; `NOT` where one at the base rate has a value as high; `UNCLEAR` between these, where
        more networks at the base rate would tell, and below two of them.
    """
    limit = base_limit(base)
    if math.isnan(value) or math.isnan(limit):
        return UNCLEAR
    if value > limit:
        return USES
    return NOT if value <= np.nanmax(np.asarray(base, dtype=np.float64)) else UNCLEAR
