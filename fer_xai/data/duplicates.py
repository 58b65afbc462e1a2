"""Copies: the same picture again, as it is, encoded anew or in another size.

A perceptual hash finds candidates; then the pictures themselves are compared, block by block, because a changed mouth
in the same portrait changes the hash little. Cropped, mirrored or retouched copies are not found.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fer_xai.data.prepare import PreparedFaces
from fer_xai.data.thumbnails import SIZE, Thumbnails

#: Copies differ in at most so many of the 256 bits of their hashes. Measured on 154 photographs and drawings of faces,
#: encoded anew as JPEG of quality 30 to 80, without colour, at a third, half and 1.7 times the size: 904 of 906 copies
#: differ in fewer. Different pictures of one person differ in 36 or more, of two people in 46 or more (1,363 pictures).
MOST_BITS = 20
#: Copies differ nowhere by more than this: root mean square in the worst of 8 x 8 blocks of 8 x 8 pixels of the
#: thumbnails, after brightness and contrast are made equal; in standard deviations of the picture. Measured likewise:
#: at most 0.26 between copies, at least 0.65 between different pictures.
MOST_DIFFERENCE = 0.4

#: Pairs compared at a time: 64 MB.
_CHUNK = 1024
_BLOCK = 8


#: Columns of the report.
REPORT_COLUMNS: tuple[str, ...] = ("image", "subject", "dataset", "group", "kind", "expression")


@dataclass(frozen=True)
class Duplicates:
    """The copies among prepared faces.

    Attributes:
        groups: (n,) int64, number of the group of copies that each face belongs to, -1 without a copy.
        names: (n,) strings, name of that group, the same in every run: the smallest of its hashes of contents; empty
            without a copy.
        report: one row per image that has a copy: image, subject, dataset, group, kind (exact: a file of the same
            content; near: encoded or sized otherwise), expression; group by group.
        across: numbers of the groups with pictures of two or more people.
    """

    groups: np.ndarray
    names: np.ndarray
    report: pd.DataFrame
    across: tuple[int, ...]

    def mark(self, faces: PreparedFaces) -> PreparedFaces:
        """The faces with a column `copies`, the names of the groups: by it, splits keep copies together."""
        return replace(faces, frame=faces.frame.assign(copies=self.names))

    def summary(self) -> str:
        """One line: how many copies there are, and whether people share some."""
        if self.report.empty:
            return "no copies among the images"
        kinds = ", ".join(f"{kind} {number}" for kind, number in self.report["kind"].value_counts().items())
        text = f"{len(self.report)} images are copies of one another ({kinds}), in {self.groups.max() + 1} groups"
        if self.across:
            text += f"; {len(self.across)} groups hold images of different subjects, see duplicates.csv"
        return text


#: Nothing has a copy.
NO_DUPLICATES = Duplicates(
    np.empty(0, dtype=np.int64), np.empty(0, dtype=object), pd.DataFrame(columns=list(REPORT_COLUMNS)), ()
)


def find_duplicates(faces: PreparedFaces, workers: int | None = None) -> Duplicates:
    """Find the copies among the picture files of prepared faces.

    Hashes are kept in the cache beside the faces, by content, so a second look is quick.

    Args:
        faces: the faces; their files are read unless they are known.
        workers: how many files to read at once; None takes the number of cores.

    Returns:
        The copies.

    Raises:
        UserError: the cache cannot be written to.
    """
    frame = faces.frame
    contents, which = np.unique(frame["content"].to_numpy(str), return_inverse=True)
    first = np.unique(which, return_index=True)[1]
    store = Thumbnails(faces.crops.path.with_name("thumbnails.sqlite"))
    store.add_missing(contents.tolist(), frame["path"].iloc[first].tolist(), workers)
    pairs = _copies(store, contents)
    return _grouped(frame, contents, which, pairs)


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
    found = [np.empty((0, 2), dtype=np.int64)]
    for band in np.array_split(np.arange(bits.shape[1]), most + 1):
        _, key = np.unique(np.packbits(bits[:, band], axis=1), axis=0, return_inverse=True)
        for one, other in _equal_pairs(key.ravel()):
            near = np.bitwise_count(words[one] ^ words[other]).sum(axis=1) <= most
            found.append(np.column_stack([one[near], other[near]]))
    return np.unique(np.sort(np.concatenate(found), axis=1), axis=0)


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


def _copies(store: Thumbnails, contents: np.ndarray) -> np.ndarray:
    """Pairs of different contents that show the same picture: (m, 2) places in `contents`."""
    hashes = store.hashes(contents.tolist())
    known = np.flatnonzero([content in hashes for content in contents])
    if len(known) < 2:
        return np.empty((0, 2), dtype=np.int64)
    bits = np.frombuffer(b"".join(hashes[content] for content in contents[known]), np.uint8).reshape(len(known), -1)
    pairs = known[close_pairs(bits, MOST_BITS)]
    kept = [pairs[:0]]
    for start in range(0, len(pairs), _CHUNK):
        some = pairs[start : start + _CHUNK]
        pictures = store.pictures(np.unique(contents[some]).tolist())
        sides = [np.stack([pictures[content] for content in contents[some[:, side]]]) for side in (0, 1)]
        # Either picture may be the sharper one.
        difference = np.maximum(worst_difference(*sides), worst_difference(*sides[::-1]))
        kept.append(some[difference <= MOST_DIFFERENCE])
    return np.concatenate(kept)


def _grouped(frame: pd.DataFrame, contents: np.ndarray, which: np.ndarray, pairs: np.ndarray) -> Duplicates:
    """Groups of rows from pairs of contents; `which` is each row's place in `contents`."""
    n = len(contents)
    edges = coo_array((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, component = connected_components(edges, directed=False)
    of_row = pd.Series(component[which])
    copied = of_row.map(of_row.value_counts()).to_numpy() > 1
    groups = np.full(len(frame), -1, dtype=np.int64)
    groups[copied] = pd.factorize(of_row[copied])[0]
    names = np.full(len(frame), "", dtype=object)
    # Contents are sorted: the first of a component is the smallest.
    names[copied] = contents[np.unique(component, return_index=True)[1]][component[which][copied]]
    same_file = frame["content"].duplicated(keep=False).to_numpy()
    report = frame.assign(group=groups, kind=np.where(same_file, "exact", "near"))
    report = report.loc[copied, list(REPORT_COLUMNS)]
    people = (report["dataset"] + "\n" + report["subject"])[report["subject"] != ""]
    per_group = people.groupby(report["group"]).nunique()
    across = tuple(int(group) for group in per_group.index[per_group > 1])
    return Duplicates(groups, names, report.sort_values(["group", "image"], ignore_index=True), across)
