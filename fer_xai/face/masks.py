"""References: what heatmaps are compared with, one map of weights per expression in the canonical frame.

Each class is what a file of `conf/reference/` builds. Adding a reference means adding a file there, with outlines over
the canonical points (`PolygonReference`, `ActionUnitReference`) or with a folder of pictures (`ImagesReference`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS, expression_name
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
    """Maps of weights for the six expressions.

    Attributes:
        name: what tables call it.
        weights: (6, rows, columns) float32 in [0, 1], by the order of `EXPRESSIONS`.
        regions: the named regions behind each expression's weights; empty where there are none (pictures).
    """

    def __init__(
        self, name: str, weights: NDArray[np.floating], regions: Mapping[str, tuple[Region, ...]] | None = None
    ) -> None:
        if weights.ndim != 3 or len(weights) != len(EXPRESSIONS) or not ((weights >= 0) & (weights <= 1)).all():
            raise UserError(f"reference {name}: weights must be {len(EXPRESSIONS)} maps with values from 0 to 1")
        self.name = name
        self.weights = weights.astype(np.float32)
        self.regions: dict[str, tuple[Region, ...]] = {**dict.fromkeys(EXPRESSIONS, ()), **(regions or {})}

    @property
    def frame(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.weights.shape[1], self.weights.shape[2]

    def __contains__(self, expression: str) -> bool:
        return expression in EXPRESSIONS

    def weights_of(self, expression: str) -> NDArray[np.float32]:
        """The weights (rows, columns) for one expression.

        Raises:
            UserError: the reference says nothing about it (neutral, contempt).
        """
        name = expression_name(expression)
        if name not in EXPRESSIONS:
            raise UserError(f"reference {self.name} has no mask for {name}, only for {', '.join(EXPRESSIONS)}")
        return self.weights[EXPRESSIONS.index(name)]

    def mask(self, expression: str) -> NDArray[np.bool_]:
        """The relevant pixels for one expression, bool (rows, columns): weight at least half of the largest."""
        return half_of_maximum(self.weights_of(expression))


class PolygonReference(Reference):
    """A reference of named outlines, each either relevant or not.

    Args:
        name: what tables call it.
        regions: name -> `{covers: part or list of parts, outline: [corner, ...]}`, see `polygons.Vertex`.
        masks: expression -> names of the regions that belong to it. All six expressions are needed.
        frame: rows and columns.

    Raises:
        UserError: a mask names an unknown region, a corner names no point, an expression is missing.
    """

    def __init__(
        self,
        name: str,
        regions: Mapping[str, Mapping[str, str | Sequence[str] | Sequence[Vertex]]],
        masks: Mapping[str, Sequence[str]],
        frame: tuple[int, int] = FRAME_SHAPE,
    ) -> None:
        frame = image_size((frame[0], frame[1]))
        known = {
            region: _region(region, entry, f"reference {name}: regions", frame) for region, entry in regions.items()
        }
        chosen = {}
        for expression, names in _six(masks, f"reference {name}: masks").items():
            unknown = [region for region in names if region not in known]
            if unknown:
                raise UserError(f"reference {name}: masks.{expression} names region '{unknown[0]}', not under regions")
            chosen[expression] = tuple(known[region] for region in names)
        super().__init__(name, np.stack([_add_up(chosen[e], frame) for e in EXPRESSIONS]), chosen)


class ActionUnitReference(Reference):
    """A reference composed from single action units of the Facial Action Coding System.

    The weights of an expression are the weighted sum of its units' regions, at most 1: where the regions of two units
    overlap, their weights add up.

    Args:
        name: what tables call it.
        units: number of the action unit -> `{name: ..., covers: ..., outlines: [[corner, ...], ...]}`.
        expressions: expression -> {number of the action unit: weight above 0 and at most 1}.
        frame: rows and columns.

    Raises:
        UserError: an expression uses an unknown unit or a weight out of range, or is missing.
    """

    def __init__(
        self,
        name: str,
        units: Mapping[int, Mapping[str, str | Sequence[str] | Sequence[Sequence[Vertex]]]],
        expressions: Mapping[str, Mapping[int, float]],
        frame: tuple[int, int] = FRAME_SHAPE,
    ) -> None:
        frame = image_size((frame[0], frame[1]))
        known = {int(number): _unit(int(number), entry, name, frame) for number, entry in units.items()}
        chosen: dict[str, tuple[Region, ...]] = {}
        weights = []
        for expression, parts in _six(expressions, f"reference {name}: expressions").items():
            total, regions = np.zeros(frame), []
            for number, weight in parts.items():
                if int(number) not in known:
                    raise UserError(f"reference {name}: expressions.{expression} uses AU {number}, not under units")
                if not 0 < weight <= 1:
                    raise UserError(f"reference {name}: AU {number} of {expression} weighs {weight}: give 0 < w <= 1")
                of_unit = [Region(r.name, r.covers, r.outline, float(weight)) for r in known[int(number)]]
                total += _add_up(of_unit, frame)
                regions += of_unit
            weights.append(np.minimum(total, 1))
            chosen[expression] = tuple(regions)
        super().__init__(name, np.stack(weights), chosen)


class ImagesReference(Reference):
    """A reference read from a folder of grey pictures, one per expression: an own mask set, a map of human attention.

    White is fully relevant, black not at all. A picture's name contains the expression as a word (`anger.png`,
    `Happy_mask.png`); other pictures in the folder are ignored. Sizes other than the frame's are scaled to it.

    Args:
        root: the folder.
        name: what tables call it; by default the folder's name.
        frame: rows and columns.

    Raises:
        UserError: the folder does not exist, a picture is missing, double, unreadable, or of other proportions.
    """

    def __init__(self, root: str | Path | None, name: str | None = None, frame: tuple[int, int] = FRAME_SHAPE) -> None:
        if root is None:
            raise UserError("reference=images needs the folder of its pictures: reference.root=FOLDER")
        folder = Path(root)
        pictures = read_expression_pictures(folder, image_size((frame[0], frame[1])))
        super().__init__(name or folder.resolve().name, np.stack([pictures[e] for e in EXPRESSIONS]))


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


def _six(entries: Mapping, where: str) -> dict:
    """Entries by the names of the six expressions, in their order."""
    named = {expression_name(word): entry for word, entry in entries.items()}
    missing = [e for e in EXPRESSIONS if not named.get(e)]
    if missing:
        raise UserError(f"{where}: nothing for {', '.join(missing)}; all of {', '.join(EXPRESSIONS)} are needed")
    return {e: named[e] for e in EXPRESSIONS}
