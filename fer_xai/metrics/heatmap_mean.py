"""Global heatmaps: the mean, spread and count of warped heatmaps per expression, and their bootstrap replicates.

Every pixel counts for itself, over the images where it is valid, so that the borders are not biased low. Sums are
float64 and add up over batches, ranks and folds.
"""

from collections.abc import Callable, Sequence
from typing import TypedDict

import torch
from torch import Tensor
from torch.nn.functional import pad
from torchmetrics import Metric

from fer_xai.errors import UserError
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.metrics.bootstrap import REPLICATES, poisson_weights
from fer_xai.metrics.resolution import half_shape


class GlobalHeatmaps(TypedDict):
    """What `GlobalHeatmap.compute` returns; all float64.

    Attributes:
        mean: (classes, y, x); NaN where no image is valid.
        std: standard deviation over the images (of the population), likewise.
        count: number of images that are valid at each pixel.
        replicates: means of the bootstrap replicates (replicates, classes, ceil(y/2), ceil(x/2)); NaN where a replicate
            has no valid image.
        replicate_counts: the weighted number of pixels behind each of them; with it, folds can be joined.
        images: number of images (classes,).
    """

    mean: Tensor
    std: Tensor
    count: Tensor
    replicates: Tensor
    replicate_counts: Tensor
    images: Tensor


