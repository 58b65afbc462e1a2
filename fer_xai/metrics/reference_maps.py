"""A reference's maps in each of the forms that metrics take, so that one object goes where four arrays would."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fer_xai.face.half_maximum import half_of_maximum
from fer_xai.face.masks import Reference
from fer_xai.metrics.pixels import Array
from fer_xai.metrics.resolution import halved, halved_valid


@dataclass(frozen=True)
class ReferenceMaps:
    """The maps of a reference; leading axes are of several expressions, or of several references.

    Attributes:
        mask: bool (..., y, x), the relevant pixels.
        weights: (..., y, x) in [0, 1].
        signed: (..., y, x), with the sign; of any value where unknown.
        known: bool (..., y, x), the pixels that the reference says something of; the others take no part in a score.
    """

    mask: Array
    weights: Array
    signed: Array
    known: NDArray[np.bool_]

    @classmethod
    def of_weights(cls, weights: Array) -> "ReferenceMaps":
        """What is known everywhere and has no sign.

        Args:
            weights: (..., y, x), not negative: a mask, or weights of which half of the maximum counts as relevant.
        """
        return cls(half_of_maximum(weights), weights, weights, np.ones(weights.shape, dtype=bool))

    @classmethod
    def stack(cls, items: Sequence["ReferenceMaps"]) -> "ReferenceMaps":
        """Several along a new first axis."""
        return cls(*(np.stack([getattr(item, name) for item in items]) for name in cls.__dataclass_fields__))

    def __getitem__(self, index: int | Array) -> "ReferenceMaps":
        """Those at some places of the first axis."""
        return ReferenceMaps(self.mask[index], self.weights[index], self.signed[index], self.known[index])

    def __len__(self) -> int:
        return len(self.mask)

    @property
    def frame(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.mask.shape[-2], self.mask.shape[-1]

    def halved(self, times: int) -> "ReferenceMaps":
        """The same on a grid that is so many times halved.

        Relevant is what half of whose pixels are, and known what is known in all parts.
        """
        if not times:
            return self
        return ReferenceMaps(
            halved(self.mask.astype(np.float32), times) >= 0.5,
            halved(self.weights, times),
            halved(self.signed, times),
            halved_valid(self.known, times),
        )

    def shifted(self, rows: int, columns: int) -> "ReferenceMaps":
        """The same moved down and to the right; what leaves the frame comes in on the other side.

        The pixels that take part stay where they are, so that all shifts are compared over the same ones.
        """
        mask, weights, signed = (
            np.roll(part, (rows, columns), (-2, -1)) for part in (self.mask, self.weights, self.signed)
        )
        return ReferenceMaps(mask, weights, signed, self.known)

    def known_to_all(self) -> "ReferenceMaps":
        """The same, where only those pixels take part that are known along the whole first axis."""
        return replace(self, known=np.broadcast_to(self.known.all(axis=0), self.known.shape))

    def at(self, pixels: NDArray[np.bool_]) -> "ReferenceMaps":
        """Only some pixels (y, x), in one row each: (..., 1, pixel)."""
        return ReferenceMaps(*(part[..., None, pixels] for part in (self.mask, self.weights, self.signed, self.known)))


@dataclass(frozen=True)
class StudyReference:
    """A reference as it meets maps of some expressions.

    Attributes:
        name: of the reference.
        maps: (m, y, x), of those expressions that the reference knows.
        own: for each expression the index of its own maps among them, -1 where the reference has none.
    """

    name: str
    maps: ReferenceMaps
    own: NDArray[np.int64]

    def halved(self, times: int) -> "StudyReference":
        """The same on a grid that is so many times halved."""
        return StudyReference(self.name, self.maps.halved(times), self.own)

    def of(self, expression: int) -> ReferenceMaps | None:
        """The maps (y, x) of the expression at some place; None where the reference has none."""
        index = self.own[expression]
        return self.maps[index] if index >= 0 else None


def study_reference(reference: Reference, expressions: Sequence[str]) -> StudyReference:
    """What a reference has for those of `expressions` that it knows."""
    known = [name for name in expressions if name in reference]
    own = np.array([known.index(name) if name in known else -1 for name in expressions], dtype=np.int64)
    if not known:
        nothing = np.empty((0, *reference.frame), dtype=np.float32)
        return StudyReference(reference.name, ReferenceMaps(nothing > 0, nothing, nothing, nothing > 0), own)
    return StudyReference(reference.name, ReferenceMaps.stack([_maps_of(reference, name) for name in known]), own)


def as_reference_maps(reference: ReferenceMaps | Array) -> ReferenceMaps:
    """A reference in all its forms; an array is a mask, or weights from 0 to 1, known everywhere."""
    return reference if isinstance(reference, ReferenceMaps) else ReferenceMaps.of_weights(reference)


def _maps_of(reference: Reference, expression: str) -> ReferenceMaps:
    signed = reference.signed_of(expression)
    return ReferenceMaps(
        reference.mask(expression),
        reference.weights_of(expression),
        np.where(np.isfinite(signed), signed, np.float32(0)),
        reference.known_of(expression),
    )
