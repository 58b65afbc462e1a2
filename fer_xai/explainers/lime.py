"""LIME: a linear model of what the network says when parts of the picture are hidden."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.designs import Design, Paired, Plain
from fer_xai.explainers.hiding import can_be_hidden, check_hiding, hidden_pictures
from fer_xai.explainers.passes import at_least, logits, segment_masks
from fer_xai.explainers.segments import divided, paint, superpixels
from fer_xai.explainers.surrogate import Surrogate


class LIME:
    """LIME for images (Ribeiro, Singh and Guestrin, KDD 2016), by the definitions of the lime package.

    Superpixels are shown or hidden at random; a ridge regression of the class's probability on what was shown, weighted
    by nearness to the whole picture, gives every superpixel its weight. All superpixels take part. Random choices
    follow from the seed and the image's number alone. A picture of one superpixel has nothing to compare: its map is
    zero.

    A designed sample and a surrogate give the same weights as many plain samples from fewer passes: the regression is
    done on very many samples that the surrogate answers, and corrected by one on the surrogate's errors in the samples
    that the network answered (R. T. Witter, Y. Liu and C. Musco, 2025, arXiv 2506.11849).

    Args:
        segments: about so many superpixels (SLIC).
        compactness: of the superpixels.
        samples: passes per image, the first with the whole picture.
        design: how the samples are chosen; None for LIME's own way.
        surrogate: a model of the network that answers further samples; None for LIME's own way, without.
        hide: what hidden superpixels show: black, mean, blur or rest, see `hiding.HIDDEN`.
        kernel_width: of the weights sqrt(exp(-d^2 / width^2)), d being the cosine distance from the whole picture.
        alpha: strength of the ridge regression.
        alpha_at: number of samples at which it has that strength, in proportion at others; None: the same at any.
        batch_size: pictures per pass.
        seed: of the random choices.
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging.

    Raises:
        UserError: a setting is out of range.
    """

    title = "LIME"

    def __init__(
        self,
        segments: int = 30,
        compactness: float = 20.0,
        samples: int = 1000,
        design: Design | None = None,
        surrogate: Surrogate | None = None,
        hide: str = "black",
        kernel_width: float = 0.25,
        alpha: float = 1.0,
        alpha_at: int | None = None,
        batch_size: int = 64,
        seed: int = 0,
        local_scale: str = "none",
        positive: bool = True,
    ) -> None:
        for key, number in {"segments": segments, "samples": samples, "batch_size": batch_size}.items():
            at_least(number, 1, f"lime.{key}")
        for key, value in {"kernel_width": kernel_width, "alpha": alpha, "compactness": compactness}.items():
            if not value > 0:
                raise UserError(f"lime.{key}={value}: a number above 0 is needed")
        self.segments, self.compactness = segments, compactness
        self.samples, self.design = samples, design if design is not None else Plain()
        self.surrogate = surrogate
        self.hide = check_hiding(hide, "lime.hide")
        self.kernel_width = kernel_width
        self.alpha = alpha if alpha_at is None else alpha * samples / alpha_at
        self.batch_size, self.seed = batch_size, seed
        self.local_scale, self.positive = local_scale, positive

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the images, each superpixel its weight."""
        labels, _ = superpixels(question, self.segments, self.compactness)
        return paint(self.segment_weights(network, question), labels)

    def segment_weights(self, network: nn.Module, question: Question) -> Tensor:
        """The weight of every superpixel: how the class's probability changes when it is shown.

        Args:
            network: in any mode; left as it was found.
            question: the images and what is asked about them.

        Returns:
            float64 (b, most superpixels of an image) on the CPU; 0 beyond an image's own superpixels, NaN for an image
            that cannot be hidden so.

        Raises:
            UserError: a class that the network does not have.
        """
        labels, counts = superpixels(question, self.segments, self.compactness)
        hidden = hidden_pictures(question, self.hide)
        shown = torch.zeros((len(question), self.samples, max(counts, default=0)), dtype=torch.bool)
        outputs = torch.zeros((len(question), self.samples), dtype=torch.float64)
        importance = torch.ones_like(outputs)
        modelled = torch.zeros((len(question), shown.shape[2]), dtype=torch.float64)
        with frozen(network), torch.no_grad():
            known = can_be_hidden(hidden).cpu()
            for i, parts in enumerate(counts):
                if parts == 1 or not known[i]:
                    continue
                one, rng = question.one(i), np.random.default_rng((self.seed, question.seeds[i]))
                keep, weights = (torch.from_numpy(drawn) for drawn in self.design.draw(self.samples, parts, rng))
                masks = segment_masks(labels[i], keep, self.batch_size)
                said = logits(network, one, hidden[i : i + 1], masks)
                shown[i, :, :parts], importance[i], outputs[i] = keep, weights, one.probability(said).double()
                if self.surrogate is not None:
                    predict = self.surrogate.fit(keep, said)
                    outputs[i] -= one.probability(predict(keep)).double()
                    modelled[i, :parts] = self._of_surrogate(one, predict, parts, rng)
        near = nearness(shown, torch.tensor(counts), self.kernel_width)
        weights = (modelled + ridge(shown, outputs, importance * near, self.alpha)) * divided(counts, "lime")
        return weights.where(known[:, None], torch.nan)

    def _of_surrogate(
        self, question: Question, predict: Callable[[Tensor], Tensor], parts: int, rng: np.random.Generator
    ) -> Tensor:
        """The weights (parts,) of LIME's regression on samples that the surrogate answers."""
        assert self.surrogate is not None
        keep = torch.from_numpy(Paired().draw(self.surrogate.samples, parts, rng)[0])[None]
        near = nearness(keep, torch.tensor([parts]), self.kernel_width)
        # The same penalty per sample as in the regression on the network's answers.
        alpha = self.alpha * self.surrogate.samples / self.samples
        return ridge(keep, question.probability(predict(keep[0])).double()[None], near, alpha)[0]


def nearness(shown: Tensor, parts: Tensor, kernel_width: float) -> Tensor:
    """Weights sqrt(exp(-d^2 / width^2)), d the cosine distance of each sample from the whole picture.

    Args:
        shown: bool (b, n, k).
        parts: int64 (b,), how many of the k columns are parts of the picture.
        kernel_width: of the kernel.

    Returns:
        float64 (b, n), from 0 to 1. A sample that shows nothing has the distance 1.
    """
    # Of 0 and 1, the cosine with all ones is sum / sqrt(sum * parts).
    distance = 1 - (shown.sum(dim=-1, dtype=torch.float64) / parts[:, None]).sqrt()
    return (-(distance**2) / (2 * kernel_width**2)).exp()


def ridge(shown: Tensor, outputs: Tensor, weights: Tensor, alpha: float) -> Tensor:
    """Weighted ridge regression with an intercept that is not penalised, of many pictures at once.

    Args:
        shown: bool (b, n, k).
        outputs: float64 (b, n).
        weights: float64 (b, n), of the samples.
        alpha: strength of the penalty, above 0.

    Returns:
        Coefficients, float64 (b, k); 0 for a column that never changes.
    """
    share = (weights / weights.sum(dim=1, keepdim=True))[:, None]
    x = shown.to(outputs)
    x = x - share @ x
    y = outputs[..., None] - share @ outputs[..., None]
    weighted = (x * weights[..., None]).mT
    penalty = alpha * torch.eye(x.shape[-1], dtype=x.dtype)
    return torch.linalg.solve(weighted @ x + penalty, weighted @ y)[..., 0]
