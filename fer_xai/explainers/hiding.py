"""What stands in a picture's place where it is hidden."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from fer_xai.config.rest import REST
from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Question

#: Standard deviation of the blur, as a part of the picture's side: no feature of a face survives it.
BLUR = 1 / 16


def _blurred(question: Question) -> Tensor:
    sigma = BLUR * question.images.shape[-1]
    # Three standard deviations to each side, but no further than the padding by reflection can reach.
    reach = [max(min(round(3 * sigma), side - 1), 0) for side in question.images.shape[-2:]]
    rows, columns = (2 * pixels + 1 for pixels in reach)
    return gaussian_blur(question.images, [columns, rows], [sigma, sigma])


def _at_rest(question: Question) -> Tensor:
    if question.rest is None:
        raise NotApplicableError("hide: rest shows people's neutral faces, and none are kept: set data.keep_rest=true")
    return question.rest().expand_as(question.images)


#: `black`: black pixels, as preprocessed; `mean`: the picture's mean colour; `blur`: the picture without detail;
#: `rest`: the same person's neutral face.
HIDDEN: dict[str, Callable[[Question], Tensor]] = {
    "black": lambda question: question.black.expand_as(question.images),
    "mean": lambda question: question.images.mean(dim=(-2, -1), keepdim=True).expand_as(question.images),
    "blur": _blurred,
    REST: _at_rest,
}


def check_hiding(hide: str, key: str) -> str:
    """The setting itself, where it is one that `HIDDEN` knows.

    Raises:
        UserError: it is not; the message calls the setting `key`.
    """
    if hide not in HIDDEN:
        raise UserError(f"{key}={hide} is not known: choose one of {', '.join(HIDDEN)}")
    return hide


def hidden_pictures(question: Question, hide: str) -> Tensor:
    """The pictures with everything hidden, (b, 3, h, w), preprocessed as the network's input is.

    Args:
        question: whose images are hidden.
        hide: a key of `HIDDEN`.

    Returns:
        NaN throughout a picture that cannot be hidden so, see `can_be_hidden`.

    Raises:
        NotApplicableError: no picture can.
    """
    return HIDDEN[hide](question)


def can_be_hidden(hidden: Tensor) -> Tensor:
    """Which pictures there is something to show in place of, bool (b,); not those of people without a neutral face.

    Args:
        hidden: as `hidden_pictures` gives it.
    """
    return ~hidden.flatten(1).isnan().any(dim=1)


def lacking_rest(part: Any, question: Question) -> Tensor:
    """Which images an explainer leaves out because their people have no neutral face: bool (b,) on the CPU.

    Args:
        part: an explainer; its attribute `hide` says what hidden pixels show, if it hides any.
        question: whose images are explained.
    """
    if getattr(part, "hide", None) != REST:
        return torch.zeros(len(question), dtype=torch.bool)
    return ~can_be_hidden(hidden_pictures(question, REST)).cpu()
