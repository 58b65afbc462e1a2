"""MUG, its sequences of posed expressions."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fer_xai.data.sources.file_listing import Listing, same_images
from fer_xai.data.sources.reader import Reader, ReaderResult, match_names
from fer_xai.data.sources.sequences import apex_frames, check_apex, neutral_places

# Between person and expression some have a folder for the session, or one called as the person once more.
_NAME = (
    r"(?P<subject>\d{3})/(?:[^/]+/)?(?P<word>anger|disgust|fear|happiness|sadness|surprise|neutral)/"
    r"(?P<take>take\d+)/[^/]*?(?P<frame>\d+) *\.\w+(?:\.\w+)?"
)


@dataclass(eq=False)
class MUGReader(Reader):
    """MUG: people of whom each expression was filmed several times, from rest to the apex and back to rest.

    Of each film the frames in the middle are taken. Films of the neutral face give one frame of neutral.

    Aifanti, Papachristou, Delopoulos, "The MUG facial expression database", WIAMIS 2010.

    Args:
        root: the folder with `subjects3`.
        frames: frames of each film.
        apex: which they are: middle or last.
        keep_rest: see `Reader`; of each film the first frame is neutral.
    """

    NAME = "mug"
    LAYOUT = "subjects3/001/anger/take000/img_0000.jpg (person, perhaps session, expression, film, frame)"
    EXACT = r"\d{3}/([^/]+/)?(anger|disgust|fear|happiness|sadness|surprise|neutral)/take\d{3}/[^/]*\d+\.jpg"

    frames: int = 3
    apex: str = "middle"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_apex(self.frames, self.apex)

    def find(self, listing: Listing) -> ReaderResult:
        """Frames of each film; see `Reader.find`."""
        matched, left_out = match_names(listing.images, _NAME, "001/anger/take000/img_0000.jpg")
        copies = same_images([match["id"] for _, match in matched])
        films: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        told: dict[str, tuple[str, str]] = {}
        for (path, match), other in zip(matched, copies, strict=True):
            if other is not None:
                left_out.append((match["id"], f"another file of the same image: {other}"))
                continue
            film = match["id"].rpartition("/")[0].casefold()
            films[film].append((int(match["frame"]), match["id"].strip(), path))
            told[film] = (match["subject"], match["word"].lower())
        rows: list[tuple[Any, ...]] = []
        for film, frames in films.items():
            frames.sort()
            subject, word = told[film]
            neutral = word == "neutral"
            chosen = apex_frames(len(frames), 1 if neutral else self.frames, self.apex)
            rows += [(*_row(frames[i]), word, subject, False) for i in chosen]
            at_rest = range(0) if neutral else neutral_places(chosen, 0, self.keep_rest)
            rows += [(*_row(frames[i]), "neutral", subject, True) for i in at_rest]
        columns = ["image", "path", "frame", "origin", "expression", "subject", "rest_only"]
        notes = [f"{self.frames} frames ({self.apex}) of each of {len(films)} films"] if films else []
        return ReaderResult(pd.DataFrame(rows, columns=columns), left_out, notes)


def _row(frame: tuple[int, str, str]) -> tuple[str, str, int, str]:
    number, image, path = frame
    return image, path, number, path
