"""Data sets of the Hugging Face hub, and folders like them."""

import fnmatch
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from fer_xai.data.cache import cache_dir as cache_folder
from fer_xai.data.face_table import FaceTable, left_out_rows
from fer_xai.data.sources.file_listing import IMAGE_SUFFIXES, Listing, list_files, suffix
from fer_xai.data.sources.folder import FolderSource
from fer_xai.data.sources.labels import make_table, own_words
from fer_xai.data.sources.parquet import LABEL_COLUMNS, pictures_of
from fer_xai.data.sources.reader import MissingDataSet
from fer_xai.data.sources.setting import setting
from fer_xai.data.sources.split_parts import part_of, parts_of
from fer_xai.data.sources.table import TableSource
from fer_xai.errors import UnavailableError, UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.tables.columns import find_column
from fer_xai.tables.csv import read_csv


class HuggingFaceSource:
    """Pictures and labels of a repository of the hub, as parquet files or as an image folder.

    Parquet files are read first, if there are any: their names, or their folders', tell the part, as in
    `train-00000-of-00002` and `default/test/0000.parquet`. Else `metadata.csv` with the column `file_name`, or a folder
    for each expression.

    Args:
        repo: `OWNER/NAME` on the hub; files that are not in the hub's cache are fetched.
        revision: branch, tag or commit; None takes the newest.
        root: a folder in place of the hub.
        files: a pattern for the files that are read, from the repository's folder on; None reads all.
        image_column: of parquet files, the pictures.
        label_column: numbers or words; None looks for it.
        label_names: what numbers mean, from 0; None takes what parquet files tell.
        subject_column: people; need not be there.
        cache_dir: the cache folder; None takes what `fer_xai.data.cache` says.
        words: words for expressions beyond those that are known; null drops.
        expressions: the expressions of the study.
        cropped: whether the images are faces cut out already, with landmarks to be placed in the whole square.
        keep_rest: keep people's neutral images to be shown in place of what is hidden.
        name: of the data set.
    """

    def __init__(
        self,
        repo: str | None = None,
        revision: str | None = None,
        root: str | None = None,
        files: str | None = None,
        image_column: str = "image",
        label_column: str | None = None,
        label_names: Sequence[str] | None = None,
        subject_column: str = "subject",
        cache_dir: str | None = None,
        words: dict[Any, str | None] | None = None,
        expressions: Sequence[str] = EXPRESSIONS,
        cropped: bool | None = None,
        keep_rest: bool = False,
        name: str = "huggingface",
    ) -> None:
        self.repo, self.revision, self.files = repo, revision, files
        self.root = Path(root).expanduser().absolute() if root else None
        self.image_column, self.label_column = image_column, label_column
        self.label_names = None if label_names is None else [str(word) for word in label_names]
        self.subject_column, self.cache_dir = subject_column, cache_dir
        self.given_words = words or {}
        self.words = own_words(self.given_words, expressions)
        self.expressions, self.cropped, self.keep_rest, self.name = tuple(expressions), cropped, keep_rest, name

    def read(self) -> FaceTable:
        """List the images with their labels.

        Raises:
            MissingDataSet: neither a repository nor a folder is named, or the folder is not there.
            UnavailableError: the repository is not in the hub's cache and cannot be fetched.
            UserError: other files, columns or labels than are understood.
        """
        root = self._folder()
        listing = list_files(root)
        parquet = [path for path in listing.others if suffix(path) == ".parquet" and self._is_read(path, root)]
        if parquet:
            return self._of_parquet([Path(path) for path in parquet], root)
        named = [path for path in listing.others if PurePosixPath(path).name.casefold() == "metadata.csv"]
        tables = [path for path in named if len(named) == 1 or (self.files and self._is_read(path, root))]
        if len(named) > 1 and len(tables) != 1:
            raise UserError(
                f"{root} has {len(named)} files metadata.csv: choose one, {setting('files')}="
                f"{Path(named[0]).relative_to(root)}"
            )
        if tables:
            return self._of_metadata(Path(tables[0]))
        if not listing.images:
            raise UserError(self._nothing(listing))
        return FolderSource(
            str(root),
            words=self.given_words,
            expressions=self.expressions,
            cropped=self.cropped,
            keep_rest=self.keep_rest,
            name=self.name,
        ).read()

    def _folder(self) -> Path:
        if (self.repo is None) == (self.root is None):
            raise MissingDataSet(
                f"set {setting('repo')}=OWNER/NAME for a repository of the hub, or {setting('root')}=DIR for a folder"
            )
        if self.root is None:
            return fetched(str(self.repo), self.revision, self.files)
        if not self.root.is_dir():
            raise MissingDataSet(f"{setting('root')}={self.root} is no folder")
        return self.root

    def _is_read(self, path: str, root: Path) -> bool:
        return self.files is None or fnmatch.fnmatch(Path(path).relative_to(root).as_posix(), self.files)

    def _nothing(self, listing: Listing) -> str:
        where = f"{setting('root')}={self.root}" if self.root else f"{setting('repo')}={self.repo}"
        return (
            f"{where} holds neither parquet files nor images: {listing.describe()}; another branch may, such as "
            f"{setting('revision')}=refs/convert/parquet"
        )

    def _of_parquet(self, files: list[Path], root: Path) -> FaceTable:
        cache, tables = cache_folder(self.cache_dir), []
        words = [_part_word(file, root) for file in files]
        for file, usage in zip(files, parts_of(words), strict=True):
            table, folder = pictures_of(
                file, cache, self.image_column, self.label_column, self.subject_column, self.label_names
            )
            place = file.relative_to(root).with_suffix("").as_posix()
            tables.append(
                pd.DataFrame(
                    {
                        "image": [f"{place}/{name}" if name else "" for name in table["picture"]],
                        "path": pd.Series([f"{folder}/{name}" for name in table["picture"]], dtype=object),
                        "expression": table["label"].to_list(),
                        "subject": table["subject"].to_list(),
                        "dataset": self.name,
                        "usage": usage,
                        "origin": [f"{file}, row {row}" for row in table["row"]],
                    }
                )
            )
        rows = pd.concat(tables, ignore_index=True)
        whole = (rows["image"] != "").to_numpy()
        broken = rows["origin"][~whole].tolist()
        rows = rows[whole].reset_index(drop=True)
        if not (rows["usage"] != "").any():
            rows = rows.drop(columns="usage")
        if self.cropped is not None:
            rows["cropped"] = self.cropped
        origin = rows.pop("origin")
        return make_table(
            rows,
            self.words,
            self.expressions,
            lambda row: origin[row],
            left_out=left_out_rows(broken, ["no picture in this row"] * len(broken)),
            subject_hint=f"{setting('subject_column')}=NAME names a column that tells",
            keep_rest=self.keep_rest,
        )

    def _of_metadata(self, file: Path) -> FaceTable:
        table = read_csv(file, setting("root"))
        usual = [name for name in LABEL_COLUMNS if find_column(table, name)]
        label = self.label_column or (usual[0] if usual else LABEL_COLUMNS[0])
        numbers = dict(enumerate(self.label_names or ()))
        return TableSource(
            str(file),
            image_column="file_name",
            expression_column=label,
            subject_column=self.subject_column,
            words={**numbers, **self.given_words},
            expressions=self.expressions,
            cropped=self.cropped,
            keep_rest=self.keep_rest,
            name=self.name,
        ).read()


