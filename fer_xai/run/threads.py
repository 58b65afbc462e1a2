"""How many threads the libraries of one process may use."""

from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import torch
from threadpoolctl import threadpool_limits


@contextmanager
def limited_threads(number: int | None) -> Iterator[None]:
    """Hold torch, BLAS, OpenMP and OpenCV to so many threads meanwhile; None leaves each as it finds best.

    Processes that load batches or prepare faces have one thread each in any case: they are as many as was asked for.

    Args:
        number: at least 1.
    """
    if number is None:
        yield
        return
    before = torch.get_num_threads(), cv2.getNumThreads()
    with threadpool_limits(number):
        torch.set_num_threads(number)
        cv2.setNumThreads(number)
        try:
            yield
        finally:
            torch.set_num_threads(before[0])
            cv2.setNumThreads(before[1])
