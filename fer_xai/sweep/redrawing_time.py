"""How long it takes to draw a face again without some of its action units."""

import time
from typing import Any

from fer_xai.data.preparation.crop import Square
from fer_xai.synthetic.interventions import COLUMN
from fer_xai.synthetic.picture_plan import read_drawing_id
from fer_xai.synthetic.redraw import Redrawing, redraw


def seconds_per_redrawing(frame: Any, crop_size: int) -> float:
    """Seconds that one process takes for one drawing, timed by the first face; 0 where no face is a drawn one.

    Args:
        frame: the images, as they are listed.
        crop_size: side of the crops in pixels.
    """
    drawings = map(read_drawing_id, frame.get(COLUMN, ()))
    drawing = next((one for one in drawings if one is not None), None)
    if drawing is None:
        return 0.0
    rest = Redrawing(drawing.picture, drawing.size, frozenset(), Square(0, 0, drawing.size, 0.0), crop_size)
    took = []
    for _ in range(2):
        start = time.perf_counter()
        redraw(rest)
        took.append(time.perf_counter() - start)
    return min(took)
