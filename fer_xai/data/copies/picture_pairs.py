"""Pairs of picture files that show the same, or nearly the same.

A perceptual hash finds candidates; then the pictures themselves are compared, block by block, because a changed mouth
in the same portrait changes the hash little. Cropped, mirrored or retouched copies are not found.

A picture that was encoded anew and the next frame of a film may differ by as little, so pixels alone do not tell which
is which. What tells is how the files were made: encoding or resizing changes the format, the size in pixels or the
tables of the JPEG encoder, while the frames of one data set have all of these in common.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd

from fer_xai.data.copies.thumbnails import SIZE, Look, Thumbnails

#: Pictures that are alike differ in at most so many of the 256 bits of their hashes. Measured on 154 photographs and
#: drawings of faces, encoded anew as JPEG of quality 30 to 80, without colour, at a third, half and 1.7 times the size:
#: 904 of 906 copies differ in fewer. Different pictures of one person differ in 36 or more, of two people in 46 or more
#: (1,363 pictures).
MOST_BITS = 20
#: Pictures that are alike differ nowhere by more than this: root mean square in the worst of 8 x 8 blocks of 8 x 8
#: pixels of the thumbnails, after brightness and contrast are made equal; in standard deviations of the picture.
#: Measured likewise: at most 0.26 between copies, at least 0.65 between pictures that are not frames of one film.
MOST_DIFFERENCE = 0.4

#: The kinds of pairs: the same pixels; one picture encoded or sized in two ways; two pictures that differ a little.
EXACT, REENCODED, NEAR = "exact", "re-encoded", "near-identical"

#: Pairs compared at a time: 64 MB.
_CHUNK = 1024
_BLOCK = 8
#: Differences that are nearer to each other than this are equal.
_TIE = 1e-6


@dataclass(frozen=True)
class PicturePairs:
    """Pairs of pictures that are alike.

    Attributes:
        places: int64 (m, 2), places in the list of contents, the smaller one first.
        kind: (m,) strings: exact, re-encoded, near-identical.
        difference: (m,) how much they differ, see `worst_difference`; 0 for the same pixels.
    """

    places: np.ndarray
    kind: np.ndarray
    difference: np.ndarray


def picture_pairs(store: Thumbnails, contents: np.ndarray) -> PicturePairs:
    """All pairs of different files that are alike.

    Args:
        store: knows the files; those that it does not know have no pair.
        contents: (n,) hashes of the files' contents, each once.
    """
    looks = store.looks(contents.tolist())
    known = np.flatnonzero([content in looks for content in contents])
    if len(known) < 2:
        return PicturePairs(np.empty((0, 2), dtype=np.int64), np.empty(0, dtype=object), np.empty(0))
    of_known = [looks[content] for content in contents[known]]
    bits = np.frombuffer(b"".join(look.hash for look in of_known), np.uint8).reshape(len(known), -1)
    pairs = close_pairs(bits, MOST_BITS)
    difference = _differences(store, contents[known], pairs)
    pixels = pd.factorize(np.array([look.pixels for look in of_known], dtype=object))[0]
    same = pixels[pairs[:, 0]] == pixels[pairs[:, 1]]
    nearly_identical = same | (difference <= MOST_DIFFERENCE)
    difference = np.where(same, 0, difference)
    pairs, same, difference = (values[nearly_identical] for values in (pairs, same, difference))
    return PicturePairs(known[pairs], _kinds(of_known, pairs, same, difference), difference)


def close_pairs(hashes: np.ndarray, most: int) -> np.ndarray:
    """Pairs of hashes that differ in few bits.

    Hashes that differ in at most `most` bits agree in at least one of `most + 1` bands of bits, so that only those
    which agree in a band are compared: all such pairs are found, in far less than n^2 comparisons.

    Args:
        hashes: uint8 (n, bytes), a multiple of 8 bytes.
        most: how many bits may differ, fewer than there are.

    Returns:
        (m, 2) int64, each pair once, the smaller number first.
    """
    words = np.ascontiguousarray(hashes).view(np.uint64)
    bits = np.unpackbits(hashes, axis=1)
    pairs = [np.empty((0, 2), dtype=np.int64)]
    for band in np.array_split(np.arange(bits.shape[1]), most + 1):
        _, key = np.unique(np.packbits(bits[:, band], axis=1), axis=0, return_inverse=True)
        for one, other in _equal_pairs(key.ravel()):
            near = np.bitwise_count(words[one] ^ words[other]).sum(axis=1) <= most
            pairs.append(np.column_stack([one[near], other[near]]))
    return np.unique(np.sort(np.concatenate(pairs), axis=1), axis=0)


def _equal_pairs(key: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """All pairs of places of equal keys, at most n at a time."""
    order = np.argsort(key, kind="stable")
    in_order = key[order]
    place, step = np.arange(len(key)), 1
    while len(place := place[place + step < len(key)]):
        # Equal keys lie together: once a place has no equal at this distance, it has none further off.
        place = place[in_order[place] == in_order[place + step]]
        yield order[place], order[place + step]
        step += 1


def worst_difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How much two pictures differ where they differ most, apart from brightness and contrast.

    Args:
        one: uint8 (m, 64, 64) thumbnails.
        other: likewise.

    Returns:
        (m,) float32: 0 for the same picture, about 1 and more for unlike ones; infinite for pictures of one grey only.
    """
    a, b = _standardised(one), _standardised(other)
    likeness = (a * b).mean(axis=(1, 2), keepdims=True)
    blocks = ((a - likeness * b) ** 2).reshape(len(a), SIZE // _BLOCK, _BLOCK, SIZE // _BLOCK, _BLOCK)
    return np.nan_to_num(np.sqrt(blocks.mean(axis=(2, 4)).max(axis=(1, 2))), nan=np.inf)


def _standardised(small: np.ndarray) -> np.ndarray:
    """Blurred a little, against the noise of encoding, then with mean 0 and standard deviation 1; NaN if all grey."""
    soft = np.stack([cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1.0) for picture in small])
    soft -= soft.mean(axis=(1, 2), keepdims=True)
    spread = soft.std(axis=(1, 2), keepdims=True)
    return soft / np.where(spread > 1, spread, np.nan)


