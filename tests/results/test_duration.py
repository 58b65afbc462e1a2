"""A run takes as long everywhere: on the terminal, in its log, in `status`, in the report."""

import pytest

from fer_xai.results.duration import duration, total_seconds
from fer_xai.results.run import RunRecord


@pytest.mark.parametrize(
    ("timings", "seconds"),
    [
        ({}, 0),
        ({"fit": 12.5}, 12.5),
        # Explaining happens while a network is tested, and each explainer has its share of it.
        ({"fit": 175, "explain": 53, "explain_lime": 50, "explain_x": 3, "mean_face": 5, "trust": 2, "test": 58}, 233),
        ({"set_up": 3, "test": 58, "explain": 53}, 61),
        # Parts whose whole was not timed stand for themselves.
        ({"fit": 12.5, "explain": 3.0}, 15.5),
        ({"explain_x": 3.0, "explain_y": 1.5}, 4.5),
    ],
)
def test_no_part_of_a_stage_is_counted_twice(timings, seconds):
    assert total_seconds(timings) == seconds
    assert RunRecord("a", "complete", "net", timings=timings).seconds == seconds


def test_durations_can_be_read():
    assert [duration(seconds) for seconds in (0, 99.4, 99.6, 233, 3600)] == [
        "0 s",
        "99 s",
        "0:01:40",
        "0:03:53",
        "1:00:00",
    ]
