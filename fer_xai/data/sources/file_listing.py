"""The files below a folder, as data sets are found on people's disks."""

import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from PIL import features

#: Endings that Pillow reads only if it was built so.
_OPTIONAL = {".webp": "webp", ".avif": "avif", ".jp2": "jpg_2000", ".j2k": "jpg_2000", ".jpx": "jpg_2000"}
#: Endings of the files that are taken for images; others are not looked at.
IMAGE_SUFFIXES: frozenset[str] = frozenset(
    {".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".bmp", ".dib", ".tif", ".tiff", ".gif"}
    | {".pgm", ".ppm", ".pbm", ".pnm", ".tga", ".pcx", ".sgi"}
    | {ending for ending, feature in _OPTIONAL.items() if features.check(feature)}
)
#: Endings of files that lie beside images without being any: tables, texts, labels, programs, what systems leave.
_NO_PICTURES = re.compile(
    r"\.(asc|bat|bib|cff|cfg|csv|dat|db|docx?|html?|ini|ipynb|json|lnk|log|lst|m|mat|md|md5|npy|npz|ods|pdf|pkl|ps|pts"
    r"|py|r|rtf|sh|sha256|tab|tex|toml|tsv|txt|url|xls|xlsm|xlsx|xml|ya?ml)"
)

#: Of two files of one image that differ in the ending alone, the one without losses is taken.
_LOSSLESS = frozenset({".png", ".bmp", ".tif", ".tiff", ".pgm", ".ppm"})

#: Folders that systems and archives leave behind.
_LITTER = frozenset({"__macosx", "$recycle.bin", "system volume information"})


@dataclass(frozen=True)
class Listing:
    """What lies below a folder, at any depth.

    Attributes:
        root: the folder.
        images: absolute paths of the images, sorted.
        others: absolute paths of all other files, sorted.
        closed: what could not be read: (folder, reason).
    """

    root: Path
    images: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    closed: list[tuple[str, str]] = field(default_factory=list)

    def describe(self) -> str:
        """What there is, in a few words, for messages."""
        if not self.images:
            endings = counted(suffix(path) or "without ending" for path in self.others)
            return f"no image ({len(self.others)} other files{': ' if endings else ''}{endings})"
        shown = Path(self.images[0]).relative_to(self.root)
        return f"{len(self.images)} images, e.g. {shown}"


def list_files(root: Path) -> Listing:
    """List a folder with all that lies below it; links to folders are followed once, hidden files are passed over.

    Links to what holds the folder are not followed: they would lead all over the disk.

    Args:
        root: an absolute path.
    """
    images: list[str] = []
    others: list[str] = []
    seen = set(map(str, Path(os.path.realpath(root)).parents))
    closed: list[tuple[str, str]] = []

    def note(error: OSError) -> None:
        closed.append((str(error.filename), error.strerror or str(error)))

    for folder, names, files in os.walk(root, followlinks=True, onerror=note):
        real = os.path.realpath(folder)
        if real in seen:
            names.clear()
            continue
        seen.add(real)
        names[:] = sorted(name for name in names if not name.startswith(".") and name.casefold() not in _LITTER)
        for file in files:
            if not file.startswith("."):
                path = f"{Path(folder).as_posix()}/{file}"
                (images if suffix(file) in IMAGE_SUFFIXES else others).append(path)
    return Listing(root, sorted(images), sorted(others), closed)


def unread(listing: Listing) -> list[str]:
    """What to say of files that may be pictures or videos but have endings that are not read, if there are any."""
    endings = [suffix(path) or _number_only(path) for path in listing.others]
    odd = [ending for ending in endings if ending and not _NO_PICTURES.fullmatch(ending)]
    if not odd:
        return []
    return [f"{len(odd)} files have endings that are not read ({counted(odd)}): convert pictures to PNG or JPEG"]


def _number_only(path: str) -> str:
    """`without ending` for a file that is called by a number, as frames are."""
    return "without ending" if re.search(r"\d", PurePosixPath(path).name) else ""


def counted(endings: Iterable[str]) -> str:
    """Endings with the numbers of their files, the most frequent first: `.heic 20, .mp4 2`."""
    counts = Counter(endings).most_common()
    return ", ".join(f"{ending} {number}" for ending, number in counts[:8]) + (" ..." if len(counts) > 8 else "")


def suffix(name: str) -> str:
    """The ending of a file name in small letters, with its dot: `.jpg`."""
    return PurePosixPath(name.strip()).suffix.casefold()


def stem(path: str) -> str:
    """The name of a file without folders and endings of images: `KA.AN1.39` of `x/KA.AN1.39.tiff.jpg`."""
    name = PurePosixPath(path).name.strip()
    while suffix(name) in IMAGE_SUFFIXES:
        name = PurePosixPath(name).stem.strip()
    return name


def same_images(images: list[str]) -> list[str | None]:
    """Which files hold an image that another file holds as well: converted beside the original, or copied.

    Args:
        images: ids of images; those that differ only in case and ending are one image.

    Returns:
        For each the id that is taken in its place, None where it is taken itself: the first without losses, or else the
        first.
    """
    taken: dict[str, int] = {}
    keys = [str(PurePosixPath(image).with_suffix("")).casefold() for image in images]
    for place, key in enumerate(keys):
        before = taken.setdefault(key, place)
        if suffix(images[place]) in _LOSSLESS and suffix(images[before]) not in _LOSSLESS:
            taken[key] = place
    return [None if taken[key] == place else images[taken[key]] for place, key in enumerate(keys)]
