"""References: what heatmaps are compared with, a map for each expression in the canonical frame.

Each class is what a file of `conf/reference/` builds. Adding a reference means adding a file there, with outlines over
the canonical points (`PolygonReference`, `ActionUnitReference`) or with a folder of pictures (`ImagesReference`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS, SYNONYMS, expression_name
from fer_xai.face.canonical import FRAME_SHAPE, image_size
from fer_xai.face.grey_pictures import read_expression_pictures
from fer_xai.face.half_maximum import half_of_maximum
from fer_xai.face.polygons import Vertex, fill, outline_points


@dataclass(frozen=True)
class Region:
    """One named part of a reference.

    Attributes:
        name: e.g. `left_brow`; left and right are those of the picture.
        covers: the parts of the face that it covers: brows, forehead, eyes, nose, cheeks, mouth, chin, temples.
        outline: corners (n, 2), (x, y) in pixels of the frame.
        weight: what it adds to the reference, above 0, at most 1.
    """

    name: str
    covers: tuple[str, ...]
    outline: NDArray[np.float64]
    weight: float = 1.0


class Reference:
    """What heatmaps are compared with: a map of weights for each expression that the reference has.

    Args:
        name: what tables call it.
        weights: expression -> (y, x) in [0, 1]; an array (6, y, x) is by the order of `EXPRESSIONS`.
        regions: the named regions behind each expression's weights; none where there are none (pictures, observers).

    Attributes:
        name: see above.
        expressions: those that it has, the six in their order before others (neutral).
        frame: rows and columns.
        regions: by expression, for each that it has.
        note: what whoever reads a figure from it has to know, as one sentence; empty for nothing.
        title: what sentences call it, for people who do not know the name.

    Raises:
        UserError: there is no map, maps of several shapes, values out of range, or an unknown expression.
    """

    note: str = ""

    def __init__(
        self,
        name: str,
        weights: NDArray[np.floating] | Mapping[str, NDArray[np.floating]],
        regions: Mapping[str, tuple[Region, ...]] | None = None,
    ) -> None:
        if not isinstance(weights, Mapping):
            if weights.ndim != 3 or len(weights) != len(EXPRESSIONS):
                raise UserError(f"reference {name}: weights {weights.shape} are not {len(EXPRESSIONS)} maps")
            weights = dict(zip(EXPRESSIONS, weights, strict=True))
        named = {expression_name(word): np.asarray(maps, dtype=np.float32) for word, maps in weights.items()}
        if not named:
            raise UserError(f"reference {name}: it has a map for no expression")
        if len({maps.shape for maps in named.values()}) > 1 or next(iter(named.values())).ndim != 2:
            raise UserError(f"reference {name}: its maps must be (rows, columns), of one shape")
        if not all(((maps >= 0) & (maps <= 1)).all() for maps in named.values()):
            raise UserError(f"reference {name}: weights must be maps with values from 0 to 1")
        self.name = name
        self.title = name.replace("_", " ")
        self._weights = {expression: named[expression] for expression in SYNONYMS if expression in named}
        self.expressions = tuple(self._weights)
        rows, columns = self._weights[self.expressions[0]].shape
        self.frame: tuple[int, int] = (rows, columns)
        self.regions: dict[str, tuple[Region, ...]] = {**dict.fromkeys(self.expressions, ()), **(regions or {})}

    def __contains__(self, expression: str) -> bool:
        return expression in self._weights

    def weights_of(self, expression: str) -> NDArray[np.float32]:
        """The weights (y, x) for one expression, in [0, 1]; 0 where unknown.

        Raises:
            UserError: the reference says nothing about it.
        """
        return self._weights[self._own_name(expression)]

    def signed_of(self, expression: str) -> NDArray[np.float32]:
        """The map (y, x) with its sign, NaN where unknown; of masks the weights."""
        return self.weights_of(expression)

    def known_of(self, expression: str) -> NDArray[np.bool_]:
        """The pixels of which the reference says something, bool (y, x); of masks all."""
        return np.ones(self.weights_of(expression).shape, dtype=bool)

    def mask(self, expression: str) -> NDArray[np.bool_]:
        """The relevant pixels for one expression, bool (y, x): weight at least half of the largest."""
        return half_of_maximum(self.weights_of(expression))

    def observers_of(self, expression: str) -> Any:
        """The maps of single observers behind one expression, see `observers/maps.ObserverMaps`; None for masks."""
        return None

    def _own_name(self, word: str) -> str:
        name = expression_name(word)
        if name not in self._weights:
            raise UserError(f"reference {self.name} has nothing for {name}, only for {', '.join(self.expressions)}")
        return name


class PolygonReference(Reference):
    """A reference of named outlines, each either relevant or not.

    Args:
        name: what tables call it.
        regions: name -> `{covers: part or list of parts, outline: [corner, ...]}`, see `polygons.Vertex`.
        masks: expression -> names of the regions that belong to it; expressions may be missing.
        frame: rows and columns.
        title: what sentences call it; None for its name.

    Raises:
        UserError: a mask names an unknown region or none, a corner names no point, or there is no mask.
    """

    def __init__(
        self,
        name: str,
        regions: Mapping[str, Mapping[str, str | Sequence[str] | Sequence[Vertex]]],
        masks: Mapping[str, Sequence[str]],
        frame: tuple[int, int] = FRAME_SHAPE,
        title: str | None = None,
    ) -> None:
        frame = image_size((frame[0], frame[1]))
        known = {
            region: _region(region, entry, f"reference {name}: regions", frame) for region, entry in regions.items()
        }
        chosen = {}
        for expression, names in _by_expression(masks, f"reference {name}: masks").items():
            unknown = [region for region in names if region not in known]
            if unknown:
                raise UserError(f"reference {name}: masks.{expression} names region '{unknown[0]}', not under regions")
            chosen[expression] = tuple(known[region] for region in names)
        super().__init__(name, {e: _add_up(regions, frame) for e, regions in chosen.items()}, chosen)
        self.title = title or self.title


class ActionUnitReference(Reference):
    """A reference composed from single action units of the Facial Action Coding System.

    The weights of an expression are the weighted sum of its units' regions, at most 1: where the regions of two units
    overlap, their weights add up.

    Args:
        name: what tables call it.
        units: number of the action unit -> `{name: ..., covers: ..., outlines: [[corner, ...], ...]}`.
        expressions: expression -> {number of the action unit: weight above 0 and at most 1}; some may be missing.
        frame: rows and columns.
        title: what sentences call it; None for its name.

    Raises:
        UserError: an expression uses no unit, an unknown one or a weight out of range, or there is none.
    """

    def __init__(
        self,
        name: str,
        units: Mapping[int, Mapping[str, str | Sequence[str] | Sequence[Sequence[Vertex]]]],
        expressions: Mapping[str, Mapping[int, float]],
        frame: tuple[int, int] = FRAME_SHAPE,
        title: str | None = None,
    ) -> None:
        frame = image_size((frame[0], frame[1]))
        known = {int(number): _unit(int(number), entry, name, frame) for number, entry in units.items()}
        chosen: dict[str, tuple[Region, ...]] = {}
        weights = {}
        for expression, parts in _by_expression(expressions, f"reference {name}: expressions").items():
            total, regions = np.zeros(frame), []
            for number, weight in parts.items():
                if int(number) not in known:
                    raise UserError(f"reference {name}: expressions.{expression} uses AU {number}, not under units")
                if not 0 < weight <= 1:
                    raise UserError(f"reference {name}: AU {number} of {expression} weighs {weight}: give 0 < w <= 1")
                of_unit = [Region(r.name, r.covers, r.outline, float(weight)) for r in known[int(number)]]
                total += _add_up(of_unit, frame)
                regions += of_unit
            weights[expression] = np.minimum(total, 1)
            chosen[expression] = tuple(regions)
        super().__init__(name, weights, chosen)
        self.title = title or self.title


class ImagesReference(Reference):
    """A reference read from a folder of grey pictures, one per expression: an own mask set, a map of human attention.

    Expressions without a picture are missing from the reference.

    White is fully relevant, black not at all. A picture's name contains the expression as a word (`anger.png`,
    `Happy_mask.png`); other pictures in the folder are ignored. Sizes other than the frame's are scaled to it.

    Args:
        root: the folder.
        name: what tables call it; by default the folder's name.
        frame: rows and columns.

    Raises:
        UserError: the folder does not exist or holds no such picture, or one is double, unreadable or of other
            proportions.
    """

    def __init__(self, root: str | Path | None, name: str | None = None, frame: tuple[int, int] = FRAME_SHAPE) -> None:
        if root is None:
            raise UserError("reference=images needs the folder of its pictures: reference.images.root=FOLDER")
        folder = Path(root)
        pictures = read_expression_pictures(folder, image_size((frame[0], frame[1])))
        super().__init__(name or folder.resolve().name, pictures)


def _region(name: str, entry: Mapping, where: str, frame: tuple[int, int]) -> Region:
    if set(entry) != {"covers", "outline"}:
        raise UserError(f"{where}.{name} holds {sorted(entry)}: it needs 'covers' and 'outline'")
    return Region(name, _words(entry["covers"]), outline_points(entry["outline"], f"{where}.{name}", frame))


def _unit(number: int, entry: Mapping, reference: str, frame: tuple[int, int]) -> list[Region]:
    where = f"reference {reference}: units.{number}"
    if set(entry) != {"name", "covers", "outlines"}:
        raise UserError(f"{where} holds {sorted(entry)}: it needs 'name', 'covers' and 'outlines'")
    name, covers = f"AU{number} {entry['name']}", _words(entry["covers"])
    return [Region(name, covers, outline_points(outline, where, frame)) for outline in entry["outlines"]]


def _words(covers: str | Sequence[str]) -> tuple[str, ...]:
    return (covers,) if isinstance(covers, str) else tuple(covers)


def _add_up(regions: Sequence[Region], frame: tuple[int, int]) -> NDArray[np.float64]:
    """The union of regions, each pixel with the largest weight that covers it; (rows, columns)."""
    weights = np.zeros(frame)
    for region in regions:
        np.maximum(weights, region.weight * fill(region.outline, frame), out=weights)
    return weights


def _by_expression(entries: Mapping, where: str) -> dict:
    """Entries by the names of their expressions, in the order of `SYNONYMS`; none of them is empty."""
    named = {expression_name(word): entry for word, entry in entries.items()}
    empty = [name for name, entry in named.items() if not entry]
    if empty or not named:
        raise UserError(f"{where}: nothing for {', '.join(empty) or 'any expression'}")
    return {name: named[name] for name in SYNONYMS if name in named}
