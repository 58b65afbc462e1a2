"""Pictures that are there more than once, and pictures that are nearly the same, such as the frames of a film."""

from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fer_xai.data.copies.picture_pairs import EXACT, NEAR, REENCODED, PicturePairs, picture_pairs
from fer_xai.data.copies.thumbnails import Thumbnails
from fer_xai.data.preparation.prepared_faces import PreparedFaces

#: Columns of the report.
REPORT_COLUMNS: tuple[str, ...] = ("image", "subject", "dataset", "expression", "group", "kind", "across")

#: What the pictures of a group may differ in although they are alike, the worst first, by the column that tells.
_ACROSS = {"subjects": "person", "parts": "usage", "expressions": "expression", "data sets": "dataset"}


@dataclass(frozen=True, eq=False)
class PictureGroup:
    """Pictures that are alike.

    Attributes:
        kind: `exact` (all of the same pixels), `re-encoded` (one picture, encoded or sized in several ways) or
            `near-identical` (different pictures that differ by little).
        rows: int64 (m,), rows of the faces, ascending, at least two.
        across: what they differ in: subjects, parts (of the official split), expressions, data sets.
    """

    kind: str
    rows: np.ndarray
    across: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Duplicates:
    """The copies and the near-identical pictures among prepared faces.

    Copies of a picture are one group, whatever they are called. Near-identical pictures are one group where person,
    expression, part and data set are the same, which may hold a whole film: each is alike to the next. Where any of
    these differs, two pictures that are alike are a group of their own, so that no group joins what only others link.

    Attributes:
        groups: the worst first: copies before near-identical pictures, those across people, parts, expressions or data
            sets before the others, pairs that differ less before those that differ more.
        copies: (n,) strings, name of the group of copies, the same in every run: the smallest of its hashes of
            contents; empty without a copy.
        kept_together: (n,) strings, likewise, of all that is linked by copies and near-identical pictures, but for
            those that link two known people: what splits keep together where people are unknown.
        near: (n,) strings, names of the near-identical pairs that each face is in, with blanks between them.
        report: one row per image and group, group by group: image, subject, dataset, expression, group (number), kind
            (of the image: exact, re-encoded, near-identical), across (what the group differs in, with commas).
    """

    groups: tuple[PictureGroup, ...]
    copies: np.ndarray
    kept_together: np.ndarray
    near: np.ndarray
    report: pd.DataFrame

    def mark(self, faces: PreparedFaces) -> PreparedFaces:
        """The faces with the columns `copies`, `kept_together` and `near`, which splits go by."""
        return replace(
            faces, frame=faces.frame.assign(copies=self.copies, kept_together=self.kept_together, near=self.near)
        )

    @property
    def across(self) -> tuple[PictureGroup, ...]:
        """The groups whose pictures differ in subject, part, expression or data set."""
        return tuple(group for group in self.groups if group.across)

    def count_across(self) -> dict[str, int]:
        """How many groups hold pictures that differ in each of these: subjects, parts, expressions, data sets."""
        return {word: sum(word in group.across for group in self.groups) for word in _ACROSS}

    def summary(self) -> str:
        """One line: how many copies and near-identical pictures there are, and what they have not in common."""
        if not self.groups:
            return "no copies among the images"
        texts = []
        copied, near = self.report[self.report["kind"] != NEAR], self.report[self.report["kind"] == NEAR]
        if len(copied):
            kinds = ", ".join(f"{kind} {number}" for kind, number in copied["kind"].value_counts().items())
            groups = _number(copied["group"].nunique(), "group")
            texts.append(f"{len(copied)} images are copies of one another ({kinds}), in {groups}")
        else:
            texts.append("no copies among the images")
        if len(near):
            texts.append(f"{near['image'].nunique()} images are nearly the same as others, such as frames of a film")
        differ = [f"{many} of different {word}" for word, many in self.count_across().items() if many]
        if differ:
            first, *others = differ
            holds = "group holds images" if first.startswith("1 ") else "groups hold images"
            texts.append(", ".join([first.replace(" ", f" {holds} ", 1), *others]) + " (see duplicates.csv)")
        return "; ".join(texts)


