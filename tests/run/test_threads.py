"""How many threads the libraries may use."""

import cv2
import pytest
import torch
from threadpoolctl import threadpool_info

from fer_xai.run.threads import limited_threads


def numbers() -> tuple[int, int, list[int]]:
    return torch.get_num_threads(), cv2.getNumThreads(), [pool["num_threads"] for pool in threadpool_info()]


@pytest.mark.parametrize("number", [1, 2])
def test_every_library_is_held_to_the_number(number):
    with limited_threads(number):
        assert torch.get_num_threads() == number
        assert cv2.getNumThreads() == number
        assert {pool["num_threads"] for pool in threadpool_info()} <= set(range(1, number + 1))


def test_nothing_changes_without_a_number():
    with limited_threads(1), limited_threads(None):
        assert torch.get_num_threads() == 1


def test_what_follows_has_the_numbers_of_before():
    """The next run of the process may be told none, and failures are no exception."""
    with limited_threads(2):
        before = numbers()
        with pytest.raises(RuntimeError), limited_threads(1):
            raise RuntimeError
        assert numbers() == before
