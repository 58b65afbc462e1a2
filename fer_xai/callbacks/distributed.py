"""What the processes of a distributed run tell each other; by itself, a process tells itself."""

from collections.abc import Mapping
from typing import TypeVar

import torch.distributed
from pytorch_lightning.utilities import rank_zero_only

T = TypeVar("T")


def is_first() -> bool:
    """Whether this is the process that writes and tells: rank 0, or the only one."""
    # Lightning's own mark, which outlives the process group.
    return getattr(rank_zero_only, "rank", 0) == 0


def gathered(own: T) -> list[T]:
    """What every process has, by rank, on all of them. The objects must be picklable."""
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return [own]
    of_ranks: list = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(of_ranks, own)
    return of_ranks


def merged(own: Mapping[str, T]) -> dict[str, T]:
    """The entries of all processes, those of the lowest rank first."""
    return {key: value for part in reversed(gathered(dict(own))) for key, value in part.items()}