def _number(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


#: Nothing has a copy.
_NOTHING = np.empty(0, dtype=object)
NO_DUPLICATES = Duplicates((), _NOTHING, _NOTHING, _NOTHING, pd.DataFrame(columns=list(REPORT_COLUMNS)))


def find_duplicates(faces: PreparedFaces, workers: int | None = None) -> Duplicates:
    """Find the copies and the near-identical pictures among the picture files of prepared faces.

    Hashes are kept in the cache beside the faces, by content, so a second look is quick.

    Args:
        faces: the faces; their files are read unless they are known.
        workers: how many files to read at once; None takes the number of cores.

    Returns:
        What is there more than once.

    Raises:
        UserError: the cache cannot be written to.
    """
    frame = faces.frame
    contents, which = np.unique(frame["content"].to_numpy(str), return_inverse=True)
    first = np.unique(which, return_index=True)[1]
    store = Thumbnails(faces.crops.path.with_name("thumbnails.sqlite"))
    store.add_missing(contents.tolist(), frame["path"].iloc[first].tolist(), workers)
    pairs = picture_pairs(store, contents)
    return _grouped(frame, contents, which, pairs)


def _grouped(frame: pd.DataFrame, contents: np.ndarray, which: np.ndarray, pairs: PicturePairs) -> Duplicates:
    """What there is to say of pairs of contents; `which` is each row's place in `contents`."""
    facts = _facts(frame)
    is_near = pairs.kind == NEAR
    near = _row_pairs(which, pairs.places[is_near][np.argsort(pairs.difference[is_near], kind="stable")])
    copied = _components(len(contents), pairs.places[~is_near])[which]
    differing = _differing(facts, near)
    sequences = _components(len(frame), near[~differing.any(axis=1)])
    same_pixels = _components(len(contents), pairs.places[pairs.kind == EXACT])[which]
    groups = [_group(facts, rows, _kind(same_pixels[rows])) for rows in _members(copied)]
    groups += [_group(facts, rows, NEAR) for rows in _members(sequences) if len(np.unique(copied[rows])) > 1]
    apart = differing.any(axis=1)
    for pair, differs in zip(near[apart], differing[apart], strict=True):
        groups.append(PictureGroup(NEAR, pair, tuple(compress(_ACROSS, differs))))
    places = [list(_ACROSS).index(group.across[0]) if group.across else len(_ACROSS) for group in groups]
    order = sorted(range(len(groups)), key=lambda i: (groups[i].kind == NEAR, places[i]))
    ordered = tuple(groups[i] for i in order)
    linked = np.concatenate([_row_pairs(which, pairs.places[~is_near]), near[~differing[:, 0]]])
    linked = np.concatenate([linked, _chain(which)])
    return Duplicates(
        ordered,
        _names(contents[which], copied),
        _names(contents[which], _components(len(frame), linked)),
        _pair_names(contents[which], near),
        _report(frame, ordered, same_pixels),
    )


def _facts(frame: pd.DataFrame) -> pd.DataFrame:
    """By what pictures are told apart: person (missing where unknown), usage (missing), expression, dataset."""
    person = (frame["dataset"] + "\n" + frame["subject"]).where(frame["subject"] != "")
    usage = frame["usage"] if "usage" in frame.columns else pd.Series("", index=frame.index)
    facts = pd.DataFrame({"person": person, "usage": usage.where(usage != "")})
    return facts.assign(expression=frame["expression"], dataset=frame["dataset"])[list(_ACROSS.values())]


def _differing(facts: pd.DataFrame, pairs: np.ndarray) -> np.ndarray:
    """bool (m, 4): in which of the facts the rows of each pair differ; what is unknown differs from nothing."""
    codes = np.column_stack([pd.factorize(facts[name])[0] for name in facts.columns])
    one, other = codes[pairs[:, 0]], codes[pairs[:, 1]]
    return (one != other) & (one >= 0) & (other >= 0)


def _group(facts: pd.DataFrame, rows: np.ndarray, kind: str) -> PictureGroup:
    several = facts.iloc[rows].nunique() > 1
    return PictureGroup(kind, rows, tuple(word for word, name in _ACROSS.items() if several[name]))


def _kind(pixels: np.ndarray) -> str:
    return EXACT if len(np.unique(pixels)) == 1 else REENCODED


def _components(n: int, pairs: np.ndarray) -> np.ndarray:
    """(n,) number of the component that each of n nodes is in when pairs (m, 2) link them."""
    edges = coo_array((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return connected_components(edges, directed=False)[1]


def _members(component: np.ndarray) -> list[np.ndarray]:
    """The nodes of each component of two or more, ascending, the components by their first nodes."""
    order = np.argsort(component, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(component[order])) + 1)
    return sorted((rows for rows in parts if len(rows) > 1), key=lambda rows: int(rows[0]))


def _row_pairs(which: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(k, 2) pairs of rows from pairs of contents: files of the same bytes each take part."""
    rows = pd.DataFrame({"row": np.arange(len(which)), "place": which})
    pairs = pd.DataFrame(places, columns=["one", "other"])
    both = pairs.merge(rows, left_on="one", right_on="place").merge(rows, left_on="other", right_on="place")
    return np.sort(both[["row_x", "row_y"]].to_numpy(np.int64), axis=1)


def _chain(which: np.ndarray) -> np.ndarray:
    """(k, 2) pairs of rows that link all rows of each content."""
    return np.concatenate([np.empty((0, 2), np.int64), *[np.column_stack([r[:-1], r[1:]]) for r in _members(which)]])


def _names(content: np.ndarray, component: np.ndarray) -> np.ndarray:
    """(n,) the smallest content of each row's component, empty for a row that is alone in it."""
    smallest = pd.Series(content).groupby(component).transform("min")
    alone = pd.Series(component).map(pd.Series(component).value_counts()).to_numpy() == 1
    return np.where(alone, "", smallest).astype(object)


def _pair_names(content: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """(n,) for each row the names of the pairs that it is in, with blanks between them."""
    one, other = np.sort(content[pairs], axis=1).T
    names = np.array([f"{a[:16]}-{b[:16]}" for a, b in zip(one, other, strict=True)], dtype=object)
    rows = (
        pd.Series(np.concatenate([names, names])).groupby(pairs.T.ravel()).agg(lambda each: " ".join(sorted(set(each))))
    )
    return rows.reindex(np.arange(len(content)), fill_value="").to_numpy(object)


def _report(frame: pd.DataFrame, groups: tuple[PictureGroup, ...], pixels: np.ndarray) -> pd.DataFrame:
    """One row per image and group."""
    rows = np.concatenate([np.empty(0, dtype=np.int64), *[group.rows for group in groups]])
    number = np.repeat(np.arange(len(groups)), [len(group.rows) for group in groups])
    same = pd.DataFrame({"group": number, "pixels": pixels[rows]}).duplicated(keep=False).to_numpy()
    near = np.array([group.kind == NEAR for group in groups], dtype=bool)[number]
    across = np.array([", ".join(group.across) for group in groups], dtype=object)[number]
    kind = np.where(near, NEAR, np.where(same, EXACT, REENCODED))
    report = frame.iloc[rows].assign(group=number, kind=kind, across=across)
    return report[list(REPORT_COLUMNS)].reset_index(drop=True)