class GlobalHeatmap(Metric):
    """Accumulate warped heatmaps into one global heatmap per expression, with its uncertainty.

    The replicates are a Poisson bootstrap over groups (subjects; single images where there are no subjects): in each
    replicate a group's images count as often as `bootstrap.poisson_weights` draws, the same on every rank and in every
    fold. They are kept at half resolution; a pixel there is the mean over the valid ones of 2 x 2 pixels and of all
    images, each pixel counting once.

    Args:
        n_classes: number of expressions.
        frame: rows and columns of the warped heatmaps.
        replicates: number of bootstrap replicates; 0 keeps none.
        seed: of the bootstrap.
    """

    is_differentiable = False
    higher_is_better = None
    full_state_update = False
    sums: Tensor
    squares: Tensor
    counts: Tensor
    images: Tensor

    def __init__(
        self,
        n_classes: int = 6,
        frame: tuple[int, int] = FRAME_SHAPE,
        replicates: int = REPLICATES,
        seed: int = 0,
        **kwargs: object,
    ) -> None:
        super().__init__(**{"compute_with_cache": False, **kwargs})
        self.n_classes, self.frame, self.n_replicates, self.seed = n_classes, (frame[0], frame[1]), replicates, seed
        for name in ("sums", "squares", "counts"):
            self._add_sum(name, (n_classes, *self.frame))
        self._add_sum("images", (n_classes,))
        # One state per class: a batch leaves those of the classes that it does not hold alone.
        for index in range(n_classes):
            for name in ("replicate_sums", "replicate_counts"):
                self._add_sum(f"{name}_{index}", (replicates, *half_shape(self.frame)))

    def _add_sum(self, name: str, shape: tuple[int, ...]) -> None:
        self.add_state(name, torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")
        # Set here, for torchmetrics would write the zeros out, twice.
        self._defaults[name] = _one_zero(shape)
        setattr(self, name, _one_zero(shape))

    def _apply(self, fn: Callable, exclude_state: Sequence[str] = "") -> "GlobalHeatmap":
        """Move to a device; what `reset` goes back to stays one zero there, too."""
        super()._apply(fn, exclude_state)
        device = self.images.device
        self._defaults = {name: _one_zero(getattr(self, name).shape, device) for name in self._defaults}
        return self

    def set_dtype(self, dst_type: str | torch.dtype) -> "GlobalHeatmap":
        """Sums stay float64, whatever type the model around this metric is cast to."""
        return self

    def update(self, warped: Tensor, valid: Tensor, class_index: Tensor, group_ids: Tensor) -> None:
        """Add a batch of warped heatmaps.

        Args:
            warped: (b, y, x) in the canonical frame; values at invalid pixels are ignored.
            valid: bool (b, y, x).
            class_index: int (b,), 0 to n_classes - 1.
            group_ids: int64 (b,), stable numbers of the subjects.

        Raises:
            UserError: the shapes do not go together, a class is out of range, or a valid value is not finite.
        """
        self._check(warped, valid, class_index, group_ids)
        if not len(warped):
            return
        values = warped.where(valid, 0).double()
        # Batches hold few classes, mostly one: the others cost nothing.
        present = class_index.unique()
        member = (class_index == present[:, None]).double()
        added = self._per_class(member, values)
        if not torch.isfinite(added).all():
            raise UserError("a heatmap has values that are not finite at valid pixels; leave such images out")
        # Sums are replaced, never added to in place: under ddp_spawn all ranks would share one memory.
        self.sums = self.sums.index_add(0, present, added)
        self.squares = self.squares.index_add(0, present, self._per_class(member, values.square()))
        self.counts = self.counts.index_add(0, present, self._per_class(member, valid.double()))
        self.images = self.images.index_add(0, present, member.sum(dim=1))
        if self.n_replicates:
            self._update_replicates(block_sums(values), block_sums(valid.byte()).double(), class_index, group_ids)

    def _per_class(self, member: Tensor, maps: Tensor) -> Tensor:
        """Sums of maps (b, y, x) over the members of each class (k, b): (k, y, x)."""
        return (member @ maps.flatten(1)).unflatten(1, self.frame)

    def _update_replicates(self, values: Tensor, taken: Tensor, class_index: Tensor, group_ids: Tensor) -> None:
        drawn = [torch.tensor(poisson_weights(self.seed, int(g), self.n_replicates)) for g in group_ids.tolist()]
        weights = torch.stack(drawn, dim=1).to(values)
        for index in class_index.unique().tolist():
            chosen = class_index == index
            for name, maps in (("replicate_sums", values), ("replicate_counts", taken)):
                state = getattr(self, f"{name}_{index}")
                added = torch.addmm(state.flatten(1), weights[:, chosen], maps[chosen].flatten(1))
                setattr(self, f"{name}_{index}", added.view_as(state))

    def compute(self) -> GlobalHeatmaps:
        """The global heatmaps so far."""
        # Where nothing is valid, nothing was added: 0 / 0 is NaN.
        mean = self.sums / self.counts
        std = (self.squares / self.counts - mean.square()).clamp(min=0).sqrt()
        counts = torch.stack([getattr(self, f"replicate_counts_{index}") for index in range(self.n_classes)], dim=1)
        replicates = torch.empty_like(counts)
        for index in range(self.n_classes):
            # Into its place, for these are the largest arrays of a run by far.
            torch.div(getattr(self, f"replicate_sums_{index}"), counts[:, index], out=replicates[:, index])
        return GlobalHeatmaps(
            mean=mean,
            std=std,
            count=self.counts,
            replicates=replicates,
            replicate_counts=counts,
            images=self.images,
        )

    def _check(self, warped: Tensor, valid: Tensor, class_index: Tensor, group_ids: Tensor) -> None:
        batch = (len(warped), *self.frame)
        if warped.shape != batch or valid.shape != batch:
            raise UserError(
                f"heatmaps {tuple(warped.shape)}, valid {tuple(valid.shape)}: both must be (b, *{self.frame})"
            )
        if class_index.shape != batch[:1] or group_ids.shape != batch[:1]:
            raise UserError(f"{len(warped)} heatmaps need as many classes and groups, one number each")
        if len(warped) and not 0 <= int(class_index.min()) <= int(class_index.max()) < self.n_classes:
            raise UserError(f"class indices must lie between 0 and {self.n_classes - 1}")


def _one_zero(shape: Sequence[int], device: torch.device | None = None) -> Tensor:
    """Zeros that take no memory: sums take hundreds of megabytes, and those of absent classes stay as they are."""
    return torch.zeros((), dtype=torch.float64, device=device).expand(*shape)


def block_sums(maps: Tensor) -> Tensor:
    """Sums over blocks of 2 x 2 pixels: (b, y, x) -> (b, ceil(y / 2), ceil(x / 2))."""
    rows, columns = half_shape((maps.shape[-2], maps.shape[-1]))
    padded = pad(maps, (0, 2 * columns - maps.shape[-1], 0, 2 * rows - maps.shape[-2]))
    pairs = padded[..., 0::2, :] + padded[..., 1::2, :]
    return pairs[..., 0::2] + pairs[..., 1::2]
