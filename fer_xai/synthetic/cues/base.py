"""What a planted cue is, and which there are: the modules beside this one."""

from importlib import import_module
from pathlib import Path
from typing import ClassVar

import numpy as np

from fer_xai.errors import UserError
from fer_xai.nearest import nearest
from fer_xai.synthetic.canvas import Sheet


class Cue:
    """Something in a picture that no expression needs; a cue of its own is a module of this folder with `CUE`.

    It stays where it is whatever the face does, so that a picture with it and one without differ by it alone.

    Attributes:
        title: what it is, for people.
    """

    title: ClassVar[str]

    def draw_on(self, sheet: Sheet, rest: np.ndarray) -> None:
        """Draw it on the finished face; nothing if it is not of the face.

        Args:
            sheet: all that belongs to the person.
            rest: (68, 2) landmarks at rest, in inter-ocular distances.
        """

    def behind(self, background: np.ndarray) -> np.ndarray:
        """The background with it, (side, side, 3) float32; as it is if the cue is not of the background."""
        return background


def cue_names() -> tuple[str, ...]:
    """Names of the cues that there are, in the order of the alphabet."""
    return tuple(sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py") if path.stem != "base"))


def cue_named(name: str, key: str = "cue") -> Cue:
    """The cue of a name.

    Args:
        name: one of `cue_names`.
        key: of the config, for the message.

    Raises:
        UserError: there is none of this name.
    """
    if name not in cue_names():
        near = nearest(str(name), cue_names(), most=1)
        meant = f" (did you mean {near[0]}?)" if near else ""
        raise UserError(f"{key}={name} is not known{meant}: choose one of {', '.join(cue_names())}, or null for none")
    cue: Cue = import_module(f"{__package__}.{name}").CUE
    return cue
