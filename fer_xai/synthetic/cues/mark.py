"""A mark on the skin."""

import numpy as np

from fer_xai.synthetic.canvas import Sheet, oval
from fer_xai.synthetic.cues.base import Cue


class Mark(Cue):
    """A dark, slightly raised spot on the cheek that is on the left of the picture, larger than a mole."""

    title = "mark on the cheek"

    def draw_on(self, sheet: Sheet, rest: np.ndarray) -> None:
        """See `Cue.draw_on`; between jaw and wing of the nose, where no action unit moves the skin much."""
        spot = sheet.region(oval(0.45 * rest[3] + 0.55 * rest[31], 0.085, 0.075), 0.012)
        sheet.paint(spot, np.array([0.16, 0.07, 0.06]), 0.92)
        sheet.raise_(spot, 0.012)


CUE = Mark()
