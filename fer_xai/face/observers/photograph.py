"""Where the photographs that people saw behind tiles lie in the canonical face."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from fer_xai.face.canonical import FRAME_SHAPE, TRIANGLES, complete_landmarks, pixel_weights

#: Mean landmarks of the 14 photographs, (x, y) in thousandths of their width and height.
# fmt: off
_LANDMARKS = (
    (9, 362), (17, 459), (35, 556), (56, 652), (96, 744), (160, 832), (248, 909), (358, 968), (493, 987),
    (628, 969), (746, 914), (840, 841), (912, 757), (957, 665), (981, 569), (999, 470), (1007, 371), (76, 289),
    (120, 230), (208, 206), (304, 212), (394, 237), (578, 237), (676, 214), (776, 212), (868, 238), (919, 293),
    (485, 322), (483, 385), (483, 446), (483, 510), (383, 564), (430, 575), (480, 584), (532, 576), (578, 566),
    (181, 338), (231, 308), (303, 311), (361, 345), (300, 356), (228, 358), (618, 346), (678, 311), (750, 312),
    (801, 343), (753, 360), (682, 358), (297, 721), (352, 678), (425, 658), (477, 668), (535, 658), (611, 681),
    (668, 725), (614, 784), (541, 809), (478, 813), (419, 808), (349, 782), (330, 720), (425, 700), (478, 703),
    (536, 700), (634, 724), (538, 753), (479, 758), (423, 751),
)
# fmt: on


@cache
def photograph_coordinates(frame: tuple[int, int] = FRAME_SHAPE) -> NDArray[np.float64]:
    """Where each pixel of the canonical frame lies in the mean photograph: the warp of its landmarks, without pixels.

    Args:
        frame: rows and columns.

    Returns:
        (2, rows, columns), x and y as shares of the photograph's width and height; below 0 and above 1 beyond its
        edges. Read-only.
    """
    points = complete_landmarks(np.array(_LANDMARKS, dtype=np.float64), 1000) / 1000
    triangle, weights = pixel_weights(frame)
    coordinates = np.einsum("yxk,yxkc->cyx", weights, points[TRIANGLES[triangle]])
    coordinates.setflags(write=False)
    return coordinates
