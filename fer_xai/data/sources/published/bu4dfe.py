"""Binghamton University 4D Facial Expression (BU-4DFE)."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fer_xai.data.sources.file_listing import Listing, same_images
from fer_xai.data.sources.reader import Reader, ReaderResult, match_names
from fer_xai.data.sources.sequences import apex_frames, check_apex

_NAME = r"(?P<subject>[FM]\d{2,4})/(?P<word>[^/]+)/(?:[^/]+/)?[^/]*?(?P<frame>\d+) *\.\w+(?:\.\w+)?"


@dataclass(eq=False)
class BU4DFEReader(Reader):
    """BU-4DFE: 101 people, a sequence of about 100 frames for each of six expressions, with the apex about its middle.

    Yin et al., "A High-Resolution 3D Dynamic Facial Expression Database", FG 2008.

    Args:
        root: the folder with `F001` and so on.
        frames: frames of each sequence.
        apex: which they are: last or middle.
    """

    NAME = "bu4dfe"
    LAYOUT = "F001/Angry/000.jpg (person, expression, frame)"
    EXACT = r"[FM]\d{3}/(Angry|Disgust|Fear|Happy|Sad|Surprise)/\d{3}\.jpg"

    frames: int = 1
    apex: str = "middle"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_apex(self.frames, self.apex)

    def find(self, listing: Listing) -> ReaderResult:
        """Frames of each sequence; see `Reader.find`."""
        matched, left_out = match_names(listing.images, _NAME, "F001/Angry/000.jpg")
        copies = same_images([match["id"] for _, match in matched])
        sequences: dict[tuple[str, str], list[tuple[int, str, str, str]]] = defaultdict(list)
        for (path, match), other in zip(matched, copies, strict=True):
            if other is not None:
                left_out.append((match["id"], f"another file of the same image: {other}"))
                continue
            key = (match["subject"].upper(), match["word"].strip().casefold())
            sequences[key].append((int(match["frame"]), match["id"], path, match["word"]))
        rows: list[tuple[Any, ...]] = []
        for (subject, _), frames in sequences.items():
            frames.sort()
            for i in apex_frames(len(frames), self.frames, self.apex):
                frame, image, path, word = frames[i]
                rows.append((image, path, word, subject, frame, path))
        columns = ["image", "path", "expression", "subject", "frame", "origin"]
        note = f"{self.frames} frames ({self.apex}) of each of {len(sequences)} sequences"
        return ReaderResult(pd.DataFrame(rows, columns=columns), left_out, [note])
