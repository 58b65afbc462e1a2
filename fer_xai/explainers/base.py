"""What an explainer is, what it is asked, and the care that all of them take of the network."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from fer_xai.config.own import failure
from fer_xai.errors import NotApplicableError, UserError
from fer_xai.models.preprocess import network_input

if TYPE_CHECKING:
    from fer_xai.synthetic.interventions import Interventions

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """What is asked of a network about a batch of images: why this class, or why this class rather than that one?

    Attributes:
        images: the network's input (b, 3, h, w), preprocessed.
        classes: int64 (b,), the class to explain per image.
        against: int64 (b,), the class that it is contrasted with; None explains the class by itself.
        mean: (1, 3, 1, 1), what preprocessing subtracted from pictures in [0, 1].
        std: (1, 3, 1, 1), what it divided them by.
        landmarks: float (b, 68, 2), x before y, in pixels of `images`; None where they are not known.
        index: int64 (b,) on the CPU, a number for each image that is the same in whatever batch, order and process it
            comes: random choices follow from it. None counts from 0.
        other_seed: added to these numbers for the random choices alone: with another one they turn out otherwise.
        interventions: by which drawn faces are drawn again without some of their action units, the rows of the faces
            being `rows`; None where no face is a drawn one.
        rest: gives the same people's neutral faces, in the places of these and in their brightness, (b, 3, h, w)
            preprocessed likewise; NaN where a person has none. None where no neutral faces are kept.
        calibration: gives at most so many faces that are not explained, as a question of their own, by which explainers
            set themselves; the same one whenever it is asked for the same number. None where there are no others.
        training: likewise, gives faces that the network was trained on, with their true classes; None where they are
            not known.
        shared: what explainers of the same question have computed and can take from each other, see `share`.
    """

    images: Tensor
    classes: Tensor
    against: Tensor | None = None
    mean: Tensor = field(default_factory=lambda: torch.zeros(1, 3, 1, 1))
    std: Tensor = field(default_factory=lambda: torch.ones(1, 3, 1, 1))
    landmarks: Tensor | None = None
    index: Tensor | None = None
    other_seed: int = 0
    interventions: "Interventions | None" = None
    rest: Callable[[], Tensor] | None = None
    calibration: "Callable[[int], Question] | None" = None
    training: "Callable[[int], Question] | None" = None
    shared: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def pixels(self) -> Tensor:
        """The pictures before preprocessing, RGB (b, 3, h, w) in [0, 1]."""
        return self.images * self.std.to(self.images) + self.mean.to(self.images)

    @property
    def black(self) -> Tensor:
        """What a black pixel is after preprocessing, (1, 3, 1, 1)."""
        return (-self.mean / self.std).to(self.images)

    @property
    def rows(self) -> list[int]:
        """The number of each image."""
        return list(range(len(self))) if self.index is None else self.index.tolist()

    @property
    def seeds(self) -> list[int]:
        """A number for each image, from which its random choices follow."""
        return [row + self.other_seed for row in self.rows]

    def prepared(self, crops: Tensor) -> Tensor:
        """Other crops, uint8 (n, 3, s, s), prepared as this question's images are: (n, 3, h, w) on their device."""
        mean, std = self.mean.to(self.images), self.std.to(self.images)
        return network_input(crops.to(self.images.device), self.images.shape[-1], mean, std)

    def score(self, logits: Tensor) -> Tensor:
        """What gradients are taken of: the class's logit, less that of the class it is contrasted with.

        Args:
            logits: (n * b, classes), the batch n times over (`repeat`).

        Returns:
            (n * b,).

        Raises:
            UserError: a class that the network does not have.
        """
        return self._difference(logits)

    def probability(self, logits: Tensor) -> Tensor:
        """What perturbations are measured by: the class's probability, less that of the class it is contrasted with.

        Args:
            logits: (n * b, classes), the batch n times over.

        Returns:
            (n * b,), from 0 to 1, or from -1 to 1 in a contrast.

        Raises:
            UserError: a class that the network does not have.
        """
        return self._difference(logits.float().softmax(dim=1))

    def log_probability(self, logits: Tensor) -> Tensor:
        """The logarithm of the class's probability, less that of the class it is contrasted with.

        Args:
            logits: (n * b, classes), the batch n times over.

        Returns:
            (n * b,), in nats.

        Raises:
            UserError: a class that the network does not have.
        """
        return self._difference(logits.double().log_softmax(dim=1))

    def share(self, key: Any, compute: Callable[[], T]) -> T:
        """What `compute` gives, computed once for all explainers of this question that ask by the same key."""
        if key not in self.shared:
            self.shared[key] = compute()
        return self.shared[key]

    def changed(self, **attributes: Any) -> "Question":
        """The question with other values of some attributes; nothing of what was computed of this one is shared."""
        return replace(self, **attributes, shared={})

    def one(self, i: int) -> "Question":
        """The question about image i by itself, a batch of one; nothing is shared with the whole."""
        return Question(
            images=self.images[i : i + 1],
            classes=self.classes[i : i + 1],
            against=None if self.against is None else self.against[i : i + 1],
            mean=self.mean,
            std=self.std,
            landmarks=None if self.landmarks is None else self.landmarks[i : i + 1],
            index=torch.tensor([i]) if self.index is None else self.index[i : i + 1],
            other_seed=self.other_seed,
            interventions=self.interventions,
            rest=None if self.rest is None else partial(_row, self.rest, i),
            calibration=self.calibration,
            training=self.training,
        )

    def _difference(self, values: Tensor) -> Tensor:
        taken = _take(values, self.classes)
        return taken if self.against is None else taken - _take(values, self.against)


