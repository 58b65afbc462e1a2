"""An object: an earring."""

import numpy as np

from fer_xai.synthetic.canvas import Sheet, at, oval
from fer_xai.synthetic.cues.base import Cue

_GOLD = np.array([0.86, 0.66, 0.22])
_STONE = np.array([0.72, 0.07, 0.12])


class Earring(Cue):
    """A golden ring with a red stone, below the ear that is on the right of the picture, before the hair."""

    title = "earring"

    def draw_on(self, sheet: Sheet, rest: np.ndarray) -> None:
        """See `Cue.draw_on`; it hangs from the lobe and does not follow the jaw."""
        lobe = rest[16] + at(0.10, 0.40)
        ring = oval(lobe + at(0, 0.11), 0.085, 0.11, steps=40)
        for part, colour in (
            (sheet.stroke(np.concatenate([ring, ring[:2]]), 0.042, 0.004, 1.0), _GOLD),
            (sheet.region(oval(lobe + at(0, 0.24), 0.062, 0.072), 0.006), _STONE),
        ):
            sheet.paint(part, colour)
            window, cover = part
            sheet.cover[window] = np.maximum(sheet.cover[window], cover)
            sheet.shade[window] += cover * (1 - sheet.shade[window])
            sheet.gloss[window] += 0.3 * cover
            sheet.raise_(part, 0.01)


CUE = Earring()
