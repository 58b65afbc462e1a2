"""Shapley values of superpixels, or of regions of the face."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.hiding import can_be_hidden, check_hiding, hidden_pictures
from fer_xai.explainers.passes import answers, at_least, check_output, segment_masks
from fer_xai.explainers.segments import divided, paint, superpixels
from fer_xai.explainers.shapley import coalitions, shapley_values


class _Game:
    """Players are the segments of a picture; a coalition is worth what the network says when only it is shown."""

    def __init__(
        self, name: str, samples: int, exact_up_to: int, hide: str, output: str, batch_size: int, seed: int
    ) -> None:
        at_least(samples, 4, f"{name}.samples")
        at_least(batch_size, 1, f"{name}.batch_size")
        if not 1 <= exact_up_to <= 16:
            raise UserError(f"{name}.exact_up_to={exact_up_to}: from 1 to 16; n players take 2^n passes per image")
        self.samples, self.exact_up_to = samples, exact_up_to
        self.output = check_output(output, f"{name}.output")
        self.hide, self.batch_size, self.seed = check_hiding(hide, f"{name}.hide"), batch_size, seed

    def values(self, network: nn.Module, question: Question, labels: Tensor, players: Sequence[int]) -> Tensor:
        """Shapley values, float64 (b, most players), 0 beyond an image's own, NaN where it cannot be hidden so.

        Labels are as in `segments.paint`.
        """
        values = torch.zeros((len(question), max(players, default=0)), dtype=torch.float64)
        hidden = hidden_pictures(question, self.hide)
        with frozen(network), torch.no_grad():
            known = can_be_hidden(hidden).cpu()
            for i, number in enumerate(players):
                if not known[i]:
                    continue
                rng = np.random.default_rng((self.seed, question.seeds[i]))
                shown, weights = coalitions(number, self.samples, self.exact_up_to, rng)
                masks = segment_masks(labels[i], torch.from_numpy(shown), self.batch_size)
                worth = answers(network, question.one(i), hidden[i : i + 1], masks, self.output)
                shares = shapley_values(shown, weights, worth.numpy(), self.exact_up_to)
                values[i, :number] = torch.from_numpy(shares)
        return values.where(known[:, None], torch.nan)


class KernelSHAP:
    """Shapley values of superpixels (S. Lundberg and S.-I. Lee, NeurIPS 2017), with their sign.

    The values of a picture's superpixels add up to what the network says of the whole picture, less what it says with
    everything hidden. Coalitions are drawn in pairs and by leverage, see `shapley.coalitions`. A picture of one
    superpixel has nothing to compare: its map is zero.

    Args:
        segments: about so many superpixels (SLIC), the same as LIME's.
        compactness: of the superpixels.
        samples: passes per image where not all coalitions are tried.
        exact_up_to: with at most so many superpixels all coalitions are tried: 2^n passes.
        hide: what hidden superpixels show: black, mean, blur or rest, see `hiding.HIDDEN`.
        output: what is shared out: the class's probability, its log_probability or its logit.
        batch_size: pictures per pass.
        seed: of the random choices.
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging.

    Raises:
        UserError: a setting is out of range.
    """

    title = "Kernel SHAP"
    #: Since 2 no coalition is tried twice.
    VERSION = 2

    def __init__(
        self,
        segments: int = 30,
        compactness: float = 20.0,
        samples: int = 1000,
        exact_up_to: int = 9,
        hide: str = "black",
        output: str = "probability",
        batch_size: int = 64,
        seed: int = 0,
        local_scale: str = "none",
        positive: bool = True,
    ) -> None:
        at_least(segments, 1, "kernelshap.segments")
        if not compactness > 0:
            raise UserError(f"kernelshap.compactness={compactness}: a number above 0 is needed")
        self.segments, self.compactness = segments, compactness
        self.game = _Game("kernelshap", samples, exact_up_to, hide, output, batch_size, seed)
        self.hide = hide
        self.local_scale, self.positive = local_scale, positive

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the images, each superpixel its value."""
        labels, counts = superpixels(question, self.segments, self.compactness)
        values = self.game.values(network, question, labels, counts)
        return paint(values * divided(counts, "kernelshap"), labels)


class RegionSHAP:
    """Shapley values of regions of the face, with their sign: one number per region, image and class.

    The regions are outlines in the canonical face, carried to each picture by its landmarks. What none covers (hair,
    neck, background) is one more player, so that the values add up to what the network says of the whole picture, less
    what it says with everything hidden. A region outside the picture is worth 0.

    Args:
        regions: name -> outlines, each a list of corners, see `fer_xai.face.polygons.Vertex`. Where they overlap, the
            later region counts.
        samples: passes per image where not all coalitions are tried.
        exact_up_to: with at most so many players, the background among them, all coalitions are tried: 2^n passes.
        hide: what hidden regions show: black, mean, blur or rest, see `hiding.HIDDEN`.
        output: what is shared out: the class's probability, its log_probability or its logit.
        batch_size: pictures per pass.
        seed: of the random choices.
        local_scale: how maps are weighted when they are averaged: none, mass or maximum.
        positive: drop evidence against the class before averaging.

    Attributes:
        region_names: of the players, in the order of `region_values`; the last is the background.

    Raises:
        UserError: a setting is out of range, or an outline is none.
    """

    title = "Shapley values of regions"
    #: Since 2 no coalition is tried twice.
    VERSION = 2

    def __init__(
        self,
        regions: Mapping[str, Sequence[Sequence]],
        samples: int = 1000,
        exact_up_to: int = 9,
        hide: str = "black",
        output: str = "probability",
        batch_size: int = 64,
        seed: int = 0,
        local_scale: str = "none",
        positive: bool = True,
    ) -> None:
        # With OpenCV, which other explainers do without.
        from fer_xai.explainers.face_regions import FaceRegions

        self.regions = FaceRegions(regions)
        self.game = _Game("region_shap", samples, exact_up_to, hide, output, batch_size, seed)
        self.hide = hide
        self.local_scale, self.positive = local_scale, positive

    @property
    def region_names(self) -> tuple[str, ...]:
        """Names of the players."""
        return self.regions.names

    def region_values(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """What each region is worth.

        Args:
            network: in any mode; left as it was found.
            layer: not looked at.
            question: the images, their landmarks, and what is asked about them.

        Returns:
            float64 (b, regions) on the CPU, by the order of `region_names`; NaN for an image whose landmarks are not
            finite.

        Raises:
            NotApplicableError: the landmarks of the faces are not known.
            UserError: a class that the network does not have.
        """
        labels = self._labels(question)
        values = self.game.values(network, question, labels, [len(self.region_names)] * len(question))
        assert question.landmarks is not None
        known = question.landmarks.isfinite().flatten(1).all(dim=1).cpu()
        return values.where(known[:, None], torch.nan)

    def paint(self, values: Tensor, question: Question) -> Tensor:
        """Maps in which each region has its value.

        Args:
            values: (b, regions), as `region_values` gave them.
            question: the same.

        Returns:
            float32 (b, h, w) on the device of the images.
        """
        return paint(values, self._labels(question))

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; maps have the resolution of the images, each region its value."""
        return self.paint(self.region_values(network, layer, question), question)

    def _labels(self, question: Question) -> Tensor:
        if question.landmarks is None:
            raise NotApplicableError("regions of the face need the landmarks of the faces, and none are known")
        rows, columns = question.images.shape[-2:]
        return self.regions.labels(question.landmarks.to(question.images.device), (rows, columns))
