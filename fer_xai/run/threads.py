"""How many threads the libraries of one process may use."""

import cv2
import torch
from threadpoolctl import threadpool_limits


def limit_threads(number: int | None) -> None:
    """Hold torch, BLAS, OpenMP and OpenCV to so many threads; None leaves each as it finds best.

    Processes that load batches or prepare faces have one thread each in any case: they are as many as was asked for.

    Args:
        number: at least 1.
    """
    if number is None:
        return
    torch.set_num_threads(number)
    threadpool_limits(number)
    cv2.setNumThreads(number)
