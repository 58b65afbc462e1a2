"""SongNet: four convolutions, each halving the map."""

from timm.layers.pool2d_same import MaxPool2dSame
from torch import nn

from fer_xai.models.network import Network, convolution, flat_size, initialise_as_keras


class SongNet(Network):
    """conv 64@5x5, pool, conv 64@5x5, pool, conv 32@3x3, pool, dropout, conv 32@3x3, pool, dropout, FC.

    Every pool is 3x3/2, every padding TensorFlow's 'same'; 172,678 parameters at 224 px and six classes.

    Args:
        input_size: side of the square input in pixels.
        classes: number of expressions.
        dropout: share of values that each of the two dropouts hides in training.
    """

    def __init__(self, input_size: int = 224, classes: int = 6, dropout: float = 0.5) -> None:
        features = nn.Sequential(
            *convolution(3, 64, 5),
            MaxPool2dSame(3, stride=2),
            *convolution(64, 64, 5),
            MaxPool2dSame(3, stride=2),
            *convolution(64, 32, 3),
            MaxPool2dSame(3, stride=2),
            nn.Dropout(dropout),
            *convolution(32, 32, 3),
        )
        pool = MaxPool2dSame(3, stride=2)
        flat = flat_size(features, pool, channels=3, size=input_size)
        super().__init__(features, nn.Sequential(pool, nn.Dropout(dropout), nn.Flatten(), nn.Linear(flat, classes)))
        initialise_as_keras(self)
