"""Choosing frames of sequences that run from rest to an expression."""

from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError

APEXES = ("last", "middle")


def check_apex(frames: int, apex: str, neutral_frames: int = 0) -> None:
    """Refuse settings that mean nothing.

    Raises:
        UserError: no frames, a place that is none, or less than no neutral frames.
    """
    if frames < 1:
        raise UserError(f"{setting('frames')}={frames}: at least 1 frame of each sequence is needed")
    if apex not in APEXES:
        raise UserError(f"{setting('apex')}={apex}: choose {' or '.join(APEXES)}")
    if neutral_frames < 0:
        raise UserError(f"{setting('neutral_frames')}={neutral_frames}: it is a number of frames, 0 for none")


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


def neutral_places(apex: range, neutral_frames: int, keep_rest: bool) -> range:
    """The frames from the beginning of a sequence that are neutral, before those around the apex.

    Args:
        apex: from `apex_frames`.
        neutral_frames: how many are wanted.
        keep_rest: whether the first one is wanted in any case, as the person's face at rest.

    Examples:
        >>> list(neutral_places(range(7, 10), 2, False)), list(neutral_places(range(1, 4), 2, True))
        ([0, 1], [0])
        >>> list(neutral_places(range(7, 10), 0, True)), list(neutral_places(range(7, 10), 0, False))
        ([0], [])
    """
    return range(min(max(neutral_frames, int(keep_rest)), apex.start))
