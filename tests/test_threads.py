"""How many threads the libraries may use."""

import cv2
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from fer_xai.run.threads import limit_threads


@pytest.fixture(autouse=True)
def restored():
    """The numbers as they were, for the tests that follow."""
    before = torch.get_num_threads(), cv2.getNumThreads()
    with threadpool_limits():
        yield
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])


@pytest.mark.parametrize("number", [1, 2])
def test_every_library_is_held_to_the_number(number):
    limit_threads(number)
    assert torch.get_num_threads() == number
    assert cv2.getNumThreads() == number
    assert {pool["num_threads"] for pool in threadpool_info()} <= set(range(1, number + 1))


def test_nothing_changes_without_a_number():
    limit_threads(1)
    limit_threads(None)
    assert torch.get_num_threads() == 1
