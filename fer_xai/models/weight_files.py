"""Files of weights, read without running anything that is in them."""

import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from fer_xai.errors import UserError

#: Under what training programs keep the weights beside other things.
_KEPT_UNDER = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights")


def read_tensors(path: Path, key: str) -> dict[str, Tensor]:
    """The tensors of a safetensors file, or of a state dict as torch saves it; code in a pickle is refused, not run.

    Args:
        path: the file.
        key: config key that names it, for messages.

    Returns:
        Name -> tensor, on the processor; of a file that holds more, what lies under `state_dict` or the like.

    Raises:
        UserError: the file cannot be read, holds code, or holds no tensors.
    """
    try:
        # Nothing but tensors, numbers, words and containers of these is unpickled.
        state: Any = (
            load_file(path)
            if path.suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True)
        )
    except Exception as error:  # torch and safetensors raise many kinds for a file that is not theirs
        code = re.search(r"GLOBAL ([\w.]+)", str(error))
        if code:
            raise UserError(
                f"{key}={path}: its pickle holds code ({code[1]}), which reading would run: it was not read; save the "
                "weights alone, by safetensors.torch.save_file(model.state_dict(), FILE)"
            ) from error
        raise UserError(f"{key}={path}: not a safetensors or state-dict file ({type(error).__name__})") from error
    content = state if isinstance(state, dict) else {}
    for name in _KEPT_UNDER:
        if isinstance(content.get(name), dict):
            content = content[name]
            break
    tensors = {str(name): value for name, value in content.items() if isinstance(value, Tensor)}
    if not tensors:
        raise UserError(f"{key}={path}: holds no tensors")
    return tensors
