import itertools
import math

import numpy as np

from fer_xai.scoring.pairings import pairings


def test_all_pairings_by_counting() -> None:
    scores = np.random.default_rng(4).random((4, 4))
    means = [np.mean([scores[i, j] for i, j in enumerate(order)]) for order in itertools.permutations(range(4))]
    found = pairings(scores)
    assert len(found.means) == math.factorial(4)
    assert found.as_good == sum(mean >= means[0] - 1e-12 for mean in means)
    assert pairings(-scores, higher_is_better=False).as_good == found.as_good


def test_best_worst_and_ties() -> None:
    assert pairings(np.eye(6)).as_good == 1
    assert pairings(-np.eye(6)).p == 1
    # Equal sums in another order of addition are ties, not losses.
    assert pairings(np.full((6, 6), 0.1)).as_good == 720


def test_undefined_scores_are_skipped() -> None:
    scores = np.eye(3)
    scores[0] = np.nan
    assert pairings(scores).right == 1
    assert math.isnan(pairings(np.full((3, 3), np.nan)).p)
