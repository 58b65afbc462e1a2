"""Tries a network on random images before any training: does it give logits, and can it learn?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from fer_xai.config.own import failure, kind_of
from fer_xai.errors import UserError

#: Images of a trial: more than one, so that a lost batch axis shows.
IMAGES = 2


def check_network(network: Any, target: str, classes: int, input_size: int, freezes: bool) -> None:
    """Refuse a network that cannot be trained here.

    Args:
        network: as it was built; left as it was found.
        target: what built it, for messages.
        classes: number of logits that are wanted.
        input_size: side of the square input in pixels.
        freezes: whether the first epochs train the head alone, so that the network has to say what that is.

    Raises:
        UserError: it is no module, has nothing to learn, cannot take the images, or gives no logits.
    """
    name = f"model.network: {target}"
    if not isinstance(network, nn.Module):
        raise UserError(f"{name} gives {kind_of(network)}; it has to be a torch.nn.Module")
    if not any(parameter.requires_grad for parameter in network.parameters()):
        raise UserError(f"{name} has no parameters that can be learned")
    if freezes and not isinstance(getattr(network, "features", None), nn.Module):
        raise UserError(
            f"recipe.freeze_epochs: {target} has no module `features`, the part that rests while the head learns; "
            "name it so, or set recipe.freeze_epochs=0"
        )
    device = next(network.parameters()).device
    images = torch.rand(IMAGES, 3, input_size, input_size, generator=torch.Generator().manual_seed(0)).to(device)
    for training in (False, True):
        with _state_kept(network), torch.enable_grad():
            network.train(training)
            _check_logits(name, _run(network, name, images), classes, "in training" if training else "in testing")


def check_outputs(network: nn.Module, name: str, outputs: int, input_size: int) -> None:
    """Refuse a network, trained already, that does not give one logit for each of its classes.

    Args:
        network: in eval mode.
        name: what to call it in messages.
        outputs: number of its classes.
        input_size: side of the square input in pixels.

    Raises:
        UserError: it cannot take the images, or gives something else.
    """
    images = torch.rand(IMAGES, 3, input_size, input_size, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = _run(network, name, images)
    if not isinstance(logits, Tensor):
        raise UserError(f"{name} gives {kind_of(logits)}: wrap it in a module whose forward gives the logits alone")
    if logits.shape != (IMAGES, outputs):
        raise UserError(
            f"{name} gives {tuple(logits.shape)} for {IMAGES} images, and model.classes names {outputs} outputs: name "
            "all of them, in their order"
        )
    if not bool(logits.isfinite().all()):
        raise UserError(f"{name} gives logits that are not finite (NaN or infinite) for random images")


def _run(network: nn.Module, name: str, images: Tensor) -> Any:
    try:
        return network(images)
    except Exception as error:
        side = images.shape[-1]
        raise UserError(
            f"{name} cannot take images of shape (b, 3, {side}, {side}): {failure(error)}; images have 3 channels, and "
            "their side is model.input_size"
        ) from error


def _check_logits(name: str, logits: Any, classes: int, when: str) -> None:
    wanted = f"logits of shape (b, {classes}), one for each class"
    if not isinstance(logits, Tensor):
        raise UserError(f"{name} gives {kind_of(logits)} {when}; its forward has to give a tensor, {wanted}")
    if logits.shape != (IMAGES, classes):
        shape = tuple(logits.shape)
        raise UserError(f"{name} gives {shape} for {IMAGES} images {when}, not ({IMAGES}, {classes}): {wanted}")
    if not logits.is_floating_point() or not logits.requires_grad:
        raise UserError(f"{name} gives logits {when} that do not depend on its parameters by any gradient")
    if not bool(logits.isfinite().all()):
        raise UserError(f"{name} gives logits that are not finite (NaN or infinite) for random images {when}")


@contextmanager
def _state_kept(network: nn.Module) -> Iterator[None]:
    """Modes, buffers (running statistics) and random states are put back."""
    modes = {module: module.training for module in network.modules()}
    buffers = [(buffer, buffer.clone()) for buffer in network.buffers()]
    try:
        with torch.random.fork_rng():
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)
