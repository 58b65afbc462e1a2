"""Any image backbone of timm, convolutional or transformer, with global average pooling and one linear layer."""

import torch
from torch import Tensor, nn

from fer_xai.models.backbones import create_backbone, unfit
from fer_xai.models.feature_map import to_map
from fer_xai.models.network import Network
from fer_xai.models.probe import Call, calls_of, drop_unused


class BackboneFeatures(nn.Module):
    """A timm backbone without its classifier: images (b, 3, h, w) to its last feature map (b, channels, y, x).

    Args:
        backbone: timm's.
        to_map: what turns the output of its `forward_features` into a map.
    """

    def __init__(self, backbone: nn.Module, to_map: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.to_map = to_map

    def forward(self, images: Tensor) -> Tensor:
        """The last feature map, before pooling."""
        return self.to_map(self.backbone.forward_features(images))  # type: ignore[operator]


class PooledFeatures(nn.Module):
    """A timm backbone that ends in no map, pooled as timm does: images (b, 3, h, w) to features (b, channels)."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, images: Tensor) -> Tensor:
        """The features that timm's classifier would see."""
        return self.backbone(images)


class TimmNetwork(Network):
    """A timm backbone under global average pooling and one linear layer.

    `features` ends with the last feature map before any pooling, whatever the backbone is made of: tokens are put back
    into their places, and tokens that belong to no place (class, registers) are left out. Where timm normalises the
    pooled features before its classifier (ConvNeXt, EVA ...), so does the head. Layers of the backbone that then have
    no use are removed.

    A few backbones end in no map (PiT in its class token alone, CrossViT in two grids). They keep timm's own pooling,
    and the layer to explain is named by hand (`model.layer`).

    Args:
        backbone: timm's name, best with the tag of its weights, e.g. `mobilenetv3_large_100.ra_in1k`.
        input_size: side of the square input in pixels.
        classes: number of expressions.
        dropout: share of pooled features hidden in training.

    Raises:
        UserError: timm has no such backbone, or it does not take this input size.
    """

    def __init__(self, backbone: str, input_size: int = 224, classes: int = 6, dropout: float = 0.0) -> None:
        model = create_backbone(backbone, input_size).eval()
        names = {module: name for name, module in model.named_modules()}
        image = torch.zeros(1, 3, input_size, input_size)
        try:
            with torch.enable_grad():
                features, layers, channels = _split(model, image)
        except (AssertionError, IndexError, RuntimeError, TypeError, ValueError) as error:
            raise unfit(backbone, input_size, error) from error
        head = nn.Sequential(*layers, nn.Dropout(dropout), nn.Linear(channels, classes))
        super().__init__(features.train(), head.train())
        self.input_size = input_size
        self._moved = {
            f"{names[layer]}.{name}": f"head.{number}.{name}"
            for number, layer in enumerate(layers)
            for name in layer.state_dict()
        }

    def name_of(self, timm_name: str) -> str:
        """The name that a tensor of timm's backbone has in this network."""
        return self._moved.get(timm_name, f"features.backbone.{timm_name}")


def _split(model: nn.Module, image: Tensor) -> tuple[nn.Module, list[nn.Module], int]:
    """A backbone up to its last map, the layers from there to a vector, and that vector's length."""
    output, calls = calls_of(model, lambda: model.forward_features(image))  # type: ignore[operator]
    form = to_map(model, output, image.shape[-1])
    if form is None:
        pooled, calls = calls_of(model, lambda: model(image))
        drop_unused(model, pooled, calls)
        return PooledFeatures(model), [], pooled.shape[1]
    maps = form(output)
    channels = maps.shape[1]
    _, after = calls_of(model, lambda: model.forward_head(output, pre_logits=True))  # type: ignore[operator]
    layers: list[nn.Module] = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    norm = _norm_of_pooled(after, channels)
    if norm is not None:
        layers.insert(2 if len(norm.input_shape) == 2 else 1, norm.module)
    drop_unused(model, maps, calls)
    return BackboneFeatures(model, form), _take_last_pool(model, calls) + layers, channels


def _norm_of_pooled(calls: list[Call], channels: int) -> Call | None:
    """The normalisation by which timm's own head begins after its pooling, if it begins so."""
    for call in calls:
        parameters = list(call.module.parameters())
        if parameters and not list(call.module.children()):
            vectors = all(parameter.shape == (channels,) for parameter in parameters)
            pooled = call.input_shape in {(1, channels), (1, channels, 1, 1)}
            return call if vectors and pooled else None
    return None


def _take_last_pool(model: nn.Module, calls: list[Call]) -> list[nn.Module]:
    """The pool by which the features end, if they do (VGG): the map before it is explained, so it moves to the head."""
    last = [call.module for call in calls if not list(call.module.children())][-1]
    if not isinstance(last, nn.MaxPool2d | nn.AvgPool2d):
        return []
    name = next(name for name, module in model.named_modules() if module is last)
    model.set_submodule(name, nn.Identity())
    return [last]
