"""Where drawn faces show their expressions: the true maps of what a network can use, as a reference."""

from pathlib import Path

import numpy as np
import torch

from fer_xai.data.cache import cache_dir as cache_folder
from fer_xai.data.cache import writable_folder
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.masks import Reference
from fer_xai.face.warp import CanonicalWarp
from fer_xai.files import write_with
from fer_xai.synthetic.picture_plan import Picture, set_name

#: Side of the drawings in pixels.
_SIZE = 256


class TrueMapsReference(Reference):
    """The mean absolute difference of drawn faces and the same faces at rest, by expression, in the canonical face.

    It is of people of its own, so that no test face has a part in what a network is drawn to.

    Args:
        people: number of people.
        seed: of them; faces of a data set of the same seed would be the same people.
        cache_dir: the cache folder, where the maps are kept; None takes what `fer_xai.data.cache` says.
        name: what tables call it.
        frame: rows and columns.

    Attributes:
        of_drawn_faces: true of this class: of photographs it says nothing.

    Raises:
        UserError: no people, or the cache cannot be written.
    """

    of_drawn_faces = True

    def __init__(
        self,
        people: int = 10,
        seed: int = 990,
        cache_dir: str | None = None,
        name: str = "true_maps",
        frame: tuple[int, int] = FRAME_SHAPE,
    ) -> None:
        if people < 1 or seed < 0:
            raise UserError(f"reference {name}: people={people} must be at least 1, seed={seed} at least 0")
        shape = (int(frame[0]), int(frame[1]))
        super().__init__(name, _kept(people, seed, shape, cache_dir))
        self.title = "where drawn faces show the expression"


def true_maps(people: int, seed: int, frame: tuple[int, int] = FRAME_SHAPE) -> np.ndarray:
    """Draw the people and average the differences.

    Args:
        people: number of people, one face of each and expression.
        seed: of them.
        frame: rows and columns.

    Returns:
        float32 (6, rows, columns) in the order of `EXPRESSIONS`, the largest value of each map 1.
    """
    warp = CanonicalWarp(frame)
    maps = []
    for index in range(len(EXPRESSIONS)):
        faces = [Picture(seed, person, index) for person in range(people)]
        pairs = [(face.draw(_SIZE), face.draw(_SIZE, ())) for face in faces]
        changed = [np.abs(full.image.astype(np.float32) - rest.image).mean(axis=-1) for full, rest in pairs]
        landmarks = np.stack([full.landmarks for full, _ in pairs])
        warped, valid = warp(torch.from_numpy(np.stack(changed)), torch.from_numpy(landmarks))
        mean = (warped.sum(dim=0) / valid.sum(dim=0).clamp_min(1)).numpy()
        maps.append(mean / mean.max())
    return np.stack(maps).astype(np.float32)


def _kept(people: int, seed: int, frame: tuple[int, int], cache_dir: str | None) -> np.ndarray:
    folder = writable_folder(cache_folder(cache_dir) / "true_maps", "cache folder")
    path: Path = folder / f"{set_name(seed, _SIZE)}-{people}people-{frame[0]}x{frame[1]}.npy"
    if not path.exists():
        maps = true_maps(people, seed, frame)
        write_with(path, lambda temporary: _write(temporary, maps))
    return np.load(path)


def _write(path: Path, maps: np.ndarray) -> None:
    with path.open("wb") as file:
        np.save(file, maps)
