"""Expression in-the-Wild (ExpW)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar, NamedTuple

import pandas as pd
from PIL import Image

from fer_xai.data.cache import cache_dir as cache_folder
from fer_xai.data.sources.file_listing import Listing
from fer_xai.data.sources.reader import Reader, ReaderResult
from fer_xai.data.sources.setting import setting
from fer_xai.data.sources.unpacked import unpacked
from fer_xai.errors import UserError
from fer_xai.parallel import run_parallel

_LIST = "label.lst"
#: So much of the box is added on each side, since a face is found in its surroundings.
_MARGIN = 0.4


class _Face(NamedTuple):
    """A line of the list: box in pixels of the photograph, `number` of the line from 1."""

    image: str
    face: str
    top: int
    left: int
    right: int
    bottom: int
    confidence: float
    label: str
    number: int

    @property
    def name(self) -> str:
        return f"{Path(self.image).stem}_{self.face}.png"


@dataclass(eq=False)
class ExpWReader(Reader):
    """ExpW: 91,793 faces in photographs from the web, each marked by a box. People are unknown.

    Faces are cut out by their boxes, with a margin, and written into the cache once. Columns beside the usual ones:
    `confidence` (of the box, as the list has it).

    Zhang, Luo, Loy, Tang, "From facial expression recognition to interpersonal relation prediction", IJCV 2018.

    Args:
        root: the folder with `image` and `label`.
        cache_dir: the cache folder; None takes what `fer_xai.data.cache` says.
        min_confidence: faces whose box is less certain are left out; None takes all.
    """

    NAME = "expw"
    LAYOUT = (
        f"image/origin/angry_actor_104.jpg with label/{_LIST} (image, face, top, left, right, bottom, confidence, "
        "label)"
    )
    WORDS: ClassVar[Mapping[str, str | None]] = {
        "0": "anger",
        "1": "disgust",
        "2": "fear",
        "3": "happiness",
        "4": "sadness",
        "5": "surprise",
        "6": "neutral",
    }

    cache_dir: str | None = None
    min_confidence: float | None = None

    def find(self, listing: Listing) -> ReaderResult:
        """Faces of the list; see `Reader.find`."""
        lists = [Path(path) for path in listing.others if path.rsplit("/", 1)[1].casefold() == _LIST]
        if not lists:
            return ReaderResult(pd.DataFrame())
        left_out: list[tuple[str, str]] = []
        faces = _faces(lists[0], left_out)
        photographs = {path.rsplit("/", 1)[1].casefold(): path for path in listing.images}
        missing = sorted({face.image for face in faces if face.image.casefold() not in photographs})
        left_out += [(image, "label without an image") for image in missing]
        faces = [face for face in faces if face.image.casefold() in photographs]
        if not faces:
            raise UserError(
                f"{setting('root')}={listing.root}: none of the images that {lists[0]} names is there, e.g. "
                f"{missing[0] if missing else 'any'}; {self.title} is {self.LAYOUT}"
            )
        # The list alone does not tell how much of the data set is there.
        form = f"{len({face.image for face in faces})}-photographs"
        folder = unpacked(lists[0], cache_folder(self.cache_dir), "expw", form, partial(_cut_all, faces, photographs))
        rows = []
        for face in faces:
            if not (folder / face.name).is_file():
                left_out.append((face.name, "the box holds no picture"))
            elif self.min_confidence is not None and face.confidence < self.min_confidence:
                left_out.append((face.name, f"confidence below data.min_confidence: {face.confidence:g}"))
            else:
                origin = f"{lists[0]}, row {face.number}"
                rows.append((face.name, f"{folder}/{face.name}", face.label, "", face.confidence, origin))
        columns = ["image", "path", "expression", "subject", "confidence", "origin"]
        return ReaderResult(pd.DataFrame(rows, columns=columns), left_out, [f"faces were cut out into {folder}"])


def _faces(file: Path, left_out: list[tuple[str, str]]) -> list[_Face]:
    try:
        lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    faces = []
    for number, line in enumerate(lines, 1):
        # Names of images may have blanks in them.
        cells = line.strip().rsplit(None, 7)
        try:
            image, face, *box, confidence, label = cells
            top, left, right, bottom = (int(float(cell)) for cell in box)
            faces.append(_Face(image, face, top, left, right, bottom, float(confidence), label, number))
        except ValueError:
            if cells:
                left_out.append((cells[0], f"no image, box and label in the list: {file.name}, row {number}"))
    return faces


def _cut_all(faces: Sequence[_Face], photographs: Mapping[str, str], folder: Path) -> None:
    by_image: dict[str, list[_Face]] = {}
    for face in faces:
        by_image.setdefault(photographs[face.image.casefold()], []).append(face)
    cut = partial(_cut, folder)
    for _ in run_parallel(cut, by_image.items(), len(by_image), "Cutting out faces", None, threads=True):
        pass


def _cut(folder: Path, photograph: tuple[str, Sequence[_Face]]) -> None:
    """Write the faces of one photograph; those that cannot be cut out are not there afterwards."""
    path, faces = photograph
    try:
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return
    for face in faces:
        side = _MARGIN * max(face.right - face.left, face.bottom - face.top)
        left, top = max(0, round(face.left - side)), max(0, round(face.top - side))
        right, bottom = min(picture.width, round(face.right + side)), min(picture.height, round(face.bottom + side))
        if face.left < face.right and face.top < face.bottom and left < right and top < bottom:
            picture.crop((left, top, right, bottom)).save(folder / face.name)
