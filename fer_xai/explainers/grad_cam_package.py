"""Any class activation map of the grad-cam package, by the name of its class, without the package's scaling."""

import contextlib
import inspect
import io
import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.layer import find_layer
from fer_xai.explainers.package_methods import check_method

log = logging.getLogger(__name__)


class PackageCAM:
    """A method of the grad-cam package (J. Gildenblat and others, github.com/jacobgil/pytorch-grad-cam).

    The package scales the map of every image to [0, 1], and an average of such maps means nothing: they are taken
    before that step and before its ReLU, which is a step of its own (`positive`). Where a method makes its map of
    several scaled ones (FullGrad, SESS), there are no others, and the log says so.

    FinerCAM compares a class with those that the network holds most like it; asked for a contrast, with that one.

    Args:
        method: name of a class of `pytorch_grad_cam`, such as `FinerCAM` or `ShapleyCAM`.
        settings: of the class, beyond the network and the layer.
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging.

    Raises:
        UserError: the package has no such method, or the method no such setting.
    """

    def __init__(
        self,
        method: str = "FinerCAM",
        settings: Mapping[str, Any] | None = None,
        local_scale: str = "mass",
        positive: bool = True,
    ) -> None:
        known = methods()
        check_method(method, known, "explainer.grad_cam_package.method", "the package has no such method")
        self.method, self.settings = method, dict(settings or {})
        wrong = [name for name in self.settings if name not in _settings_of(known[method])]
        if wrong:
            takes = ", ".join(_settings_of(known[method])) or "none"
            raise UserError(f"explainer.grad_cam_package.settings.{wrong[0]}: {method} takes {takes}")
        self.local_scale = local_scale
        self.positive = positive

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the explained layer, or of the images (FullGrad, SESS).

        Raises:
            UserError: the layer does not exist, or the network has no such class.
        """
        target_layer = find_layer(network, layer)
        with frozen(network), _gradients_kept(network), torch.inference_mode(False), torch.enable_grad(), _quiet():
            images = question.images.detach().clone()
            handle = network.register_forward_pre_hook(_begin_graph)
            cam = methods()[self.method](network, [target_layer], **self.settings)
            try:
                maps = self._maps(cam, images, question)
            finally:
                handle.remove()
                for base in _bases(cam):
                    base.activations_and_grads.release()
        return maps.to(question.images.device, torch.float32)

    def _maps(self, cam: Any, images: Tensor, question: Question) -> Tensor:
        if question.against is not None or "target_idx" not in inspect.signature(cam.forward).parameters:
            targets = [_Target(question.one(i)) for i in range(len(images))]
            return self._unscaled(cam, images, lambda: cam(images, targets))
        with torch.no_grad():
            question.score(cam.base_cam.model(images))  # refuses a class that the network does not have
        maps = []
        for image, number in zip(images.split(1), question.classes.tolist(), strict=True):
            maps.append(self._unscaled(cam, image, lambda image=image, number=number: cam(image, target_idx=number)))  # type: ignore[misc]
        return torch.cat(maps)

    def _unscaled(self, cam: Any, images: Tensor, run: Callable[[], Any]) -> Tensor:
        """The map before the package scales it, where it is made once and of these images alone."""
        made: list[Any] = []
        for base in _bases(cam):
            base.get_cam_image = _noting(type(base).get_cam_image.__get__(base), made)
        scaled = torch.as_tensor(run())
        if len(made) != 1 or len(made[0]) != len(images):
            log.info("%s: the package gives no maps but those that it has scaled to [0, 1] one by one", self.method)
            return scaled
        return torch.as_tensor(made[0])


def _begin_graph(network: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """With frozen weights, the graph begins with the images."""
    images, *rest = args
    return (images if images.requires_grad else images.detach().requires_grad_(torch.is_grad_enabled()), *rest)


class _Target:
    """What the package wants to know of one image's logits (classes,), or of those of several changes of it."""

    def __init__(self, question: Question) -> None:
        self.question = question

    def __call__(self, logits: Tensor) -> Tensor:
        return self.question.score(logits) if logits.ndim == 2 else self.question.score(logits[None])[0]


@cache
def methods() -> dict[str, type]:
    """The package's methods that explain a network at a layer, by their names."""
    import pytorch_grad_cam

    return {
        name: one
        for name, one in sorted(vars(pytorch_grad_cam).items())
        if inspect.isclass(one)
        and hasattr(one, "forward")
        and "target_layers" in inspect.signature(one).parameters
        and "targets" in inspect.signature(one.forward).parameters
    }


def _settings_of(method: type) -> list[str]:
    given = ("model", "target_layers", "reshape_transform", "kwargs")
    return [name for name in inspect.signature(method).parameters if name not in given]


def _bases(cam: Any) -> list[Any]:
    """The objects that look at the layer: the method itself, or those that it is made of."""
    from pytorch_grad_cam.base_cam import BaseCAM

    held = [one for value in vars(cam).values() for one in (value if isinstance(value, list) else [value])]
    return [one for one in (cam, *held) if isinstance(one, BaseCAM)]


def _noting(function: Callable[..., Any], made: list[Any]) -> Callable[..., Any]:
    """The function, with what it returns added to a list."""

    def noted(*args: Any, **kwargs: Any) -> Any:
        value = function(*args, **kwargs)
        made.append(value)
        return value

    return noted


@contextlib.contextmanager
def _gradients_kept(network: nn.Module) -> Iterator[None]:
    """Gradients that parameters have, which the package takes away, are there again afterwards."""
    before = {parameter: parameter.grad for parameter in network.parameters()}
    try:
        yield
    finally:
        for parameter, gradient in before.items():
            parameter.grad = gradient


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Some methods print, and draw bars of their own."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield
