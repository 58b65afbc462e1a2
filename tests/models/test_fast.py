from collections.abc import Iterator

import pytest
import torch

from fer_xai.models.fast import whole_float32

CUDNN, MATMUL = torch.backends.cudnn, torch.backends.cuda.matmul


@pytest.fixture(autouse=True)
def as_found() -> Iterator[None]:
    before = CUDNN.allow_tf32, MATMUL.allow_tf32
    yield
    CUDNN.allow_tf32, MATMUL.allow_tf32 = before


@pytest.mark.parametrize("allowed", [True, False])
def test_rounding_to_tf32_is_off_inside_and_as_found_afterwards(allowed: bool) -> None:
    CUDNN.allow_tf32, MATMUL.allow_tf32 = allowed, not allowed
    inside = []

    def work() -> None:
        with whole_float32():
            inside.extend([CUDNN.allow_tf32, MATMUL.allow_tf32])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert inside == [False, False]
    assert (CUDNN.allow_tf32, MATMUL.allow_tf32) == (allowed, not allowed)
