"""How the learning rate changes while a network learns."""

import functools
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau


@dataclass(frozen=True)
class Schedule:
    """A scheduler of torch, and how often it is stepped.

    A scheduler with an argument `total_steps` that is not given (`OneCycleLR`, `warmup_cosine`) is told the number of
    its steps in the whole training.

    Attributes:
        make: called with the optimizer.
        interval: `epoch` or `step`: stepped after each epoch, or after each step of the optimizer.
    """

    make: functools.partial[Any]
    interval: str = "epoch"

    def configure(self, optimizer: Optimizer, epochs: int, steps: Callable[[], int]) -> dict[str, Any]:
        """What Lightning wants to know of a schedule.

        Args:
            optimizer: whose rate changes.
            epochs: of the whole training.
            steps: number of steps of the optimizer in the whole training.
        """
        given = {}
        if "total_steps" in inspect.signature(self.make.func).parameters and "total_steps" not in self.make.keywords:
            given["total_steps"] = steps() if self.interval == "step" else epochs
        configured = {"scheduler": self.make(optimizer, **given), "interval": self.interval}
        return configured | ({"monitor": "val_loss"} if watches_validation(self.make.func) else {})


def watches_validation(scheduler: Any) -> bool:
    """Whether a scheduler's class changes the rate by the validation loss rather than by the time."""
    return isinstance(scheduler, type) and issubclass(scheduler, ReduceLROnPlateau)


def warmup_cosine(optimizer: Optimizer, total_steps: int, warmup: float = 0.1, floor: float = 0.0) -> LambdaLR:
    """Rises in a straight line to the optimizer's rate, then falls by half a cosine (Loshchilov, Hutter 2017, eq. 5).

    Args:
        optimizer: with the rate at the top.
        total_steps: steps of the whole training.
        warmup: share of the steps in which the rate rises; the first step has the first part of it, not 0.
        floor: share of the rate that is left after the last step.
    """
    rising = round(warmup * total_steps)

    def factor(step: int) -> float:
        if step < rising:
            return (step + 1) / (rising + 1)
        share = (step - rising) / max(1, total_steps - rising)
        return floor + (1 - floor) * (1 + math.cos(math.pi * min(share, 1.0))) / 2

    return LambdaLR(optimizer, factor)
