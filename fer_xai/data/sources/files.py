"""The files below a folder, as data sets are found on people's disks."""

import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

#: Endings of the files that are taken for images; others are not looked at.
IMAGE_SUFFIXES: frozenset[str] = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".tif", ".tiff", ".gif", ".webp", ".pgm", ".ppm", ".jp2"}
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
            return f"no image ({len(self.others)} other files)"
        shown = Path(self.images[0]).relative_to(self.root)
        return f"{len(self.images)} images, e.g. {shown}"


def list_files(root: Path) -> Listing:
    """List a folder with all that lies below it; links to folders are followed once, hidden files are passed over.

    Args:
        root: an absolute path.
    """
    images: list[str] = []
    others: list[str] = []
    seen: set[str] = set()
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
