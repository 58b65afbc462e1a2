"""Which neutral face belongs to each prepared face: what hidden pixels show where `hide: rest`."""

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from fer_xai.data.preparation.records import Crops

#: What two pictures of a person should have in common, as far as a data set says it, the most important first.
_IN_COMMON = ("angle", "gaze", "sequence", "session")
_POSE = ("yaw", "pitch")


@dataclass(frozen=True)
class NeutralFaces:
    """Prepared neutral faces of people.

    Attributes:
        crops: `crops[i]` is uint8 (S, S, 3), read from the disk.
        landmarks: float32 (m, 68, 2) in pixels of the crop.
        of_face: int64 (n,), for each prepared face the neutral one that stands for it; -1 where its person has none.
        fingerprint: SHA-256 in hexadecimal digits over contents and settings, and over which one stands for which.
    """

    crops: Crops
    landmarks: np.ndarray
    of_face: np.ndarray
    fingerprint: str

    @classmethod
    def matched(cls, crops: Crops, landmarks: np.ndarray, frame: pd.DataFrame, faces: pd.DataFrame, said: str) -> Self:
        """Choose for every face one of its person's.

        Args:
            crops: of the neutral faces.
            landmarks: likewise.
            frame: their rows, as `PreparedFaces.frame` has them.
            faces: the rows of the faces.
            said: fingerprint of the neutral faces.
        """
        of_face = match_neutral(frame, faces)
        return cls(crops, landmarks, of_face, hashlib.sha256(said.encode() + of_face.tobytes()).hexdigest())

    def note(self) -> str:
        """One sentence: how many there are, and how many faces have none."""
        without = int((self.of_face < 0).sum())
        kept = f"{len(self.crops)} neutral images are kept for `hide: rest` alone"
        return f"{kept}; {without} of {len(self.of_face)} faces are of people without one, and are left out of it"


def match_neutral(neutral: pd.DataFrame, faces: pd.DataFrame) -> np.ndarray:
    """The neutral image of the same person for every face.

    Of several the one is taken that has angle, gaze, sequence and session in common with the face, as far as the data
    set says these, in this order of importance; of equals the one whose head is turned most alike, then the first.

    Args:
        neutral: columns dataset, subject, and any of the above, yaw and pitch (degrees).
        faces: likewise.

    Returns:
        int64 (n,), places in `neutral`, -1 where there is none; nobody is known by an empty subject.
    """
    found = np.full(len(faces), -1, dtype=np.int64)
    columns = [name for name in _IN_COMMON if name in neutral.columns and name in faces.columns]
    poses = [name for name in _POSE if name in neutral.columns and name in faces.columns]
    known = {person: rows for person, rows in _by_person(neutral).items() if person[1]}
    for person, own in _by_person(faces).items():
        if person not in known:
            continue
        others = known[person]
        face, other = faces.iloc[own], neutral.iloc[others]
        turned = np.zeros((len(own), len(others)))
        for name in poses:
            turned += (face[name].to_numpy(float)[:, None] - other[name].to_numpy(float)) ** 2
        unlike = [face[name].astype(str).to_numpy()[:, None] != other[name].astype(str).to_numpy() for name in columns]
        # The last key is the first to count.
        found[own] = others[np.lexsort([turned, *reversed(unlike)], axis=-1)[:, 0]]
    return found


def _by_person(frame: pd.DataFrame) -> dict[tuple[str, str], np.ndarray]:
    """Data set and subject -> places of the rows."""
    numbers, people = pd.factorize(pd.MultiIndex.from_frame(frame[["dataset", "subject"]]))
    return {person: np.flatnonzero(numbers == number) for number, person in enumerate(people)}
