"""Speed, as ratios within one run."""

import fer_xai  # noqa: F401  threads wait as they do in the program: before any library starts its own