def _part_word(file: Path, root: Path) -> str:
    """The word for the part in the name of a parquet file, or of a folder above it; empty if there is none."""
    place = file.relative_to(root)
    words = [place.stem.split("-")[0], *reversed(place.parts[:-1])]
    return next((word for word in words if part_of(word)), "")


def fetched(repo: str, revision: str | None, files: str | None) -> Path:
    """The folder of a repository in the hub's cache; what is not there is fetched, as far as there is a network.

    Args:
        repo: `OWNER/NAME`.
        revision: branch, tag or commit; None for the newest.
        files: a pattern; None fetches all parquet files, pictures and tables.

    Raises:
        UnavailableError: it is not in the cache, and cannot be fetched.
        UserError: there is no such repository, or it wants an account that was let in.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    where = f"{setting('repo')}={repo}"
    pictures = [f"*{ending}" for ending in sorted(IMAGE_SUFFIXES)]
    wanted = [files] if files and files.endswith(".parquet") else [files or "*.parquet", "*metadata.csv", *pictures]
    try:
        return Path(snapshot_download(repo, repo_type="dataset", revision=revision, allow_patterns=wanted))
    except GatedRepoError as error:
        raise UserError(
            f"{where} is gated: ask for access at https://huggingface.co/datasets/{repo}, then log in (hf auth login) "
            "or set HF_TOKEN"
        ) from error
    except RevisionNotFoundError as error:
        raise UserError(f"{setting('revision')}={revision}: {repo} has no such branch, tag or commit") from error
    except RepositoryNotFoundError as error:
        raise UserError(
            f"{where}: the hub has no such data set, or it is private (hf auth login, or HF_TOKEN)"
        ) from error
    except HFValidationError as error:
        raise UserError(f"{where} is no name of a repository: it is OWNER/NAME") from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise UnavailableError(
            f"{where} is not in the hub's cache (HF_HOME) and cannot be fetched ({type(error).__name__}): copy it to "
            f"a folder on a machine with network and give {setting('root')}=DIR"
        ) from error
