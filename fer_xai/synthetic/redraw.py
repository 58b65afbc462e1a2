"""What a worker process does with one intervention. Imports no pandas and no torch: workers start quickly."""

import hashlib
import json
from dataclasses import astuple
from typing import NamedTuple

import cv2

from fer_xai.data.preparation.crop import Square, cut, pack, to_crop
from fer_xai.data.preparation.records import Face
from fer_xai.synthetic.picture_plan import Picture, drawing_id


class Redrawing(NamedTuple):
    """A drawn face with some of its features.

    Attributes:
        picture: the face.
        size: side of the drawing in pixels.
        shown: names of the features that are drawn.
        square: where the crop of the whole face lies.
        crop_size: side of the crop in pixels.
    """

    picture: Picture
    size: int
    shown: frozenset[str]
    square: Square
    crop_size: int

    @property
    def key(self) -> str:
        """What it is stored under: all that decides its pixels, the version of the drawing with it."""
        parts = [drawing_id(self.picture, self.size), sorted(self.shown), *astuple(self.square), self.crop_size]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def redraw(wanted: Redrawing) -> tuple[str, Face]:
    """The key, and the crop with the landmarks of the face as it is drawn."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # processes share the cores already
    try:
        drawn = wanted.picture.draw(wanted.size, wanted.shown)
        crop = cut(drawn.image, wanted.square, wanted.crop_size)
    finally:
        cv2.setNumThreads(threads)
    landmarks = to_crop(drawn.landmarks, wanted.square, wanted.crop_size)
    return wanted.key, Face(crop=pack(crop), landmarks=landmarks)
