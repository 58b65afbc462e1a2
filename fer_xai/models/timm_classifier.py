"""A classifier of timm as timm built it: with its own pooling and its own last layers."""

import torch
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError
from fer_xai.models.backbones import create_backbone, unfit
from fer_xai.models.feature_map import ChannelsLast, TokensToMap, to_map


class TimmClassifier(nn.Module):
    """A whole model of timm, whose weights were trained elsewhere; it gives what timm gives.

    `features` is the last map before the pooling. Networks that decide by a class token alone have none, for nothing
    depends on the other tokens there: explainers that want a layer do not apply to them.

    Args:
        backbone: timm's name.
        input_size: side of the square input in pixels.
        classes: number of logits.

    Raises:
        UserError: timm has no such model, or it does not take this input size.
    """

    def __init__(self, backbone: str, input_size: int, classes: int) -> None:
        super().__init__()
        self.backbone = create_backbone(backbone, input_size, classes=classes)
        self.name = backbone
        try:
            features = _map_of(self.backbone.eval(), input_size)
        except (AssertionError, IndexError, RuntimeError, TypeError, ValueError) as error:
            raise unfit(backbone, input_size, error) from error
        if features is not None:
            self.features = features

    def forward(self, images: Tensor) -> Tensor:
        """Logits (b, classes) of images (b, 3, h, w)."""
        if "features" not in self._modules:
            return self.backbone(images)
        output = self.backbone.forward_features(images)  # type: ignore[operator]
        given_back = _from_map(self.features, self.features(output), output)
        return self.backbone.forward_head(given_back)  # type: ignore[operator]

    def get_submodule(self, target: str) -> nn.Module:
        """The layer of this name.

        Raises:
            NotApplicableError: `features`, where the network has no such map.
        """
        if target == "features" and "features" not in self._modules:
            raise NotApplicableError(
                f"{self.name} has no map that its decision depends on (it decides by its class token, or ends in no "
                "map): name a layer that gives one (model.layer), or take explainers that look at no layer"
            )
        return super().get_submodule(target)


def _map_of(model: nn.Module, input_size: int) -> nn.Module | None:
    """What makes a map of the last features, if the logits depend on the places of that map."""
    image = torch.rand(1, 3, input_size, input_size, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        output = model.forward_features(image)  # type: ignore[operator]
    form = to_map(model, output, input_size)
    if form is None:
        return None
    with torch.enable_grad():
        maps = form(output).detach().requires_grad_()
        logits = model.forward_head(_from_map(form, maps, output))  # type: ignore[operator]
        (gradient,) = torch.autograd.grad(logits.square().sum(), maps)
    return form if bool((gradient != 0).any()) else None


def _from_map(form: nn.Module, maps: Tensor, output: Tensor) -> Tensor:
    """The features as timm's head takes them, with the places of a map, and other tokens as they were."""
    if isinstance(form, ChannelsLast):
        return maps.permute(0, 2, 3, 1)
    if isinstance(form, TokensToMap):
        return torch.cat([output[:, : form.prefix], maps.flatten(2).transpose(1, 2)], dim=1)
    return maps
