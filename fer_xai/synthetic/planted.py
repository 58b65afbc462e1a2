"""How often a planted cue comes with which expression, and in which part of a split each picture stands."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fer_xai.synthetic.picture_plan import Picture
from fer_xai.synthetic.seeds import stream


@dataclass(frozen=True)
class PlantedCue:
    """A cue that comes with one expression, in training.

    Every face exists with the cue and without it, and each part of a split shows one of the two: training and
    validation as `rate` and `base_rate` say, the test part as `base_rate` says for all expressions, so that accuracy
    tells what a network loses that has learned the cue.

    Attributes:
        name: of the cue.
        expression: that it comes with.
        rate: share of this expression's faces that have it in training, 0 to 1.
        base_rate: share of all other faces that have it.
    """

    name: str
    expression: str
    rate: float
    base_rate: float

    def both(self, pictures: Iterable[Picture]) -> list[Picture]:
        """Every picture without the cue and with it."""
        return [each for picture in pictures for each in (picture, replace(picture, cue=self.name))]

    def shown_in(self, picture: Picture) -> str:
        """The parts that show this picture and not the other of its face: `train`, `test`, `train test` or `none`.

        The lot is drawn for each face and part: with a higher rate the cue comes in more pictures, and in none less.
        """
        rng = stream("cue", picture.seed, picture.subject, picture.index)
        in_training = self.rate if picture.expression == self.expression else self.base_rate
        parts = [
            part
            for part, rate in (("train", in_training), ("test", self.base_rate))
            if (rng.random() < rate) == bool(picture.cue)
        ]
        return " ".join(parts) or "none"
