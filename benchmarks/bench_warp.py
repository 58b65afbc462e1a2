"""The warp against scikit-image's piecewise-affine one: a 224 px crop into the frame of 275 x 224."""

import numpy as np
import torch
from skimage.transform import PiecewiseAffineTransform, warp

from benchmarks.harness import Measured, ratio, row
from fer_xai.face.canonical import CANONICAL_POINTS, FRAME_SHAPE, canonical_points, complete_landmarks
from fer_xai.face.warp import CanonicalWarp

SIZE = 224


def faces(n: int) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(0)
    points = canonical_points((round(0.8 * SIZE), round(0.7 * SIZE)))[:68] + np.array([0.2 * SIZE, 0.15 * SIZE])
    landmarks = torch.tensor(points + rng.normal(0, 0.5, (n, 68, 2)), dtype=torch.float32)
    return torch.tensor(rng.random((n, SIZE, SIZE)), dtype=torch.float32), landmarks


def scikit_image(image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    source = complete_landmarks(landmarks, SIZE)
    transform = PiecewiseAffineTransform.from_estimate(CANONICAL_POINTS, source)
    return warp(image, transform, output_shape=FRAME_SHAPE)


@row("warp one heatmap, against scikit-image", target=20)
def one_heatmap() -> Measured:
    images, landmarks = faces(1)
    ours, image, points = CanonicalWarp(), images[0].numpy(), landmarks[0].numpy()
    return ratio(lambda: ours(images, landmarks), lambda: scikit_image(image, points), rounds=9)


@row("warp 32 heatmaps, against scikit-image", target=20)
def batch() -> Measured:
    images, landmarks = faces(32)
    ours = CanonicalWarp()

    def theirs() -> list[np.ndarray]:
        return [scikit_image(i, p) for i, p in zip(images.numpy(), landmarks.numpy(), strict=True)]

    return ratio(lambda: ours(images, landmarks), theirs, rounds=3)
