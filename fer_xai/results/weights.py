"""Weights as files that hold tensors and nothing else: reading one never runs anything, whoever made it."""

from collections.abc import Mapping
from pathlib import Path

import safetensors
from safetensors.torch import load_file, save
from torch import Tensor

from fer_xai.files import write_bytes


def write_weights(path: Path, state: Mapping[str, Tensor], metadata: dict[str, str] | None = None) -> None:
    """Write a safetensors file atomically.

    Args:
        path: the file to make or to replace.
        state: tensors by name, on any device and in any layout; some may share their memory.
        metadata: for the header of the file.

    Raises:
        UserError: the disk is full, the folder is not writable or the like.
    """
    # Not by `save_file`, which writes under a temporary name of its own and leaves that behind when it is killed.
    write_bytes(
        path, save({name: tensor.detach().cpu().clone().contiguous() for name, tensor in state.items()}, metadata)
    )


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a file that `fits` its network."""
    return load_file(path)


def fits(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether a file is a safetensors file of tensors of just these names and shapes."""
    try:
        with safetensors.safe_open(path, "pt") as file:
            names = file.keys()
            return {name: tuple(file.get_slice(name).get_shape()) for name in names} == dict(shapes)
    except (OSError, safetensors.SafetensorError):
        return False
