"""Which pictures a study is of, in a form that names none of them.

A picture is known by the SHA-256 of its file. Whoever has the picture can work that out, too: a plain list of such
hashes tells everybody whether a given picture is in a study. So single pictures are listed under a secret only that two
laboratories agree on (HMAC-SHA256 with a key that is slow to guess, scrypt); without the secret they tell nothing.
"""

import hashlib
import hmac
from collections.abc import Sequence

import pandas as pd

from fer_xai.data.splits.base import LEFT_OUT, TEST, TRAIN, VALIDATION
from fer_xai.results.paths import RunPaths
from fer_xai.results.study import Run

#: Columns of `splits.csv`.
SPLIT_COLUMNS = ("run", TRAIN, VALIDATION, TEST, LEFT_OUT, "sha256")

#: Of scrypt: 32 MiB and about a tenth of a second for each word that is tried.
_COST = {"n": 2**15, "r": 8, "p": 1, "maxmem": 2**26, "dklen": 32}
_SALT = b"fer_xai pictures"
#: Hexadecimal digits that are kept of a picture.
_DIGITS = 32


def split_table(runs: Sequence[Run]) -> pd.DataFrame:
    """How each run divided its pictures: columns `SPLIT_COLUMNS`.

    The hash is over the contents of all pictures with their parts, in no order: only who has all of the pictures can
    work it out. Runs that tell of no split, or of pictures without a file, have an empty one.
    """
    rows = []
    for run in runs:
        split = RunPaths.split.read(run.paths)
        if split is None or not {"content", "part"} <= {*split}:
            continue
        counts = split["part"].value_counts()
        lines = sorted(split["content"].fillna("").astype(str) + " " + split["part"].astype(str))
        known = bool(len(split)) and split["content"].fillna("").ne("").all()
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest() if known else ""
        rows.append((run.record.name, *(int(counts.get(part, 0)) for part in SPLIT_COLUMNS[1:-1]), digest))
    return pd.DataFrame(rows, columns=list(SPLIT_COLUMNS))


def contents(runs: Sequence[Run]) -> frozenset[str]:
    """SHA-256 of the file of every picture that a run trains on, validates or tests, where runs tell."""
    found: set[str] = set()
    for run in runs:
        split = RunPaths.split.read(run.paths)
        if split is not None and {"content", "part"} <= {*split}:
            used = split.loc[split["part"].ne(LEFT_OUT), "content"].fillna("").astype(str)
            found |= {*used} - {""}
    return frozenset(found)


def under_secret(names: frozenset[str], secret: str) -> frozenset[str]:
    """Pictures as those who share a secret know them: 32 hexadecimal digits each.

    Args:
        names: SHA-256 of their files.
        secret: any word or sentence; its length is what protects it.
    """
    key = _key(secret)
    return frozenset(_digest(key, name) for name in names)


def secret_mark(secret: str) -> str:
    """What tells whether two submissions were made with one secret, and nothing of the secret."""
    return _digest(_key(secret), "the secret itself")


def _key(secret: str) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=_SALT, **_COST)  # type: ignore[arg-type]


def _digest(key: bytes, name: str) -> str:
    return hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:_DIGITS]
