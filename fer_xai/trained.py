"""Trained networks as they lie on the disk: written whole, claimed by one run at a time, mended where damaged."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any

import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO
from rich.console import Console

from fer_xai.errors import UserError
from fer_xai.ranks import together
from fer_xai.results.claim import claimed
from fer_xai.results.files import read_json, write_json, write_with
from fer_xai.results.stamps import is_intact, stamp

log = logging.getLogger(__name__)


class WholeCheckpoints(TorchCheckpointIO):
    """Checkpoints are either the old one or the whole new one, whenever the process is killed."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        """Write a checkpoint under a temporary name, then rename it.

        Raises:
            UserError: the disk is full, the folder is not writable or the like.
        """
        write_with(Path(path), lambda temporary: _write(checkpoint, temporary))


class TrainedNetwork:
    """The folder of one trained network.

    Args:
        folder: holds checkpoints, curves and, once training has ended, the record.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.record = folder / "record.json"
        self.last = folder / "last.ckpt"
        self.best = folder / "best.ckpt"

    def claim(self) -> AbstractContextManager[bool]:
        """Work on the network alone: one run trains, those that share the network wait, and find it trained."""
        return together(self._claim)

    @contextmanager
    def _claim(self) -> Iterator[bool]:
        with claimed(self.folder) as ours:
            self._mend()
            yield ours

    @property
    def checkpoint(self) -> Path | None:
        """The checkpoint of the finished network; None where training has not ended."""
        return self.folder / read_json(self.record)["checkpoint"] if self.record.exists() else None

    @property
    def val_loss(self) -> float:
        """The best validation loss of the finished network; infinite where there is none."""
        found = read_json(self.record).get("val_loss") if self.record.exists() else None
        return float("inf") if found is None else float(found)

    def finish(self, kept: Path, facts: dict[str, Any]) -> None:
        """Write the record: the network is trained.

        Args:
            kept: the checkpoint that is the network.
            facts: what else to say of the training.
        """
        write_json(self.record, {"checkpoint": kept.name, "stamp": stamp(kept), **facts})

    def _mend(self) -> None:
        """Take away what is damaged, so that it is made again."""
        if self.record.exists() and not self._is_sound():
            self._remove(f"{self.folder} does not hold the network that its record tells of: it is trained again")
        if not self.record.exists() and self.last.exists() and not self._can_go_on():
            self._remove(f"a checkpoint in {self.folder} is damaged: training starts anew")

    def _remove(self, why: str) -> None:
        log.warning("%s", why)
        Console(stderr=True).print(why, soft_wrap=True, highlight=False, markup=False)
        # The record last: until it is gone, whoever comes after a kill sees that something is wrong.
        for path in (self.best, self.last, self.record):
            path.unlink(missing_ok=True)

    def _can_go_on(self) -> bool:
        """Whether the last checkpoint can be read, and the best one that it knows of."""
        content = _read(self.last)
        if content is None:
            return False
        known = any(state.get("best_model_path") for state in content.get("callbacks", {}).values())
        return not known or _read(self.best) is not None

    def _is_sound(self) -> bool:
        try:
            content = read_json(self.record)
            return is_intact(self.folder / content["checkpoint"], content["stamp"])
        except (UserError, KeyError, TypeError):
            return False


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return torch.load(path, map_location="cpu", weights_only=False)
    except Exception:  # torch raises many kinds for a file that is not whole
        return None


def _write(checkpoint: dict[str, Any], path: Path) -> None:
    # Given a path instead, torch tells of a full disk in words that name neither the disk nor the file.
    with path.open("wb") as file:
        _save(checkpoint, file)


def _save(content: Any, file: IO[bytes]) -> None:
    try:
        torch.save(content, file)
    except RuntimeError as error:
        # Where a write fails, torch's zip writer closes the archive and then tells of that only.
        if isinstance(error.__context__, OSError):
            raise error.__context__ from None
        raise
