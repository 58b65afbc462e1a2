"""How many runs one machine does side by side."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import joblib

#: Memory that one run is given on a processor, GiB: what the largest of the twelve networks takes at the size of
#: quick studies, faces and libraries included.
MEMORY_PER_RUN = 3.0
_GIB = 2**30


def runs_at_once(config: Any, runs: int) -> int:
    """How many runs go side by side here, at least 1: as many as there are GPUs, else cores and memory for them.

    Args:
        config: composed `train` config.
        runs: how many are to be done.
    """
    import torch

    from fer_xai.run.processes import device_count

    gpus = 0 if config.trainer.accelerator == "cpu" else torch.cuda.device_count()
    there = gpus or int(min(joblib.cpu_count(), available_memory() / MEMORY_PER_RUN))
    return max(1, min(runs, there // device_count(config)))


def available_memory(root: Path = Path("/")) -> float:
    """Memory that new processes can have without anything being swapped, GiB; infinite where the system does not say.

    Args:
        root: of the file system in which Linux tells of itself.
    """
    free = [float("inf")]
    with suppress(OSError):
        lines = (root / "proc/meminfo").read_text().splitlines()
        free += [int(line.split()[1]) * 1024 / _GIB for line in lines if line.startswith("MemAvailable:")]
    # What a container may have. It is `max` where there is no bound.
    with suppress(OSError, ValueError):
        most = int((root / "sys/fs/cgroup/memory.max").read_text())
        free.append((most - int((root / "sys/fs/cgroup/memory.current").read_text())) / _GIB)
    return min(free)
