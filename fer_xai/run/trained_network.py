"""Trained networks as they lie on the disk: written whole, claimed by one run at a time, mended where damaged.

A study may come from somebody else, so nothing in it is unpickled as code: the weights that are kept are safetensors,
and the state from which a training goes on may hold tensors, numbers, words and containers of these, and nothing else.
"""

import logging
import math
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any

import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO
from torch import Tensor, nn

from fer_xai.errors import DivergedError, UserError
from fer_xai.files import read_json, write_json, write_with
from fer_xai.results.claim import claimed
from fer_xai.results.stamps import is_intact, stamp
from fer_xai.results.weights import fits, read_weights, write_weights
from fer_xai.run.processes import claimed_by_all
from fer_xai.terminal import say

log = logging.getLogger(__name__)

#: How the module that trains a network calls the network's tensors.
_PREFIX = "network."
#: What there is in the state of every training.
_STATE = {"epoch", "global_step", "state_dict", "loops", "callbacks", "optimizer_states", "lr_schedulers"}


class WholeCheckpoints(TorchCheckpointIO):
    """Checkpoints are either the old one or the whole new one, whenever the process is killed.

    Those that end in `.safetensors` hold the network's weights alone.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        """Write a checkpoint under a temporary name, then rename it.

        Raises:
            UserError: the disk is full, the folder is not writable or the like.
        """
        path = Path(path)
        if path.suffix == ".safetensors":
            write_weights(path, _weights(checkpoint))
        else:
            write_with(path, lambda temporary: _write(checkpoint, temporary))

    def load_checkpoint(self, path: Any, map_location: Any | None = None, weights_only: Any = None) -> dict[str, Any]:
        """The state of a training, on the processor; see `read_state`.

        Raises:
            UserError: it is no such state.
        """
        state = read_state(Path(path))
        if state is None:
            raise UserError(f"{path} is damaged, or holds what is no state of a training: it was not read")
        return state


def read_state(path: Path) -> dict[str, Any] | None:
    """The state of a training; None where the file is damaged, or holds anything that would run when it is read."""
    try:
        # Older forms of torch's files, which are no archives, are none of ours.
        state = torch.load(path, map_location="cpu", weights_only=True) if zipfile.is_zipfile(path) else None
    except Exception:  # torch raises many kinds for a file that is not whole, or holds other objects
        return None
    return state if isinstance(state, dict) and state.keys() >= _STATE else None


class TrainedNetwork:
    """The folder of one trained network.

    Args:
        folder: holds the weights, the state of the training, curves and, once training has ended, the record.
        keep: `best` or `last`: after which epoch the network is kept.
    """

    def __init__(self, folder: Path, keep: str) -> None:
        self.folder = folder
        self.record = folder / "record.json"
        self.last = folder / "last.ckpt"
        self.kept = folder / f"{keep}.safetensors"
        self._chosen = keep == "best"

    def claim(self, network: nn.Module) -> AbstractContextManager[bool]:
        """Work on the network alone: one run trains, those that share it wait, and find it trained.

        Args:
            network: that is to be trained, or to take the weights that are there.
        """
        return claimed_by_all(lambda: self._claim(_shapes(network.state_dict())))

    @contextmanager
    def _claim(self, shapes: Mapping[str, tuple[int, ...]]) -> Iterator[bool]:
        with claimed(self.folder) as ours:
            self._mend(shapes)
            yield ours

    @property
    def finished(self) -> bool:
        """Whether training has ended, and its weights are kept."""
        return self.record.exists()

    def load_into(self, network: nn.Module) -> None:
        """Put the kept weights into the network that was claimed.

        Raises:
            UserError: training has kept none.
            DivergedError: they are not finite.
        """
        if not self.kept.exists():
            raise UserError(
                "training ended before any validation: there is no network to keep; recipe.keep=last keeps the last one"
            )
        weights = read_weights(self.kept)
        if not all(bool(tensor.isfinite().all()) for tensor in weights.values()):
            raise DivergedError(
                "training diverged: weights of the network are not finite; nothing of it is kept; "
                "lower recipe.optimizer.lr, or bound the steps (trainer.gradient_clip_val=1)"
            )
        network.load_state_dict(weights)

    @property
    def val_loss(self) -> float:
        """The best validation loss of the finished network; infinite where there is none."""
        found = read_json(self.record).get("val_loss") if self.record.exists() else None
        return float("inf") if found is None else float(found)

    @property
    def validation(self) -> dict[str, float]:
        """Accuracy of the finished network on the validation part, and how many images that has; empty without one."""
        told = read_json(self.record) if self.record.exists() else {}
        accuracy, images = told.get("val_accuracy"), told.get("val_images")
        return {"accuracy": float(accuracy), "images": int(images)} if accuracy is not None and images else {}

    def finish(self, facts: dict[str, Any]) -> None:
        """Write the record: the network is trained, its weights are there.

        Args:
            facts: what else to say of the training.

        Raises:
            UserError: the folder cannot be written.
        """
        write_json(self.record, {"checkpoint": self.kept.name, "stamp": stamp(self.kept), **facts})
        if not self._chosen:
            # It holds the same weights once more, and nothing goes on from it.
            self.last.unlink(missing_ok=True)

    def discard(self) -> None:
        """Take away what training has left, so that nothing goes on from it and nobody takes it for a network."""
        # The record last: until it is gone, whoever comes after a kill sees that something is wrong.
        for path in (self.kept, self.last, self.record):
            path.unlink(missing_ok=True)

    def _mend(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Take away what is damaged, or of another program or an earlier version, so that it is made again."""
        if self.record.exists() and not self._is_sound(shapes):
            self._tell(f"{self.folder} does not hold the network that its record tells of: it is trained again")
            self.discard()
        if not self.record.exists() and self.last.exists() and not self._can_go_on(shapes):
            self._tell(
                f"a checkpoint in {self.folder} is damaged, or holds what this version does not read: training starts "
                "anew"
            )
            self.discard()

    def _tell(self, why: str) -> None:
        log.warning("%s", why)
        say(why)

    def _can_go_on(self, shapes: Mapping[str, tuple[int, ...]]) -> bool:
        """Whether the last state can be read and is of this network, and the best weights that it knows of."""
        state = read_state(self.last)
        try:
            if state is None or _shapes(_weights(state)) != shapes:
                return False
            # Of earlier versions, which kept the best weights otherwise, there is none.
            return (
                not self._chosen or state["callbacks"]["BestWeights"]["val_loss"] == math.inf or fits(self.kept, shapes)
            )
        except (KeyError, TypeError, AttributeError):
            return False

    def _is_sound(self, shapes: Mapping[str, tuple[int, ...]]) -> bool:
        try:
            told = read_json(self.record)
            named = told["checkpoint"] == self.kept.name
            return named and is_intact(self.kept, told["stamp"]) and fits(self.kept, shapes)
        except (UserError, KeyError, TypeError, AttributeError):
            return False


def _shapes(state: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


def _weights(state: Mapping[str, Any]) -> dict[str, Tensor]:
    """The network's tensors in the state of a training."""
    named = state["state_dict"].items()
    return {name.removeprefix(_PREFIX): tensor for name, tensor in named if name.startswith(_PREFIX)}


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
