"""Several runs at once on one machine: which GPUs each of them takes."""

import logging
import os
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

log = logging.getLogger(__name__)

#: Held until the process ends, by whatever cause.
_TAKEN: list[FileLock] = []


def take_gpus(number: int, folder: Path | None = None) -> list[str]:
    """Take so many GPUs for this process alone; the other processes of this user on this machine leave them out.

    Called before the first work on a GPU: it says by `CUDA_VISIBLE_DEVICES` which ones there are. A process that has
    taken some keeps them.

    Args:
        number: how many.
        folder: where claims lie; None for the system's folder of temporary files.

    Returns:
        Their names as CUDA has them; empty where fewer are free, and nothing is taken then.
    """
    import torch

    if _TAKEN:
        return os.environ["CUDA_VISIBLE_DEVICES"].split(",")
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = visible.split(",") if visible else [str(i) for i in range(torch.cuda.device_count())]
    folder = folder or Path(tempfile.gettempdir()) / f"fer_xai-gpus-{os.getuid()}"
    folder.mkdir(parents=True, exist_ok=True)
    locks: dict[str, FileLock] = {}
    for name in names:
        lock = FileLock(folder / f"{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        locks[name] = lock
        if len(locks) == number:
            _TAKEN.extend(locks.values())
            os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(locks)
            return list(locks)
    for lock in locks.values():
        lock.release()
    log.warning("%d GPUs are wanted, %d of %d are free: all are shared", number, len(locks), len(names))
    return []
