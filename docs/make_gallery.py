"""The pictures of `docs/gallery.md`: its lines are run, one block after another, and figures of a study are taken over.

python docs/make_gallery.py [STUDY_DIR]
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
from PIL import Image

PAGE = Path(__file__).with_name("gallery.md")
#: Pictures on a page load quickly: at most so many pixels wide, and of this quality (0 to 100).
WIDTH, QUALITY = 900, 82
_PART = re.compile(r"^```python\n(?P<code>.*?)^```|^!\[[^\]]*\]\((?P<picture>[^)]+)\)", re.MULTILINE | re.DOTALL)


def figures(text: str, study: Path) -> Iterator[tuple[str, Image.Image]]:
    """Each picture that the page shows, by the name that it has there.

    Args:
        text: the page.
        study: whose figures stand where no lines make one.
    """
    names: dict[str, object] = {}
    for part in _PART.finditer(text):
        if part["code"]:
            exec(compile(part["code"], str(PAGE), "exec"), names)
        elif plt.get_fignums():
            content = io.BytesIO()
            plt.gcf().savefig(content, dpi=130)
            plt.close("all")
            yield part["picture"], Image.open(content)
        else:
            yield part["picture"], Image.open(study / "report" / "figures" / f"{Path(part['picture']).stem}.png")


def small(picture: Image.Image) -> Image.Image:
    """The picture at its size on a page."""
    picture = picture.convert("RGB")
    if picture.width <= WIDTH:
        return picture
    return picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.LANCZOS)


def main(study: str = "multirun/demo") -> None:
    """Write the pictures beside the page."""
    plt.switch_backend("agg")
    for name, picture in figures(PAGE.read_text(encoding="utf-8"), Path(study)):
        path = PAGE.parent / name
        path.parent.mkdir(exist_ok=True)
        small(picture).save(path, quality=QUALITY, method=6)
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main(*sys.argv[1:])
