"""What tests of many labellings cost: all at once against one by one, and labellings that are listed once."""

import time
from collections.abc import Callable

import numpy as np

from benchmarks.harness import Measured, row
from fer_xai.analysis.effects import labellings
from fer_xai.analysis.effects.distance_tests import anosim, centroid_distances, distance_ranks, permanova, permdisp

MAPS, LEVELS = 72, 3


@row("PERMANOVA, PERMDISP and ANOSIM of 9,999 labellings of 72 maps against a loop", 10, "times as fast")
def permutations_at_once() -> Measured:
    """The loop is timed over a twentieth of them."""
    points = np.random.default_rng(0).standard_normal((MAPS, 20))
    squared = ((points[:, None] - points) ** 2).sum(-1)
    own = np.arange(MAPS) % LEVELS
    codes = _design().labellings([str(level) for level in own]).codes
    data = [(permanova, squared), (permdisp, centroid_distances(squared, own)), (anosim, distance_ranks(squared))]
    at_once = _seconds(lambda: [test(of, codes) for test, of in data])
    one_by_one = 20 * _seconds(lambda: [test(of, code[None]) for test, of in data for code in codes[::20]])
    return Measured(one_by_one / at_once, {"at once": at_once, "one by one": one_by_one})


@row("5,040 labellings that were listed before against listing them", 10, "times as fast")
def listed_once() -> Measured:
    words = [str(number) for number in range(7)]
    design = _design(7)
    labellings._all_labels.cache_clear()
    labellings._orders.cache_clear()
    first = _seconds(lambda: design.labellings(words))
    again = _seconds(lambda: design.labellings(words))
    return Measured(first / again, {"first": first, "again": again})


def _design(maps: int = MAPS) -> labellings.Design:
    return labellings.Design(tuple(range(maps)), ("",) * maps, "maps")


def _seconds(work: Callable[[], object]) -> float:
    """Processor time, which other work on the machine lengthens little."""
    start = time.process_time()
    work()
    return time.process_time() - start
