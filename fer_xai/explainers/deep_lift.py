"""DeepLIFT: the score's difference from that of a black picture, handed back layer by layer."""

import copy
import logging
import warnings
from collections import Counter

import torch
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.deep_lift_pool import RuledMaxPool, RuledPools
from fer_xai.models.probe import calls_of

log = logging.getLogger(__name__)

#: How far the sum of an image's values may be off: this share of the difference of scores ...
TOLERANCE = 0.01
#: ... and this share of their absolute sum, which rounding alone can cost.
ROUNDING = 1e-4


class DeepLift:
    """DeepLIFT with the rescale rule (Shrikumar et al., ICML 2017, section 3.5.2), by captum; the reference is black.

    A pixel's value is the sum over its channels, with its sign; all values of an image sum to the score of the image
    less that of black. The rule knows what to do with layers that are linear, with element-wise activations (ReLU, ELU,
    LeakyReLU, sigmoid, tanh, softplus), each a module that is called once, and with max pools. Where the sum comes out
    for no image of a batch, the network does something else (multiplies by gates, attends), and the method does not
    apply: among the twelve networks it fits all but MobileNetV3 and EfficientNetV2. A single image whose sum does not
    come out (a quotient of two numbers next to 0, mostly) has a map of NaN: it is left out of averages and counted.

    Args:
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging.
    """

    title = "DeepLIFT"

    def __init__(self, local_scale: str = "mass", positive: bool = False) -> None:
        self.local_scale = local_scale
        self.positive = positive

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the images, `layer` takes no part.

        Raises:
            NotApplicableError: the network has non-linear steps that the rule does not know.
            UserError: the network has no such class.
        """
        from captum.attr import DeepLift as Captum

        with frozen(network), torch.inference_mode(False), torch.enable_grad():
            images = question.images.clone().detach()
            twin = _twin(network)
            _check_layers(twin, images)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # captum says at each call that it sets hooks
                with RuledPools():
                    values, missed = Captum(Scored(twin, question)).attribute(
                        images.requires_grad_(), question.black.expand_as(images), return_convergence_delta=True
                    )
            values, missed = values.detach().float(), missed.detach().float()
        off = _off(values, missed)
        return values.sum(dim=1).masked_fill(off[:, None, None], torch.nan)


class Scored(nn.Module):
    """A network that gives the question's score (n * b,), as captum wants it: a module."""

    def __init__(self, network: nn.Module, question: Question) -> None:
        super().__init__()
        self.network = network
        self.question = question

    def forward(self, images: Tensor) -> Tensor:
        """The score (n * b,) of images (n * b, 3, h, w)."""
        return self.question.score(self.network(images))


def _twin(network: nn.Module) -> nn.Module:
    """The network again, on the same weights, in a form that captum's hooks can follow.

    Nothing is done in place; max pools follow a rule of their own; each activation has its input to itself. For captum
    overwrites the gradient of that input, also the part that came by a shortcut around the activation, and too late for
    an activation or pool that gave the input.
    """
    from captum.attr._core.deep_lift import SUPPORTED_NON_LINEAR

    tensors = [*network.parameters(), *network.buffers()]
    twin = copy.deepcopy(network, {id(tensor): tensor for tensor in tensors})
    for name, module in list(twin.named_modules()):
        if getattr(module, "inplace", False):
            module.inplace = False  # type: ignore[assignment]
        if isinstance(module, nn.MaxPool2d) and name:
            twin.set_submodule(name, RuledMaxPool(module))
        elif type(module) in SUPPORTED_NON_LINEAR and name:
            twin.set_submodule(name, nn.Sequential(_Copy(), module))
    return twin


class _Copy(nn.Module):
    def forward(self, maps: Tensor) -> Tensor:
        return maps.clone()


def _check_layers(twin: nn.Module, images: Tensor) -> None:
    from captum.attr._core.deep_lift import SUPPORTED_NON_LINEAR

    with torch.no_grad():
        _, calls = calls_of(twin, lambda: twin(images[:1]))
    used = Counter(call.module for call in calls)
    unknown = {type(m).__name__ for m in used if _is_activation(m) and type(m) not in SUPPORTED_NON_LINEAR}
    if unknown:
        raise NotApplicableError(f"DeepLIFT has no rule for {', '.join(sorted(unknown))}, which this network uses")
    again = {type(m).__name__ for m, n in used.items() if n > 1 and type(m) in {*SUPPORTED_NON_LINEAR, RuledMaxPool}}
    if again:
        raise NotApplicableError(
            f"DeepLIFT needs each activation to be a module that is called once: this network calls one "
            f"{', '.join(sorted(again))} several times"
        )


def _is_activation(module: nn.Module) -> bool:
    return type(module).__module__ == nn.ReLU.__module__


def _off(values: Tensor, missed: Tensor) -> Tensor:
    """Whose values do not sum to the difference of scores, bool (b,).

    Raises:
        NotApplicableError: nobody's do.
    """
    total, size = values.sum(dim=(1, 2, 3)), values.abs().sum(dim=(1, 2, 3))
    difference = total - missed
    off = ~(missed.abs() <= TOLERANCE * difference.abs() + ROUNDING * size)
    if len(off) and off.all():
        raise NotApplicableError(
            f"DeepLIFT does not fit this network: its values sum to {total[0]:.3g} where the scores differ by "
            f"{difference[0]:.3g}, so the network has non-linear steps that are no modules of a kind with a rule"
        )
    if off.any():
        log.warning(
            "DeepLIFT: the values of %d of %d images do not sum to the difference of scores", off.sum(), len(off)
        )
    return off
