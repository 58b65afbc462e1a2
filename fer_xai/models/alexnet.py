"""AlexNet: five convolutions and three wide fully connected layers before the last."""

from timm.layers import Conv2dSame
from timm.layers.pool2d_same import MaxPool2dSame
from torch import nn

from fer_xai.models.network import Network, convolution, flat_size, initialise_as_keras


class AlexNet(Network):
    """conv 96@11x11/4, pool, conv 256@5x5, pool, conv 384@3x3 twice, conv 256@3x3, pool, FC three times, FC.

    Every pool is 3x3/2, every padding TensorFlow's 'same'; 88,718,726 parameters at 224 px and six classes.

    Args:
        input_size: side of the square input in pixels.
        classes: number of expressions.
        dropout: share of values hidden in training after the first and the third fully connected layer.
        units: width of each of the three fully connected layers.
    """

    def __init__(self, input_size: int = 224, classes: int = 6, dropout: float = 0.4, units: int = 4096) -> None:
        features = nn.Sequential(
            Conv2dSame(3, 96, 11, stride=4),
            nn.ReLU(),
            MaxPool2dSame(3, stride=2),
            *convolution(96, 256, 5),
            MaxPool2dSame(3, stride=2),
            *convolution(256, 384, 3),
            *convolution(384, 384, 3),
            *convolution(384, 256, 3),
        )
        pool = MaxPool2dSame(3, stride=2)
        flat = flat_size(features, pool, channels=3, size=input_size)
        head = nn.Sequential(
            pool,
            nn.Flatten(),
            *(nn.Linear(flat, units), nn.ReLU(), nn.Dropout(dropout)),
            *(nn.Linear(units, units), nn.ReLU()),
            *(nn.Linear(units, units), nn.ReLU(), nn.Dropout(dropout)),
            nn.Linear(units, classes),
        )
        super().__init__(features, head)
        initialise_as_keras(self)
