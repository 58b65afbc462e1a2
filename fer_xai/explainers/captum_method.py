"""Any attribution of captum, by the name of its class."""

import inspect
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.deep_lift import Scored
from fer_xai.explainers.hiding import check_hiding, hidden_pictures
from fer_xai.explainers.layer import find_layer
from fer_xai.explainers.package_methods import check_method

#: They need several images or baselines at once, and images are explained one by one.
_OF_SEVERAL = ("DeepLiftShap", "LayerDeepLiftShap", "FeaturePermutation", "LayerFeaturePermutation")
#: Names that captum gives to what this program fills in.
_NETWORK, _FILLED = ("forward_func", "model"), ("inputs", "baselines", "sliding_window_shapes")


class CaptumMethod:
    """An attribution of captum (Kokhlikyan et al., 2020, arXiv:2009.07896) to pixels, or to the explained layer.

    Images are explained one by one, each with random numbers of its own. A pixel's value is the sum over its channels,
    with its sign. What a method asks for beyond the image is filled in where its settings do not say it: a baseline
    (`hide`), superpixels that are hidden together in place of single pixels, a window that slides over the picture.

    Args:
        method: name of a class of `captum.attr`, such as `GuidedBackprop`, `LRP`, `GradientShap` or `LayerGradCam`.
        settings: of the class or of its method `attribute`, such as `n_samples`.
        hide: the baseline: black, mean, blur or rest.
        segments: about so many superpixels (SLIC). `ShapleyValues` tries all orders of them: 6 and no more.
        compactness: of the superpixels.
        window: side of a sliding window, as a share of the picture's; it moves by half of it.
        seed: of the random choices.
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging.

    Raises:
        UserError: captum has no such method, or the method no such setting.
    """

    def __init__(
        self,
        method: str = "InputXGradient",
        settings: Mapping[str, Any] | None = None,
        hide: str = "black",
        segments: int = 30,
        compactness: float = 20.0,
        window: float = 0.2,
        seed: int = 0,
        local_scale: str = "mass",
        positive: bool = False,
    ) -> None:
        known = methods()
        check_method(method, known, "explainer.captum.method", "captum has no such method for images")
        self.method, self.settings = method, dict(settings or {})
        made, asked = _parameters(known[method]), _parameters(known[method].attribute)
        takes = [name for name in (*made, *asked) if name not in (*_NETWORK, "layer", "inputs", "kwargs", "self")]
        wrong = [name for name in self.settings if name not in takes]
        if wrong:
            raise UserError(f"explainer.captum.settings.{wrong[0]}: {method} takes {', '.join(takes)}")
        self.hide = check_hiding(hide, "explainer.captum.hide")
        self.segments, self.compactness, self.window, self.seed = segments, compactness, window, seed
        self.local_scale = local_scale
        self.positive = positive

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the images, or of the layer that the method looks at.

        Raises:
            NotApplicableError: no neutral faces are kept that `hide` wants.
            UserError: the layer does not exist, or the network has no such class.
        """
        made = _parameters(methods()[self.method])
        own = {name: value for name, value in self.settings.items() if name in made}
        place = [find_layer(network, layer)] if "layer" in made else []
        maps = []
        with frozen(network), torch.inference_mode(False), torch.enable_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # captum says at each call that it sets hooks, or wants gradients
            for i, number in enumerate(question.seeds):
                one = question.one(i)
                asked = self._asked(one)
                if "feature_mask" in asked and not asked["feature_mask"].any():
                    # One superpixel: there is nothing to share out.
                    maps.append(torch.zeros_like(one.images[:, 0], dtype=torch.float32))
                    continue
                method = methods()[self.method](Scored(network, one), *place, **own)  # type: ignore[call-arg]
                with _seeded(self.seed + number):
                    maps.append(_summed(method.attribute(self._image(one), **asked)))
        return torch.cat(maps)

    def _image(self, question: Question) -> Tensor:
        return question.images.detach().clone().requires_grad_()

    def _asked(self, question: Question) -> dict[str, Any]:
        """What `attribute` is called with beside the image."""
        asked = _parameters(methods()[self.method].attribute)
        given = {name: value for name, value in self.settings.items() if name in asked}
        if "baselines" in asked and "baselines" not in given:
            given["baselines"] = hidden_pictures(question, self.hide).detach()
        if "feature_mask" in asked and "feature_mask" not in given:
            from fer_xai.explainers.segments import superpixels

            given["feature_mask"] = superpixels(question, self.segments, self.compactness)[0][:, None]
        if "sliding_window_shapes" in asked and "sliding_window_shapes" not in given:
            channels, *sides = question.images.shape[1:]
            window = [max(1, round(self.window * side)) for side in sides]
            given["sliding_window_shapes"] = (channels, *window)
            given.setdefault("strides", (channels, *(max(1, side // 2) for side in window)))
        return given


@cache
def methods() -> dict[str, Any]:
    """Captum's methods that need no more than a network, an image and a layer, by their names."""
    import captum.attr

    found = {}
    for name in sorted(set(captum.attr.__all__) - set(_OF_SEVERAL)):
        one = getattr(captum.attr, name)
        # Base classes have no attribution of their own.
        if not inspect.isclass(one) or not hasattr(one, "attribute") or one.__module__.endswith("_utils.attribution"):
            continue
        made, asked = _parameters(one), _parameters(one.attribute)
        needed = {*_needed(made), *_needed(asked)} - {*_NETWORK, *_FILLED, "layer", "self"}
        if not needed and set(_NETWORK) & set(made) and "inputs" in asked:
            found[name] = one
    return found


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Random states of torch and NumPy, of which captum draws, follow from a seed and are as they were afterwards."""
    before = np.random.get_state()  # noqa: NPY002 - captum's own
    try:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            np.random.seed(seed % 2**32)  # noqa: NPY002 - likewise
            yield
    finally:
        np.random.set_state(before)  # noqa: NPY002 - likewise


def _parameters(function: Any) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


def _needed(parameters: Mapping[str, inspect.Parameter]) -> list[str]:
    free = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return [name for name, p in parameters.items() if p.default is p.empty and p.kind not in free]


def _summed(values: Any) -> Tensor:
    """Attributions (1, channels, y, x), or several of a layer with several outputs, as a map (1, y, x)."""
    first = values[0] if isinstance(values, tuple) else values
    if first.ndim != 4:
        raise UserError(f"its attributions have the shape {tuple(first.shape)}: a layer that gives a map is needed")
    return first.detach().sum(dim=1).float()
