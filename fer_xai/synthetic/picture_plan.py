"""Which pictures a set of drawn faces holds, and with what action units each is drawn."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.synthetic.action_units import expression_units
from fer_xai.synthetic.cues.base import cue_named, cue_names
from fer_xai.synthetic.face import DRAWING_VERSION, Face, draw_face, face_landmarks
from fer_xai.synthetic.identity import draw_identity
from fer_xai.synthetic.scene import draw_scene
from fer_xai.synthetic.seeds import stream

#: Range of an expression's strength.
INTENSITY = (0.65, 1.0)


@dataclass(frozen=True)
class Picture:
    """One planned picture.

    Attributes:
        seed: of the data set.
        subject: number of the person.
        index: counts a subject's pictures, the six expressions in turn.
        cue: name of the cue that is planted in it, see `cues`; empty for none.
    """

    seed: int
    subject: int
    index: int
    cue: str = ""

    @property
    def expression(self) -> str:
        """The expression shown."""
        return EXPRESSIONS[self.index % len(EXPRESSIONS)]

    @property
    def subject_name(self) -> str:
        """The subject's name in tables, e.g. `s0007`."""
        return f"s{self.subject:04d}"

    @property
    def name(self) -> str:
        """File name without ending, e.g. `s0007_happiness_01`, or `s0007_happiness_01+earring` with a cue."""
        name = f"{self.subject_name}_{self.expression}_{self.index // len(EXPRESSIONS):02d}"
        return f"{name}+{self.cue}" if self.cue else name

    def strength(self) -> tuple[float, dict[int, float]]:
        """The expression's strength, 0 to 1, and the intensity of each action unit."""
        rng = stream("plan", self.seed, self.subject, self.index)
        intensity = float(rng.uniform(*INTENSITY))
        return intensity, expression_units(self.expression, intensity, rng)

    def landmarks(self, size: int) -> np.ndarray:
        """True landmarks, (68, 2) float32 in pixels of the picture, without drawing it."""
        person, scene = draw_identity(self.seed, self.subject), draw_scene(self.seed, self.subject, self.index)
        return face_landmarks(person, self.strength()[1], scene, size)[1]

    @property
    def features(self) -> tuple[str, ...]:
        """Names of all that can be left out of the face: its action units, such as `AU9`, and its cue."""
        units = map(feature_name, self.strength()[1])
        return (*units, self.cue) if self.cue else tuple(units)

    def draw(self, size: int, shown: Collection[str] | None = None) -> Face:
        """The face, or the same one without some of its features: person, scene and noise stay.

        Args:
            size: side of the picture in pixels.
            shown: those of `features` that are drawn; None draws all, none of them the face at rest.

        Raises:
            UserError: a feature that this face does not have.
        """
        units = {feature_name(unit): (unit, strength) for unit, strength in self.strength()[1].items()}
        absent = sorted(set(shown or ()) - set(self.features))
        if absent:
            raise UserError(f"{self.name} has no {absent[0]}: it shows {', '.join(self.features)}")
        kept = dict(value for name, value in units.items() if shown is None or name in shown)
        person = draw_identity(self.seed, self.subject)
        planted = self.cue and (shown is None or self.cue in shown)
        cue = cue_named(self.cue) if planted else None
        return draw_face(person, kept, draw_scene(self.seed, self.subject, self.index), size, cue)


class Drawing(NamedTuple):
    """What the text in the column `drawing` of a table names.

    Attributes:
        picture: who shows what in which scene.
        size: side of the picture in pixels.
        version: of the drawing, by which it was drawn.
    """

    picture: Picture
    size: int
    version: int


def feature_name(unit: int) -> str:
    """What an action unit is called among a face's features, e.g. `AU9`."""
    return f"AU{unit}"


def set_name(seed: int, size: int) -> str:
    """What all pictures of a seed and size have in common, e.g. `v4-seed0-256px`."""
    return f"v{DRAWING_VERSION}-seed{seed}-{size}px"


def drawing_id(picture: Picture, size: int) -> str:
    """All that a picture can be drawn from again, e.g. `v4-seed0-256px/s0007_happiness_01`."""
    return f"{set_name(picture.seed, size)}/{picture.name}"


def read_drawing_id(text: object) -> Drawing | None:
    """What `drawing_id` has written; None where the text is another.

    Examples:
        >>> read_drawing_id("v4-seed0-256px/s0007_happiness_01").picture
        Picture(seed=0, subject=7, index=9, cue='')
    """
    found = _ID.fullmatch(text) if isinstance(text, str) else None
    if found is None or found["expression"] not in EXPRESSIONS:
        return None
    index = int(found["number"]) * len(EXPRESSIONS) + EXPRESSIONS.index(found["expression"])
    if found["cue"] and found["cue"] not in cue_names():
        return None
    picture = Picture(int(found["seed"]), int(found["subject"]), index, found["cue"] or "")
    return Drawing(picture, int(found["size"]), int(found["version"]))


_ID = re.compile(
    r"v(?P<version>\d+)-seed(?P<seed>\d+)-(?P<size>\d+)px/s(?P<subject>\d+)_(?P<expression>[a-z]+)_(?P<number>\d+)"
    r"(?:\+(?P<cue>[a-z_]+))?"
)


def pictures(
    subjects: int, per_expression: int, seed: int, expressions: Sequence[str] = EXPRESSIONS
) -> Iterator[Picture]:
    """The pictures of a set, subject by subject; a larger set holds the smaller one's pictures unchanged."""
    for subject in range(subjects):
        for index in range(per_expression * len(EXPRESSIONS)):
            picture = Picture(seed, subject, index)
            if picture.expression in expressions:
                yield picture
