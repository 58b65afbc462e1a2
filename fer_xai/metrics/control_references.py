"""References that say nothing of where an expression shows: what drawing maps somewhere, anywhere, does."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from fer_xai.errors import UserError
from fer_xai.expressions import SYNONYMS
from fer_xai.face.canonical import FRAME_SHAPE, image_size
from fer_xai.face.masks import Reference
from fer_xai.metrics.baselines import centred_gaussian


class GaussianReference(Reference):
    """The same centred Gaussian for every expression: the map of somebody who only knows where faces are.

    Args:
        part: standard deviation along each axis, as a part of the frame's extent along it, above 0.
        name: what tables call it.
        frame: rows and columns.

    Raises:
        UserError: a deviation that is not above 0.
    """

    def __init__(self, part: float = 0.25, name: str = "gaussian", frame: tuple[int, int] = FRAME_SHAPE) -> None:
        if not part > 0:
            raise UserError(f"reference {name}: part={part}: a part of the frame above 0 is needed")
        blob = centred_gaussian(image_size((frame[0], frame[1])), part)
        super().__init__(name, dict.fromkeys(SYNONYMS, blob))
        self.title = "a centred Gaussian"


class ShuffledReference(Reference):
    """Another reference's maps, dealt out to other expressions: as good a map of a face, of the wrong expression.

    Every map is given to one expression, none to its own; of all such ways the one in which the maps are least like
    those in whose place they stand, by the sum of their correlations.

    Args:
        of: the reference whose maps are dealt out.
        name: what tables call it.

    Attributes:
        dealt: expression -> that whose map it has.
        of_others: true of this class: its maps are those of other expressions.

    Raises:
        UserError: the other reference has fewer than two expressions.
    """

    of_others = True

    def __init__(self, of: Reference, name: str = "shuffled") -> None:
        if len(of.expressions) < 2:
            raise UserError(f"reference {name}: {of.name} has {len(of.expressions)} expression: two can be exchanged")
        self.dealt = _dealt(of)
        self._known = {word: of.known_of(other) for word, other in self.dealt.items()}
        super().__init__(name, {word: of.weights_of(other) for word, other in self.dealt.items()})
        self.title = f"{of.title}, each of another expression"
        self.note = "its maps are those of other expressions: " + ", ".join(
            f"for {word} that of {other}" for word, other in self.dealt.items()
        )

    def known_of(self, expression: str) -> NDArray[np.bool_]:
        """The pixels of which the other reference says something, bool (y, x)."""
        return self._known[self._own_name(expression)]


def _dealt(of: Reference) -> dict[str, str]:
    names = of.expressions
    flat = np.stack([np.where(of.known_of(word), of.weights_of(word), 0).ravel() for word in names])
    with np.errstate(invalid="ignore", divide="ignore"):
        likeness = np.nan_to_num(np.corrcoef(flat))
    np.fill_diagonal(likeness, len(names) + 1.0)
    _, others = linear_sum_assignment(likeness)
    return {word: names[other] for word, other in zip(names, others, strict=True)}
