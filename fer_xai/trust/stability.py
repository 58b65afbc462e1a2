"""Stability: the same face, hardly changed, should have the same map."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Question
from fer_xai.face.canonical import MIRROR
from fer_xai.metrics.pairs import paired_ncc
from fer_xai.trust.base import ImageFigures, Trial
from fer_xai.trust.map_likeness import arrays
from fer_xai.trust.measures import Measure

#: Added to an image's number, from which random choices follow: the same image with another seed.
OTHER_SEED = 1_000_000_007


class Stability:
    """NCC of the map with that of the same image, little changed; 1 is perfectly stable.

    Measures: `repeat`, the same question again; `shift`, the image moved to the lower right and its map moved back,
    over the part that both show; `mirror`, the image mirrored and its map mirrored back; `seed`, other random choices
    of the explainer (1 for one that makes none). The class that is explained stays the same.

    Args:
        shift: how far the image moves along each side, as a share of the side.

    Raises:
        UserError: a shift that is not between 0 and 0.5.
    """

    title = "Stability"
    sentence = (
        "Correlation of the map with that of the same image, hardly changed; being stable is no merit by itself, since "
        "nothing is as stable as what looks at nothing."
    )
    by_order = False
    measures = (
        Measure("repeat", "same again", higher_is_better=True, judged=False),
        Measure("shift", "shifted", higher_is_better=True, judged=False),
        Measure("mirror", "mirrored", higher_is_better=True, judged=False),
        Measure("seed", "other seed", higher_is_better=True, judged=False),
    )

    def __init__(self, shift: float = 0.02) -> None:
        if not 0 < shift < 0.5:
            raise UserError(f"trust.stability.shift={shift}: must lie between 0 and 0.5")
        self.shift = shift

    def run(self, trial: Trial) -> Iterator[ImageFigures]:
        """See `TrustTest.run`.

        Raises:
            NotApplicableError: the maps are about the faces as they were drawn, and stay where these were.
        """
        if getattr(trial.explainer, "as_drawn", False):
            raise NotApplicableError(
                "its maps are of the faces as they were drawn, so that they do not move with a picture that is moved"
            )
        by_measure: dict[str, list[np.ndarray]] = {"repeat": [], "shift": [], "mirror": [], "seed": []}
        for question, maps in zip(trial.questions, trial.maps, strict=True):
            pixels = max(1, round(self.shift * question.images.shape[-1]))
            moved = trial.explain(_shifted(question, pixels))
            by_measure["repeat"].append(_correlations(maps, trial.explain(question.changed())))
            by_measure["shift"].append(_correlations(maps[:, :-pixels, :-pixels], moved[:, pixels:, pixels:]))
            by_measure["mirror"].append(_correlations(maps, trial.explain(_mirrored(question)).flip(-1)))
            by_measure["seed"].append(_correlations(maps, trial.explain(_reseeded(question))))
        for measure, parts in by_measure.items():
            yield ImageFigures(measure, np.concatenate(parts))


def _correlations(maps: Tensor, others: Tensor) -> np.ndarray:
    return paired_ncc(arrays(maps), arrays(others))


def _shifted(question: Question, pixels: int) -> Question:
    """The images moved to the lower right, their first row and column repeated in what becomes free."""

    def moved(pictures: Tensor) -> Tensor:
        return F.pad(pictures, (pixels, 0, pixels, 0), mode="replicate")[..., :-pixels, :-pixels].contiguous()

    landmarks = None if question.landmarks is None else question.landmarks + pixels
    return _changed(question, moved, landmarks)


def _mirrored(question: Question) -> Question:
    landmarks = question.landmarks
    if landmarks is not None:
        landmarks = landmarks[:, torch.as_tensor(MIRROR, device=landmarks.device)].clone()
        landmarks[..., 0] = question.images.shape[-1] - 1 - landmarks[..., 0]
    return _changed(question, lambda pictures: pictures.flip(-1), landmarks)


def _changed(question: Question, change: Callable[[Tensor], Tensor], landmarks: Tensor | None) -> Question:
    """The question about changed images; what they show at rest is changed with them."""
    rest = question.rest
    changed = None if rest is None else lambda: change(rest())
    return question.changed(images=change(question.images), landmarks=landmarks, rest=changed)


def _reseeded(question: Question) -> Question:
    return question.changed(other_seed=question.other_seed + OTHER_SEED)
