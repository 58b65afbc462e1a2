"""SilNet: five convolutions at half the resolution and two fully connected layers before the last."""

from timm.layers.pool2d_same import MaxPool2dSame
from torch import nn

from fer_xai.models.network import Network, convolution, flat_size, initialise_glorot_normal


class SilNet(Network):
    """conv 32@11x11, pool/2, conv 32@7x7 twice, pool/1, conv 64@5x5 twice, pool/1, FC, dropout, FC, FC.

    Every pool is 2x2, every padding TensorFlow's 'same'; Glorot-normal first weights; 184,852,038 parameters at 150 px
    and six classes.

    Args:
        input_size: side of the square input in pixels.
        classes: number of expressions.
        dropout: share of values hidden in training after the first fully connected layer.
        units: width of both fully connected layers.
    """

    def __init__(self, input_size: int = 150, classes: int = 6, dropout: float = 0.5, units: int = 512) -> None:
        features = nn.Sequential(
            *convolution(3, 32, 11),
            MaxPool2dSame(2, stride=2),
            *convolution(32, 32, 7),
            *convolution(32, 32, 7),
            MaxPool2dSame(2, stride=1),
            *convolution(32, 64, 5),
            *convolution(64, 64, 5),
        )
        pool = MaxPool2dSame(2, stride=1)
        flat = flat_size(features, pool, channels=3, size=input_size)
        head = nn.Sequential(
            pool,
            nn.Flatten(),
            *(nn.Linear(flat, units), nn.ReLU(), nn.Dropout(dropout)),
            *(nn.Linear(units, units), nn.ReLU()),
            nn.Linear(units, classes),
        )
        super().__init__(features, head)
        initialise_glorot_normal(self)
