"""Oulu-CASIA NIR and VIS."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fer_xai.data.sources.file_listing import Listing, same_images
from fer_xai.data.sources.reader import Reader, ReaderResult, match_names
from fer_xai.data.sources.sequences import apex_frames, check_apex, neutral_places
from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError

SPECTRA = ("VL", "NI")
ILLUMINATIONS = ("Strong", "Weak", "Dark")
_NAME = (
    r"(?:(?P<spectrum>VL|NI)(?:_[^/]*)?/)?(?P<light>Strong|Weak|Dark)/(?P<subject>P\d{3})/(?P<word>[^/]+)/"
    r"(?P<frame>\d+) *\.\w+(?:\.\w+)?"
)


@dataclass(eq=False)
class OuluCASIAReader(Reader):
    """Oulu-CASIA: 80 people, a sequence from rest to the apex for each of six expressions, in three illuminations.

    Each was filmed in visible light and in near infrared.

    Zhao et al., "Facial expression recognition from near-infrared videos", Image and Vision Computing 2011.

    Args:
        root: the folder with `OriginalImg`.
        spectrum: VL (visible light) or NI (near infrared).
        illumination: Strong, Weak or Dark.
        frames: frames of each sequence.
        apex: which they are: last or middle.
        neutral_frames: so many frames from the beginning are taken as neutral.
        keep_rest: see `Reader`; of each sequence the first frame is neutral, or `neutral_frames` are.
    """

    NAME = "oulu_casia"
    LAYOUT = "OriginalImg/VL/Strong/P001/Anger/000.jpeg (spectrum, illumination, person, expression, frame)"
    EXACT = r"(VL|NI)/(Strong|Weak|Dark)/P\d{3}/(Anger|Disgust|Fear|Happiness|Sadness|Surprise)/\d{3}\.jpeg"

    spectrum: str = "VL"
    illumination: str = "Strong"
    frames: int = 3
    apex: str = "last"
    neutral_frames: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_apex(self.frames, self.apex, self.neutral_frames)
        for key, choices in (("spectrum", SPECTRA), ("illumination", ILLUMINATIONS)):
            if (value := getattr(self, key)) not in choices:
                raise UserError(f"{setting(key)}={value}: choose {', '.join(choices[:-1])} or {choices[-1]}")

    def find(self, listing: Listing) -> ReaderResult:
        """Frames of each sequence; see `Reader.find`."""
        matched, left_out = match_names(listing.images, _NAME, "VL/Strong/P001/Anger/000.jpeg")
        wanted = (self.spectrum.casefold(), self.illumination.casefold())
        filmed = [
            (path, match)
            for path, match in matched
            if ((match["spectrum"] or self.spectrum).casefold(), match["light"].casefold()) == wanted
        ]
        if matched and not filmed:
            raise UserError(
                f"{setting('root')}={listing.root} has no image of {setting('spectrum')}={self.spectrum} "
                f"{setting('illumination')}={self.illumination}, e.g. only {matched[0][1]['id']}"
            )
        sequences: dict[tuple[str, str], list[tuple[int, str, str]]] = defaultdict(list)
        copies = same_images([match["id"] for _, match in filmed])
        for (path, match), other in zip(filmed, copies, strict=True):
            if other is not None:
                left_out.append((match["id"], f"another file of the same image: {other}"))
                continue
            key = (match["subject"].upper(), match["word"].strip())
            sequences[key].append((int(match["frame"]), match["id"], path))
        rows: list[tuple[Any, ...]] = []
        for (subject, word), frames in sequences.items():
            frames.sort()
            chosen = apex_frames(len(frames), self.frames, self.apex)
            rows += [(*_row(frames[i]), word, subject, False) for i in chosen]
            places = neutral_places(chosen, self.neutral_frames, self.keep_rest)
            rows += [(*_row(frames[i]), "neutral", subject, self.neutral_frames == 0) for i in places]
        columns = ["image", "path", "frame", "origin", "expression", "subject", "rest_only"]
        notes = [f"{self.frames} frames ({self.apex}) of each of {len(sequences)} sequences"]
        if len(filmed) < len(matched):
            notes.append(f"{len(matched) - len(filmed)} images of other spectra and illuminations were passed over")
        return ReaderResult(pd.DataFrame(rows, columns=columns), left_out, notes)


def _row(frame: tuple[int, str, str]) -> tuple[str, str, int, str]:
    number, image, path = frame
    return image.strip(), path, number, path
