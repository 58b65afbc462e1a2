"""Class activation maps that weigh every channel by passes of its own, by the definitions of the grad-cam package."""

from abc import ABC, abstractmethod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.cam import weighted_sum
from fer_xai.explainers.layer_pass import layer_pass, score_with_maps

#: The package's addition to the range of a mask.
SCORE_CAM_EPS = 1e-8


class PassesCAM(ABC):
    """A sum of a layer's channels whose weights come from one pass per channel.

    Args:
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging.
        batch_size: images per pass, at least one of every image of the batch; changes speed and memory alone.
    """

    def __init__(self, local_scale: str = "mass", positive: bool = True, batch_size: int = 64) -> None:
        self.local_scale = local_scale
        self.positive = positive
        self.batch_size = batch_size

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the explained layer.

        Raises:
            UserError: the layer does not exist, or its output has no spatial extent; the network has no such class.
        """
        of_layer = layer_pass(network, layer, question)
        maps = of_layer.activations
        at_once = max(1, self.batch_size // max(1, len(question)))
        with frozen(network), torch.no_grad():
            scores = [
                self.scores(network, layer, question, maps, channels).float().view(len(channels), -1)
                for channels in torch.arange(maps.shape[1], device=maps.device).split(at_once)
            ]
            return weighted_sum(self.weights(torch.cat(scores).T, of_layer.score), maps)

    @abstractmethod
    def scores(self, network: nn.Module, layer: str, question: Question, maps: Tensor, channels: Tensor) -> Tensor:
        """Scores (n * b,) of the passes for n channels, all images of the batch for the first one, and so on."""

    @abstractmethod
    def weights(self, scores: Tensor, score: Tensor) -> Tensor:
        """Weights (b, channels) that follow from `scores` (b, channels) and the untouched images' `score` (b,)."""


class ScoreCAM(PassesCAM):
    """Score-CAM (Wang et al., CVPR workshops 2020).

    Each channel, enlarged to the input's size (corners aligned, as in the package) and stretched to [0, 1], masks the
    preprocessed input; weights are the softmax over channels of the scores of the masked inputs. So every weight is
    positive, and costs a whole forward pass. A constant channel masks everything.
    """

    title = "Score-CAM"

    def scores(self, network: nn.Module, layer: str, question: Question, maps: Tensor, channels: Tensor) -> Tensor:
        """See `PassesCAM.scores`."""
        size = question.images.shape[-2:]
        masks = F.interpolate(maps[:, channels], size=size, mode="bilinear", align_corners=True)
        low, high = masks.amin(dim=(2, 3), keepdim=True), masks.amax(dim=(2, 3), keepdim=True)
        masks = ((masks - low) / (high - low + SCORE_CAM_EPS)).to(question.images)
        masked = masks.transpose(0, 1)[:, :, None] * question.images
        return question.score(network(masked.flatten(0, 1)))

    def weights(self, scores: Tensor, score: Tensor) -> Tensor:
        """See `PassesCAM.weights`."""
        return scores.softmax(dim=1)


class AblationCAM(PassesCAM):
    """Ablation-CAM (Desai and Ramaswamy, WACV 2020).

    Each channel in turn is set to 0; its weight is the drop of the score, as a share of the score. Only what follows
    the explained layer runs again where that layer is the network's `features`. (Where a layer gives negative values
    the package sets channels to a huge negative number that depends on its batch size; here they are 0, as in the
    paper.)

    Args:
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging.
        batch_size: maps per pass, at least one of every image of the batch; changes speed and memory alone.
        relative: divide by the score, as published. A class whose logit is negative then has its map turned round,
            evidence for it becoming evidence against; false takes the drop itself. A score of 0 divides by 1.
    """

    title = "Ablation-CAM"

    def __init__(
        self, local_scale: str = "mass", positive: bool = True, batch_size: int = 256, relative: bool = True
    ) -> None:
        super().__init__(local_scale, positive, batch_size)
        self.relative = relative

    def scores(self, network: nn.Module, layer: str, question: Question, maps: Tensor, channels: Tensor) -> Tensor:
        """See `PassesCAM.scores`."""
        kept = 1 - F.one_hot(channels, maps.shape[1]).to(maps)
        ablated = kept[:, None, :, None, None] * maps
        return score_with_maps(network, layer, question, ablated.flatten(0, 1).to(question.images))

    def weights(self, scores: Tensor, score: Tensor) -> Tensor:
        """See `PassesCAM.weights`."""
        drop = score[:, None] - scores
        return drop / score.where(score != 0, 1)[:, None] if self.relative else drop
