"""A tint of the background."""

import numpy as np

from fer_xai.synthetic.cues.base import Cue

_BLUE = np.array([0.20, 0.42, 0.78], np.float32)
#: How far the background goes towards it.
_STRENGTH = np.float32(0.5)


class Tint(Cue):
    """The room behind the person is bluish; the person is not."""

    title = "tint of the background"

    def behind(self, background: np.ndarray) -> np.ndarray:
        """See `Cue.behind`."""
        return background + _STRENGTH * (_BLUE - background)


CUE = Tint()
