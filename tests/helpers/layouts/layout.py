"""What a layout is, and how it comes onto the disk."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath


@dataclass(frozen=True)
class Shown:
    """An image that a reader is to find: path, expression, subject, and what the columns beside say."""

    path: str
    expression: str
    subject: str = ""
    told: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """A data set.

    `files` are label files and their content, `passed` images that a reader passes over in silence (other frames),
    `left_out` how many images or labels it is to leave out for each kind of reason, `inner` a folder that will do as
    root as well.
    """

    title: str
    shown: list[Shown]
    files: dict[str, bytes] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    inner: str = ""
    cropped: bool = False

    @property
    def reader(self) -> str:
        """The word for `data=`."""
        return self.title.split()[0]

    @property
    def images(self) -> list[str]:
        """Paths of all images."""
        return [item.path for item in self.shown] + self.passed + self.unused


def write(layout: Layout, root: Path, picture: Callable[[Shown | str], bytes] | None = None) -> Path:
    """Write a layout into a folder, and return that; without `picture` each image holds its own path."""
    wanted = {item.path: item for item in layout.shown}
    for path in layout.images:
        content = picture(wanted.get(path, path)) if picture else path.encode()
        _put(root / path, content)
    for path, content in layout.files.items():
        _put(root / path, content)
    return root


def write_messy(layout: Layout, root: Path) -> Path:
    """Write a layout as copies of copies look: other case, other endings, more folders, litter of three systems."""
    inside = root / "Mes données (2)" / "data set"
    for number, path in enumerate(layout.images):
        place = PurePosixPath(path)
        ending = {".tiff": ".JPG", ".png": ".Jpeg", ".jpg": ".PNG", ".jpeg": ".png"}.get(place.suffix.lower(), ".bmp")
        name = place.stem.swapcase() + (" " if number % 3 == 1 and place.stem[-1].isalpha() else "") + ending
        _put(inside / str(place.parent).swapcase() / name, path.encode())
        _put(root / "__MACOSX" / place.parent / f"._{place.name}", b"litter")
    for path, content in layout.files.items():
        place = PurePosixPath(path)
        _put(inside / str(place.parent).swapcase() / place.name.swapcase(), content)
    for name in ("Thumbs.db", ".DS_Store", "desktop.ini", "ReadMe first.txt"):
        _put(inside / name, b"litter")
        _put(inside / str(PurePosixPath(layout.images[0]).parent).swapcase() / name, b"litter")
    return root


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
