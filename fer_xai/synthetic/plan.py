"""Which pictures a set of drawn faces holds, and with what action units each is drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fer_xai.expressions import EXPRESSIONS
from fer_xai.synthetic.action_units import expression_units
from fer_xai.synthetic.face import Face, draw_face, face_landmarks
from fer_xai.synthetic.identity import draw_identity
from fer_xai.synthetic.scene import draw_scene
from fer_xai.synthetic.seeds import stream

#: Range of an expression's strength.
INTENSITY = (0.65, 1.0)


@dataclass(frozen=True)
class Picture:
    """One planned picture; `index` counts a subject's pictures, the six expressions in turn."""

    seed: int
    subject: int
    index: int

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
        """File name without ending, e.g. `s0007_happiness_01`."""
        return f"{self.subject_name}_{self.expression}_{self.index // len(EXPRESSIONS):02d}"

    def strength(self) -> tuple[float, dict[int, float]]:
        """The expression's strength, 0 to 1, and the intensity of each action unit."""
        rng = stream("plan", self.seed, self.subject, self.index)
        intensity = float(rng.uniform(*INTENSITY))
        return intensity, expression_units(self.expression, intensity, rng)

    def landmarks(self, size: int) -> np.ndarray:
        """True landmarks, (68, 2) float32 in pixels of the picture, without drawing it."""
        person, scene = draw_identity(self.seed, self.subject), draw_scene(self.seed, self.subject, self.index)
        return face_landmarks(person, self.strength()[1], scene, size)[1]

    def draw(self, size: int, rest: bool = False) -> Face:
        """The face, or with `rest` the same one without its expression."""
        person = draw_identity(self.seed, self.subject)
        units = {} if rest else self.strength()[1]
        return draw_face(person, units, draw_scene(self.seed, self.subject, self.index), size)


def pictures(
    subjects: int, per_expression: int, seed: int, expressions: Sequence[str] = EXPRESSIONS
) -> Iterator[Picture]:
    """The pictures of a set, subject by subject; a larger set holds the smaller one's pictures unchanged."""
    for subject in range(subjects):
        for index in range(per_expression * len(EXPRESSIONS)):
            picture = Picture(seed, subject, index)
            if picture.expression in expressions:
                yield picture