def _differences(store: Thumbnails, contents: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """The worst difference of each pair (m, 2) of places in `contents`: (m,)."""
    differences = [np.empty(0)]
    for start in range(0, len(pairs), _CHUNK):
        some = contents[pairs[start : start + _CHUNK]]
        pictures = store.pictures(np.unique(some).tolist())
        sides = [np.stack([pictures[content] for content in some[:, side]]) for side in (0, 1)]
        # Either picture may be the sharper one.
        differences.append(np.maximum(worst_difference(*sides), worst_difference(*sides[::-1])))
    return np.concatenate(differences)


def _kinds(looks: list[Look], pairs: np.ndarray, same: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """The kind of each pair (m, 2) of places in `looks`.

    Two files are one picture in two forms only if nothing else in either form is nearer to the other: of a film that is
    there twice, each frame pairs with itself and not with the next one.
    """
    form = pd.factorize(np.array([look.form for look in looks], dtype=object))[0]
    one, other = pairs.T
    seen = pd.DataFrame({"from": np.concatenate([one, other]), "form": form[np.concatenate([other, one])]})
    seen["difference"] = np.concatenate([difference, difference])
    nearest = seen["difference"] <= seen.groupby(["from", "form"])["difference"].transform("min") + _TIE
    mutual = nearest.to_numpy()[: len(pairs)] & nearest.to_numpy()[len(pairs) :]
    kind = np.where((form[one] != form[other]) & mutual, REENCODED, NEAR).astype(object)
    return np.where(same, EXACT, kind)
