"""Maps that know nothing of the network: what a claim about an explainer's maps must beat."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError
from fer_xai.explainers.base import Question
from fer_xai.face.warp import CanonicalWarp
from fer_xai.metrics.baselines import centred_gaussian, landmark_density

#: Luma of RGB (ITU-R BT.601), and the Sobel operator across columns, scaled to the slope per pixel.
_LUMA = (0.299, 0.587, 0.114)
_SOBEL = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))


class Baseline:
    """What all baselines have in common: never negative, one image, one vote.

    Args:
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop negative values before averaging; there are none.

    Attributes:
        baseline: tells these explainers from those that look at the network.
    """

    baseline = True

    def __init__(self, local_scale: str = "mass", positive: bool = True) -> None:
        self.local_scale = local_scale
        self.positive = positive


class UniformNoise(Baseline):
    """Independent uniform noise in every pixel, its own for every image.

    Args:
        seed: of the noise; an image's noise follows from it and the image's number.
        local_scale: see `Baseline`.
        positive: see `Baseline`.
    """

    title = "noise"

    def __init__(self, seed: int = 0, local_scale: str = "mass", positive: bool = True) -> None:
        super().__init__(local_scale, positive)
        self.seed = seed

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; values from 0 to 1 in the resolution of the images."""
        shape = question.images.shape[-2:]
        maps = [np.random.default_rng((self.seed, one)).random(shape, dtype=np.float32) for one in question.seeds]
        return torch.from_numpy(np.array(maps, dtype=np.float32).reshape(-1, *shape)).to(question.images.device)


class CentredGaussian(Baseline):
    """A Gaussian blob in the middle of the picture: the map of somebody who only knows where faces are.

    Args:
        part: standard deviation along each side, as a part of the side.
        local_scale: see `Baseline`.
        positive: see `Baseline`.
    """

    title = "a centred Gaussian"

    def __init__(self, part: float = 0.25, local_scale: str = "mass", positive: bool = True) -> None:
        super().__init__(local_scale, positive)
        self.part = part

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; values from 0 to 1 in the resolution of the images, the same for each."""
        rows, columns = question.images.shape[-2:]
        blob = torch.tensor(centred_gaussian((rows, columns), self.part), dtype=torch.float32)
        return blob.to(question.images.device).repeat(len(question), 1, 1)


class Edges(Baseline):
    """Sobel's gradient magnitude of the grey picture: what any detector of edges would mark."""

    title = "edges"

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; slope of the grey value, in [0, 1], per pixel, in the resolution of the images."""
        pixels = question.pixels.float()
        grey = (pixels * pixels.new_tensor(_LUMA).view(1, 3, 1, 1)).sum(dim=1, keepdim=True)
        across = pixels.new_tensor(_SOBEL) / 8
        slopes = F.conv2d(F.pad(grey, (1, 1, 1, 1), mode="replicate"), torch.stack([across, across.mT])[:, None])
        return slopes.square().sum(dim=1).sqrt()


class LandmarkDensity(Baseline):
    """The mean density of facial landmarks, carried from the canonical face to the picture: where faces have structure.

    In the canonical face it is the landmark density that scores are compared with, the same for every face.

    Args:
        part: standard deviation of the density's smoothing along each side of the canonical frame, as a part of it.
        local_scale: see `Baseline`.
        positive: see `Baseline`.
    """

    title = "the density of landmarks"

    def __init__(self, part: float = 1 / 16, local_scale: str = "mass", positive: bool = True) -> None:
        super().__init__(local_scale, positive)
        self.density = torch.tensor(landmark_density(part=part), dtype=torch.float32)
        self.warp = CanonicalWarp()

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; values from 0 to 1 in the resolution of the images, 0 beside the face.

        Raises:
            NotApplicableError: the landmarks of the faces are not known.
        """
        if question.landmarks is None:
            raise NotApplicableError("the landmark density needs the landmarks of the faces, and none are known")
        device, (rows, columns) = question.images.device, question.images.shape[-2:]
        density = self.density.to(device).expand(len(question), -1, -1)
        return self.warp.inverse(density, question.landmarks.to(device), (rows, columns))[0]
