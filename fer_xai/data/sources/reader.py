"""What all readers of published data sets have in common: `read()` from the folder to the table."""

import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from fer_xai.data.face_table import FaceTable, left_out_rows, why_left_out
from fer_xai.data.sources.file_listing import Listing, list_files, same_images, unread
from fer_xai.data.sources.labels import Words, make_table, own_words, text_of
from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS

log = logging.getLogger(__name__)

#: A path, and how it matches a pattern.
Matched = tuple[str, re.Match[str]]


class MissingDataSet(UserError):
    """The folder of a data set is not named, or not there."""


@dataclass
class ReaderResult:
    """What a reader found.

    Attributes:
        rows: columns image (id: the path as the data set has it, without what lies above), path, expression (as the
            data set says it), subject, origin (where the expression stands, for messages), and others as they come;
            see `make_table` for `rest_only`.
        left_out: (image or label file, reason).
        notes: what was assumed, one sentence each.
        cropped: whether the images are faces cut out already; None where that is as ever with the data set.
    """

    rows: pd.DataFrame
    left_out: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cropped: bool | None = None


def reasons_of(left_out: list[tuple[str, str]]) -> str:
    """What to say of images that were left out, see `why_left_out`."""
    return why_left_out(left_out_rows([image for image, _ in left_out], [reason for _, reason in left_out]))


@dataclass(eq=False)
class Reader(ABC):
    """A published data set, read from its folder as it lies on people's disks.

    Names are read without regard to case, at any depth below the folder, with any ending that images have; hidden
    files, `Thumbs.db` and the like are passed over. Of an image in two formats the one without losses is taken.
    Readers have these settings, and some their own.

    Args:
        root: the folder; the one above it or the one that holds the images will do as well.
        words: words for expressions beyond those of the data set, e.g. {contempt: disgust}; null drops.
        expressions: the expressions of the study.
        cropped: whether the images are faces cut out already, with landmarks to be placed in the whole square; None
            takes what is true of the data set.
        keep_rest: keep people's neutral images to be shown in place of what is hidden; for that alone they are no
            class.
        name: of the data set; None takes its usual one.
    """

    #: The usual name, also that of its config.
    NAME: ClassVar[str]
    #: How the folder looks, for messages: file names with a word on each of their parts.
    LAYOUT: ClassVar[str]
    #: What the ids of images in an untouched copy match.
    EXACT: ClassVar[str] = ""
    #: Number of images in the whole data set, before any choice; 0 where versions differ.
    WHOLE: ClassVar[int] = 0
    #: Words of this data set, stronger than those that are known.
    WORDS: ClassVar[Mapping[str, str | None]] = {}
    #: Whether the images are cropped already.
    CROPPED: ClassVar[bool] = False

    root: str | None = None
    words: dict[Any, str | None] | None = field(default=None, kw_only=True)
    expressions: Sequence[str] = field(default=EXPRESSIONS, kw_only=True)
    cropped: bool | None = field(default=None, kw_only=True)
    keep_rest: bool = field(default=False, kw_only=True)
    name: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        self.folder = Path(self.root).expanduser().absolute() if self.root else None
        self.meanings: Words = own_words({**self.WORDS, **(self.words or {})}, self.expressions)
        self.title = self.name or self.NAME

    def read(self) -> FaceTable:
        """List the images with their labels; none is opened.

        Returns:
            The table, sorted by id, with the column `cropped` and what the data set tells beside.

        Raises:
            MissingDataSet: no folder.
            UserError: another layout, a label that means no known expression, no image of the study's expressions.
        """
        if self.folder is None:
            raise MissingDataSet(f"{setting('root')} must be set to the folder of {self.title}: {self.layout()}")
        if not self.folder.is_dir():
            raise MissingDataSet(
                f"{setting('root')}={self.folder} is no folder; {self.title} needs one with {self.layout()}"
            )
        listing = self.look(self.folder)
        result = self.find(listing)
        if result.rows.empty:
            text = f"{setting('root')}={self.folder} holds {listing.describe()}, but {self.title} is {self.layout()}"
            raise UserError(f"{text} {reasons_of(result.left_out)}".strip())
        return self._table(result, listing)

    def layout(self) -> str:
        """How the folder looks, for messages."""
        return self.LAYOUT

    def look(self, root: Path) -> Listing:
        """The files that are looked at."""
        return list_files(root)

    @abstractmethod
    def find(self, listing: Listing) -> ReaderResult:
        """Tell images and labels from the names of files (and from the files of labels).

        Raises:
            UserError: there are images but no labels, or files of labels that cannot be read.
        """

    def _table(self, result: ReaderResult, listing: Listing) -> FaceTable:
        rows, left_out, notes = result.rows, result.left_out, result.notes
        rows = rows.iloc[rows["image"].str.casefold().argsort(kind="stable")].reset_index(drop=True)
        notes += self._differences(rows, listing)
        others = same_images(rows["image"].tolist())
        left_out += [
            (path.removeprefix(f"{self.folder}/"), f"another file of the same image: {other}")
            for path, other in zip(rows["path"], others, strict=True)
            if other is not None
        ]
        rows = rows[[other is None for other in others]].reset_index(drop=True)
        left_out += [(folder, f"folder cannot be read: {reason}") for folder, reason in listing.closed]
        origin = rows.pop("origin")
        rows = rows.assign(
            image=[text_of(image) for image in rows["image"]],
            path=pd.Series(rows["path"].tolist(), dtype=object),
            dataset=self.title,
            cropped=next(told for told in (self.cropped, result.cropped, self.CROPPED) if told is not None),
        )
        for note in notes:
            log.info("%s: %s", self.title, note)
        images, reasons = [text_of(image) for image, _ in left_out], [reason for _, reason in left_out]
        return make_table(
            rows,
            self.meanings,
            self.expressions,
            lambda row: origin[row],
            left_out=left_out_rows(images, reasons),
            notes=[f"{self.title}: {note}" for note in notes],
            warnings=[f"{self.title}: {warning}" for warning in unread(listing)],
            subject_hint="the data set does not tell who is who; a table with a column `subject` can (data=table)",
            keep_rest=self.keep_rest,
        )

    def _differences(self, rows: pd.DataFrame, listing: Listing) -> list[str]:
        """How the copy differs from the original without harm."""
        notes = []
        odd = [image for image in rows["image"] if self.EXACT and not re.fullmatch(self.EXACT, image)]
        if odd:
            notes.append(f"{len(odd)} names differ from the original's in case, ending or spaces (e.g. {odd[0]})")
        if self.WHOLE and len(listing.images) < self.WHOLE:
            notes.append(f"{len(listing.images)} images are there, the whole data set has {self.WHOLE}")
        if listing.others:
            notes.append(f"{len(listing.others)} files that are no images lie there, too")
        return notes


def match_names(images: list[str], pattern: str, like: str) -> tuple[list[Matched], list[tuple[str, str]]]:
    """Match the ends of paths with a pattern.

    Args:
        images: absolute paths.
        pattern: what the end of a path looks like, without regard to case; it begins at a folder's or the file's name.
        like: an example, for the reason.

    Returns:
        Paths with their matches, and those that do not match with the reason.
    """
    compiled = re.compile(rf"(?:^|/)(?P<id>{pattern})$", re.IGNORECASE)
    matched, rest = [], []
    for path in images:
        match = compiled.search(path)
        if match:
            matched.append((path, match))
        else:
            rest.append(("/".join(path.split("/")[-2:]), f"the name is not of this data set's form: not like {like}"))
    return matched, rest
