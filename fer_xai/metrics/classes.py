"""torchmetrics classes around the functional forms: the mean score of heatmaps over updates.

Each class takes heatmaps and their references through the same chain as `scores.score_maps` (the overlaps stretch,
truncate and threshold each heatmap), leaves out undefined scores and counts them.
"""

from typing import ClassVar, TypedDict

import torch
from torch import Tensor
from torchmetrics import Metric

from fer_xai.metrics.registry import METRICS
from fer_xai.metrics.scores import score_maps


class MeanScore(TypedDict):
    """Mean over the defined scores (NaN where there is none), how many they are, and how many were skipped."""

    mean: Tensor
    n: Tensor
    skipped: Tensor


class HeatmapMetric(Metric):
    """Mean of one measure over heatmaps; the classes below name the measure.

    Attributes:
        measure: name in `registry.METRICS`.
        higher_is_better: direction.
        bounds: smallest and largest value of a score.
    """

    measure: ClassVar[str]
    bounds: ClassVar[tuple[float, float]]
    is_differentiable = False
    full_state_update = False
    total: Tensor
    n: Tensor
    skipped: Tensor

    def __init_subclass__(cls) -> None:
        """Take direction and bounds from the registry."""
        super().__init_subclass__()
        cls.higher_is_better, cls.bounds = METRICS[cls.measure].higher_is_better, METRICS[cls.measure].bounds

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.add_state("total", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("n", torch.zeros((), dtype=torch.int64), dist_reduce_fx="sum")
        self.add_state("skipped", torch.zeros((), dtype=torch.int64), dist_reduce_fx="sum")

    def update(self, maps: Tensor, weights: Tensor, valid: Tensor | None = None) -> None:
        """Add heatmaps.

        Args:
            maps: (b, y, x).
            weights: (b, y, x) or (y, x), the reference of each map, or of all.
            valid: bool, likewise; None for all pixels.

        Raises:
            UserError: the shapes do not go together.
        """
        if weights.ndim == 2:
            values = score_maps(maps, valid, weights, [self.measure])[self.measure]
        else:
            each = valid if valid is not None and valid.ndim == 3 else [valid] * len(maps)
            parts = [
                score_maps(one[None], ok, wanted, [self.measure])[self.measure]
                for one, wanted, ok in zip(maps, weights, each, strict=True)
            ]
            values = torch.cat(parts) if parts else maps.new_zeros(0)
        defined = ~values.isnan()
        # Replaced, never added to in place: under ddp_spawn all ranks would share one memory.
        self.total = self.total + values[defined].sum(dtype=torch.float64)
        self.n = self.n + defined.sum()
        self.skipped = self.skipped + (~defined).sum()

    def compute(self) -> MeanScore:
        """The mean so far, with the numbers of scores that it counts and skips."""
        mean = torch.where(self.n > 0, self.total / self.n.clamp(min=1), torch.nan)
        return MeanScore(mean=mean, n=self.n, skipped=self.skipped)


class IoU(HeatmapMetric):
    """Intersection over union of the pixels above Otsu's threshold with the mask."""

    measure = "iou"


class Precision(HeatmapMetric):
    """Share of the pixels above Otsu's threshold that lies inside the mask."""

    measure = "precision"


class Recall(HeatmapMetric):
    """Share of the mask that lies above Otsu's threshold."""

    measure = "recall"


class F1(HeatmapMetric):
    """Harmonic mean of precision and recall."""

    measure = "f1"


class AreaMatchedIoU(HeatmapMetric):
    """Intersection over union of as many of the largest pixels as the mask has."""

    measure = "area_matched_iou"


class AUC(HeatmapMetric):
    """Area under the ROC curve, mask pixels against all others."""

    measure = "auc"


class AveragePrecision(HeatmapMetric):
    """Average precision, mask pixels against all others."""

    measure = "average_precision"


class NSS(HeatmapMetric):
    """Normalised scanpath saliency."""

    measure = "nss"


class CC(HeatmapMetric):
    """Pearson's correlation of heatmap and reference."""

    measure = "cc"


class SIM(HeatmapMetric):
    """Histogram intersection of heatmap and reference."""

    measure = "sim"


class KLDivergence(HeatmapMetric):
    """Kullback-Leibler divergence of the heatmap from the reference."""

    measure = "kl_divergence"


class PointingGame(HeatmapMetric):
    """Whether the heatmap's largest value lies inside the mask."""

    measure = "pointing_game"


class Energy(HeatmapMetric):
    """Share of the heatmap's total that lies inside the mask."""

    measure = "energy"
