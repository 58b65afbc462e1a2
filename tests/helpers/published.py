"""The published maps and what people used, from the folder of env FER_XAI_SHARED."""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

#: A map for each expression.
Maps = Callable[[str], NDArray]

needs_shared = pytest.mark.skipif(
    "FER_XAI_SHARED" not in os.environ, reason="FER_XAI_SHARED (data of observers) is not set"
)


def shared(*parts: str) -> Path:
    return Path(os.environ["FER_XAI_SHARED"]).joinpath(*parts)


def grey(*parts: str) -> NDArray[np.float64]:
    return cv2.imread(str(shared("published", *parts)), cv2.IMREAD_GRAYSCALE).astype(float)


def of_network(name: str) -> Maps:
    return lambda expression: grey("heatmaps_by_network", f"{name}_{expression.capitalize()}_heatmap.png")


def of_masks(expression: str) -> NDArray:
    return grey("masks", f"{expression.capitalize()}_gt.png") > 127
