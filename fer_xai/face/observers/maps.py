"""Maps of observers, and the reference that they make together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_xai.errors import UserError
from fer_xai.expressions import expression_name
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.masks import Reference

#: Share of the known pixels that counts as relevant where a measure wants a set of them.
RELEVANT_SHARE = 0.2


@dataclass(frozen=True)
class ObserverMaps:
    """What each observer used for one expression, in the canonical frame.

    Attributes:
        names: of the observers, or of fixed groups of observers.
        maps: float32 (n, y, x), with their sign and in whatever unit the experiment has: more is more relevant. NaN
            where no stimulus shows the pixel to that observer.
        sizes: how many observers each map is the mean of: ones, or the sizes of groups.
        unit: `observer` or `group`.

    Examples:
        >>> maps = np.array([[[1.0, np.nan]], [[4.0, 2.0]]], np.float32)
        >>> ObserverMaps(("a", "b"), maps, (2, 1), unit="group").mean()
        array([[2., 2.]], dtype=float32)
    """

    names: tuple[str, ...]
    maps: NDArray[np.float32]
    sizes: tuple[int, ...]
    unit: str = "observer"

    def __post_init__(self) -> None:
        if self.maps.ndim != 3 or not len(self.names) == len(self.maps) == len(self.sizes) > 0:
            raise ValueError(f"{len(self.names)} names and {len(self.sizes)} sizes beside maps {self.maps.shape}")

    def __len__(self) -> int:
        return len(self.names)

    def mean(self) -> NDArray[np.float32]:
        """The mean over observers, (y, x), groups by their size; NaN where nobody has a value."""
        known = np.isfinite(self.maps)
        sizes = np.asarray(self.sizes, np.float64)
        total = np.einsum("n,nyx->yx", sizes, np.where(known, self.maps, 0))
        number = np.einsum("n,nyx->yx", sizes, known)
        return np.where(number > 0, total / np.maximum(number, 1), np.nan).astype(np.float32)


def over_stimuli(
    names: Sequence[str],
    maps: Iterable[NDArray[np.floating]],
    counts: Sequence[Sequence[int]],
    sizes: Sequence[int] | None = None,
    unit: str = "observer",
) -> ObserverMaps:
    """One map for each observer from several stimuli of one expression.

    The maps are such that their mean is the mean over the stimuli that show a pixel, each of them the mean over its
    observers. Where everybody saw every stimulus, an observer's map is the mean of his or her own. Where some did not,
    the mean of such means would count a stimulus by who happened to see others; so what an observer did see counts more
    for each stimulus the fewer saw it, and whoever saw half the stimuli has half the weight.

    Args:
        names: of the n observers, or groups.
        maps: for each stimulus (n, y, x), NaN where unknown: the stimulus does not show it, or that observer did not
            see the stimulus.
        counts: (stimuli, n), of how many observers each of these is the mean; 0 where there are none.
        sizes: (n,), how many observers there are in all; None for ones.
        unit: `observer` or `group`.

    Examples:
        >>> one, other = np.array([[[1.0]], [[3.0]]]), np.array([[[5.0]], [[np.nan]]])
        >>> both = over_stimuli(["a", "b"], [one, other], [[1, 1], [1, 0]])
        >>> both.maps.ravel().tolist(), both.mean().item()
        ([5.5, 1.5], 3.5)
    """
    of_group = np.ones(len(names), dtype=np.float32) if sizes is None else np.asarray(sizes, dtype=np.float32)
    total: NDArray[np.floating] = np.zeros(1)
    anyone, shown = np.zeros(1, dtype=bool), np.zeros(1)
    for values, count in zip(maps, counts, strict=True):
        known = np.isfinite(values)
        number = np.asarray(count, dtype=np.float32)
        saw = np.tensordot(number, known.astype(np.float32), 1)
        total = total + np.where(known, values, 0) * number[:, None, None] / np.maximum(saw, 1)
        anyone, shown = anyone | known, shown + (saw > 0)
    there = np.tensordot(of_group, anyone.astype(np.float32), 1)
    mean = total * (there / np.maximum(shown, 1)) / of_group[:, None, None]
    whole = tuple(int(size) for size in of_group)
    return ObserverMaps(tuple(names), np.where(anyone, mean, np.nan).astype(np.float32), whole, unit)


def positive_part(signed: NDArray[np.floating]) -> NDArray[np.floating]:
    """The values above 0 over the largest of each map, (..., y, x) in [0, 1]; 0 where unknown, or where none is."""
    weights = np.maximum(np.nan_to_num(signed), 0)
    top = weights.max(axis=(-2, -1), keepdims=True, initial=0)
    return weights / np.where(top > 0, top, 1)


def most_relevant(signed: NDArray[np.floating], share: float) -> NDArray[np.bool_]:
    """The most relevant pixels of a map.

    Args:
        signed: (..., y, x), NaN where unknown.
        share: of the known pixels, above 0, below 1.

    Returns:
        bool (..., y, x): above 0 and among the largest `share` of the known pixels; pixels that are equal at the cut
        are all in.

    Examples:
        >>> most_relevant(np.array([[5.0, 2.0, -1.0, -2.0, np.nan]]), 0.5)
        array([[ True,  True, False, False, False]])
    """
    flat = np.where(np.isfinite(signed), signed, -np.inf).reshape(*signed.shape[:-2], -1)
    wanted = np.ceil(share * np.isfinite(flat).sum(axis=-1, keepdims=True)).astype(int)
    falling = -np.sort(-flat, axis=-1)
    cut = np.take_along_axis(falling, np.maximum(wanted - 1, 0), axis=-1)
    return ((flat > 0) & (flat >= cut)).reshape(signed.shape)


class ObserversReference(Reference):
    """A reference of observers' maps; expressions may be missing from it.

    Args:
        name: what tables call it.
        maps: expression -> what its observers used.
        share: of the known pixels, the most relevant ones that count as its set of pixels.
        frame: rows and columns that the maps have to have.
        note: what whoever reads a figure from these observers has to know, as one sentence, e.g. that it rests on few
            faces. Reports and tables show it beside their figures; empty for nothing.

    Attributes:
        expressions: those that it has maps of, the six in their order before others (neutral).
        share: see above.
        note: see above.

    Raises:
        UserError: no expression has an observer, `share` is out of range, an expression word is unknown, or maps are of
            another shape.
    """

    def __init__(
        self,
        name: str,
        maps: Mapping[str, ObserverMaps],
        share: float = RELEVANT_SHARE,
        frame: tuple[int, int] = FRAME_SHAPE,
        note: str = "",
    ) -> None:
        if not maps:
            raise UserError(f"reference {name}: there is no observer for any expression")
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
            raise UserError(f"reference.{name}.share={share}: a share of the pixels above 0 and below 1 is needed")
        named = {expression_name(word): of_expression for word, of_expression in maps.items()}
        shapes = {of_expression.maps.shape[1:] for of_expression in named.values()}
        if shapes != {frame}:
            raise UserError(
                f"reference {name}: its maps are {', '.join(map(str, sorted(shapes)))}, the face is {frame}"
            )
        self._observers = named
        self._means = {expression: of_expression.mean() for expression, of_expression in named.items()}
        self.share = float(share)
        self.note = note
        # The positive part over its largest value.
        super().__init__(name, {expression: positive_part(mean) for expression, mean in self._means.items()})

    def signed_of(self, expression: str) -> NDArray[np.float32]:
        """The mean over observers with its sign, (y, x); NaN where unknown."""
        return self._means[self._own_name(expression)]

    def known_of(self, expression: str) -> NDArray[np.bool_]:
        """Where any observer has a value, bool (y, x)."""
        return np.isfinite(self.signed_of(expression))

    def mask(self, expression: str) -> NDArray[np.bool_]:
        """The most relevant share of the known pixels, bool (y, x)."""
        return most_relevant(self.signed_of(expression), self.share)

    def observers_of(self, expression: str) -> ObserverMaps:
        """What each observer used for one expression."""
        return self._observers[self._own_name(expression)]
