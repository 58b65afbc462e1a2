"""WeiNet: three 7 x 7 convolutions at full resolution."""

from timm.layers.pool2d_same import MaxPool2dSame
from torch import nn

from fer_xai.models.network import Network, convolution, flat_size, initialise_as_keras


class WeiNet(Network):
    """conv 32@7x7, pool 2x2/1, conv 32@7x7, pool 2x2/1, conv 64@7x7, pool 2x2/1, FC.

    All with TensorFlow's 'same' padding, so that the map keeps its size; 1,728,230 parameters at 64 px and six classes.

    Args:
        input_size: side of the square input in pixels.
        classes: number of expressions.
    """

    def __init__(self, input_size: int = 64, classes: int = 6) -> None:
        features = nn.Sequential(
            *convolution(3, 32, 7),
            MaxPool2dSame(2, stride=1),
            *convolution(32, 32, 7),
            MaxPool2dSame(2, stride=1),
            *convolution(32, 64, 7),
        )
        pool = MaxPool2dSame(2, stride=1)
        flat = flat_size(features, pool, channels=3, size=input_size)
        super().__init__(features, nn.Sequential(pool, nn.Flatten(), nn.Linear(flat, classes)))
        initialise_as_keras(self)
