"""Choosing frames of sequences that run from rest to an expression."""

from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError

APEXES = ("last", "middle")


def check_apex(frames: int, apex: str) -> None:
    """Refuse settings that mean nothing.

    Raises:
        UserError: no frames, or a place that is none.
    """
    if frames < 1:
        raise UserError(f"{setting('frames')}={frames}: at least 1 frame of each sequence is needed")
    if apex not in APEXES:
        raise UserError(f"{setting('apex')}={apex}: choose {' or '.join(APEXES)}")


def apex_frames(length: int, frames: int, apex: str) -> range:
    """The frames around the apex.

    Args:
        length: number of frames of the sequence.
        frames: how many are wanted; shorter sequences give all that they have.
        apex: `last` takes the last ones, `middle` those in the middle.

    Returns:
        Places in the sequence, from 0.

    Examples:
        >>> list(apex_frames(10, 3, "last")), list(apex_frames(10, 3, "middle")), list(apex_frames(2, 3, "last"))
        ([7, 8, 9], [4, 5, 6], [0, 1])
    """
    frames = min(frames, length)
    start = length - frames if apex == "last" else (length - frames + 1) // 2
    return range(start, start + frames)