def _row(rest: Callable[[], Tensor], i: int) -> Tensor:
    return rest()[i : i + 1]


def _take(values: Tensor, classes: Tensor) -> Tensor:
    if len(classes) and not 0 <= int(classes.min()) <= int(classes.max()) < values.shape[1]:
        wrong = int(classes.max()) if int(classes.max()) >= values.shape[1] else int(classes.min())
        raise UserError(f"class {wrong} cannot be explained: the network has the classes 0 to {values.shape[1] - 1}")
    repeated = classes.to(values.device).repeat(len(values) // max(len(classes), 1))
    return values.gather(1, repeated[:, None])[:, 0]


class Explainer(Protocol):
    """Answers why a network gave an image a class.

    Attributes:
        local_scale: the local weighting that suits its maps when they are averaged, see `steps.SCALES`.
        positive: whether only evidence in favour of the class counts (ReLU before averaging).

    A class may have a `title`, its name for people; without one they read the name in the config.
    """

    local_scale: str
    positive: bool

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """Raw local heatmaps, unscaled, with their sign, at the explainer's own resolution.

        Args:
            network: in any mode; left as it was found.
            layer: dotted name of the explained layer within `network`.
            question: the images and what is asked about them.

        Returns:
            float32 (b, y, x) on the device of the images.

        Raises:
            NotApplicableError: this explainer does not fit this network.
            UserError: a layer or a class that the network does not have.
        """
        ...


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Eval mode and no gradients for parameters; both, and every `.grad`, restored as found, also after an error."""
    modes = {module: module.training for module in network.modules()}
    flags = {parameter: parameter.requires_grad for parameter in network.parameters()}
    try:
        network.eval()
        network.requires_grad_(False)
        yield
    finally:
        for module, training in modes.items():
            module.training = training
        for parameter, flag in flags.items():
            parameter.requires_grad_(flag)


@contextmanager
def own_failures() -> Iterator[None]:
    """Whatever goes wrong in one explainer, and need not in others, becomes a `NotApplicableError`, told in the log."""
    try:
        yield
    except UserError:
        raise
    except torch.cuda.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise NotApplicableError(
            "it ran out of the device's memory: set a smaller explainer.NAME.batch_size or callbacks.explain.batch_size"
        ) from error
    except torch.linalg.LinAlgError as error:
        raise NotApplicableError(f"its equations have no solution for these maps: {error}") from error
    except Exception as error:
        log.exception("an explainer failed")
        raise NotApplicableError(f"it failed: {failure(error)}") from error
