"""Any convolutional image backbone of timm, with global average pooling and one linear layer."""

import timm
import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.models.network import Network


class BackboneFeatures(nn.Module):
    """A timm backbone without its classifier: images (b, 3, h, w) to its last feature map (b, channels, y, x)."""

    def __init__(self, backbone: nn.Module, input_size: int) -> None:
        super().__init__()
        self.backbone = backbone
        self._drop_unused(input_size)

    def forward(self, images: Tensor) -> Tensor:
        """The last feature map, before pooling."""
        return self.backbone.forward_features(images)  # type: ignore[operator]

    def _drop_unused(self, input_size: int) -> None:
        """Replace the layers that only timm's own classifier would use: they would never get a gradient."""
        called: set[nn.Module] = set()
        handles = [m.register_forward_hook(lambda m, *_: called.add(m)) for m in self.backbone.modules()]
        try:
            with torch.no_grad():
                self.backbone.eval()
                self(torch.zeros(1, 3, input_size, input_size))
        finally:
            for handle in handles:
                handle.remove()
            self.backbone.train()
        for name, child in list(self.backbone.named_children()):
            if called.isdisjoint(child.modules()):
                setattr(self.backbone, name, nn.Identity())


class TimmNetwork(Network):
    """A timm backbone under global average pooling and one linear layer.

    Args:
        backbone: timm's name, best with the tag of its weights, e.g. `mobilenetv3_large_100.ra_in1k`.
        input_size: side of the square input in pixels.
        classes: number of expressions.
        dropout: share of pooled features hidden in training.

    Raises:
        UserError: timm has no such backbone, or its last map has no spatial extent.
    """

    def __init__(self, backbone: str, input_size: int = 224, classes: int = 6, dropout: float = 0.0) -> None:
        if not timm.is_model(backbone):
            near = timm.list_models(f"*{backbone.split('.')[0].split('_')[0]}*")[:3]
            raise UserError(f"timm has no backbone '{backbone}'" + (f"; near: {', '.join(near)}" if near else ""))
        features = BackboneFeatures(timm.create_model(backbone, num_classes=0, global_pool=""), input_size)
        with torch.no_grad():
            shape = features.eval()(torch.zeros(1, 3, input_size, input_size)).shape
        features.train()
        if len(shape) != 4:
            raise UserError(f"backbone '{backbone}' ends in a map of shape {tuple(shape)}, not (batch, channels, y, x)")
        head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(shape[1], classes))
        super().__init__(features, head)
