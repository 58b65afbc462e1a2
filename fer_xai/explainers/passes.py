"""The network's answers to one picture with parts of it hidden: what every perturbation explainer is made of."""

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question

#: What is measured of the logits: the class's probability, its logarithm, or the logit.
OUTPUTS: dict[str, Callable[[Question, Tensor], Tensor]] = {
    "probability": Question.probability,
    "log_probability": Question.log_probability,
    "logit": Question.score,
}


def check_output(output: str, key: str) -> str:
    """An output as it was given.

    Args:
        output: a key of `OUTPUTS`.
        key: of the setting, for the message.

    Raises:
        UserError: it is none.
    """
    if output not in OUTPUTS:
        raise UserError(f"{key}={output} is not known: choose one of {', '.join(OUTPUTS)}")
    return output


def logits(network: nn.Module, question: Question, hidden: Tensor, shown: Iterable[Tensor]) -> Tensor:
    """The network's logits for one picture under each of many masks.

    Args:
        network: in eval mode.
        question: about one image.
        hidden: (1, 3, h, w), what stands where nothing is shown, see `hiding.hidden_pictures`.
        shown: batches (m, h, w) of masks from 0 (hidden) to 1 (shown), on the device of the image.

    Returns:
        Float32 (n, classes) on the CPU, one row per mask.
    """
    # Weights of 0 and 1 give the hidden and the shown picture to the last bit.
    batches = [network(torch.lerp(hidden, question.images, masks[:, None].to(hidden))) for masks in shown]
    return torch.cat(batches).float().cpu()


def answers(
    network: nn.Module, question: Question, hidden: Tensor, shown: Iterable[Tensor], output: str = "probability"
) -> Tensor:
    """What the network says of one picture under each of many masks, in one number.

    Args:
        network: see `logits`.
        question: likewise, with the class that is explained.
        hidden: likewise.
        shown: likewise.
        output: a key of `OUTPUTS`.

    Returns:
        Float64 (n,) on the CPU, one per mask.

    Raises:
        UserError: a class that the network does not have.
    """
    return OUTPUTS[output](question, logits(network, question, hidden, shown)).double()


def segment_masks(labels: Tensor, keep: Tensor, batch_size: int) -> Iterator[Tensor]:
    """Masks of a picture of which some segments are shown.

    Args:
        labels: int64 (h, w), number of each pixel's segment.
        keep: bool (n, segments), on any device.
        batch_size: masks at once.

    Yields:
        Float32 (m, h, w) on the device of `labels`.
    """
    flat = labels.flatten()
    for part in keep.to(labels.device, torch.float32).split(batch_size):
        yield part.index_select(1, flat).unflatten(1, labels.shape)


def at_least(value: float, least: float, key: str) -> None:
    """Refuse a setting that is too small.

    Raises:
        UserError: naming the setting, and what would be right.
    """
    if value < least:
        raise UserError(f"{key}={value}: at least {least:g} is needed")
