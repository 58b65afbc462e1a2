"""Where the landmarks of images lie whose heatmaps are imported: given, or found in the pictures."""

from functools import cached_property
from pathlib import Path

import numpy as np

from fer_xai.data.preparation.image import UnreadableImage, read_image
from fer_xai.errors import UserError
from fer_xai.face.grey_pictures import SUFFIXES
from fer_xai.face.map_files import UnreadableMapError
from fer_xai.results.importing.map_table import LocalMap

#: So many of the landmarks, as a share, lie within the image at least.
_LEAST_WITHIN = 0.5


class ImageLandmarks:
    """Landmarks by image, in pixels of its heatmaps.

    Args:
        given: image -> (68, 2) in pixels of the image.
        pictures: folder of the images, each called as its id, with or without the ending; gives the size of each, and
            landmarks where none are given. None: heatmaps have the size of their images.

    Raises:
        UserError: no such folder.
    """

    def __init__(self, given: dict[str, np.ndarray], pictures: Path | None) -> None:
        if pictures is not None and not pictures.is_dir():
            raise UserError(f"--images={pictures}: there is no such folder of pictures")
        self._given, self._pictures = given, pictures
        self._found: dict[str, tuple[tuple[int, int], np.ndarray]] = {}

    def of(self, one: LocalMap, shape: tuple[int, ...]) -> np.ndarray:
        """The landmarks of an image in pixels of a heatmap of it.

        Args:
            one: whose image.
            shape: rows and columns of the heatmap.

        Returns:
            float64 (68, 2).

        Raises:
            UnreadableMapError: they are not known, or do not lie in the image.
        """
        points = one.landmarks if one.landmarks is not None else self._given.get(one.image)
        size = (shape[0], shape[1])
        if self._pictures is not None:
            size, found = self._picture(one.image, wanted=points is None)
            points = found if points is None else points
        if points is None:
            raise UnreadableMapError(
                f"the landmarks of image {one.image} are not known: columns x0 ... y67, --landmarks or --images tell"
            )
        inside = ((points >= -0.5) & (points <= (size[1], size[0]))).all(axis=1).mean()
        if inside < _LEAST_WITHIN:
            raise UnreadableMapError(
                f"the landmarks of image {one.image} do not lie in its {size[0]} rows x {size[1]} columns: they must "
                "be in pixels of the image; --images=DIR tells its size where heatmaps have another"
            )
        # Pixel areas are aligned, as where an image was resized for a network.
        return (points + 0.5) * (np.array(shape[::-1]) / np.array(size[::-1])) - 0.5

    def _picture(self, image: str, wanted: bool) -> tuple[tuple[int, int], np.ndarray | None]:
        """Rows and columns of a picture, and its landmarks where they are wanted."""
        if image in self._found and (not wanted or self._found[image][1] is not None):
            return self._found[image]
        path = self._files.get(image)
        if path is None:
            raise UnreadableMapError(f"--images={self._pictures} holds no picture of image {image}")
        try:
            picture = read_image(path.read_bytes())
        except (UnreadableImage, OSError) as error:
            raise UnreadableMapError(f"the picture {path} cannot be read: {error}") from None
        self._found[image] = (picture.shape[:2], _find(picture, path) if wanted else None)  # type: ignore[assignment]
        return self._found[image]

    @cached_property
    def _files(self) -> dict[str, Path]:
        assert self._pictures is not None
        paths = [path for path in sorted(self._pictures.rglob("*")) if path.suffix.lower() in SUFFIXES]
        by_stem = {path.stem: path for path in paths}
        return by_stem | {path.relative_to(self._pictures).as_posix(): path for path in paths}


def _find(picture: np.ndarray, path: Path) -> np.ndarray:
    # Whoever brings landmarks needs no dlib.
    from fer_xai.face.landmarks import DlibFinder, NoFace

    face = DlibFinder().find(picture, None)
    if isinstance(face, NoFace):
        raise UnreadableMapError(f"{face.reason} in the picture {path}: give its landmarks")
    return face.landmarks
