"""What a submission may hold: a closed list of files, and records without paths."""

import re
from dataclasses import asdict, replace
from typing import Any

from fer_xai.files import file_name, plain
from fer_xai.results.paths import RunPaths
from fer_xai.results.run import RunRecord

#: What a manifest says of itself.
FORMAT = "fer_xai submission"
#: Version of the layout; raised when a reader of an older version would misread it.
SCHEMA = 1

MANIFEST = "manifest.json"
#: One row per run: how many images each part has, and a hash over all of them.
SPLITS = "splits.csv"
#: Hashes of single pictures under a secret of those who exchange submissions.
PICTURES = "pictures.csv"
#: Tables of `analysis/` that a study is packed with; those that it may lack come last.
SCORES, ACCURACY, RELIABILITY = "analysis/metrics.csv", "analysis/accuracy.csv", "analysis/map_reliability.csv"
TABLES = (SCORES, ACCURACY, RELIABILITY)

#: Stands where a record had a path.
NO_PATH = "(path)"
#: Absolute paths of Unix and Windows, of home folders and of network shares; `1/2`, `N/A` and addresses are none.
_PATH = re.compile(
    r"(?:(?:^|(?<=[\s'\"=(\[,;:]))(?:~[\w.-]*)?/(?!/)|\bfile:/|\b[A-Za-z]:(?:\\|/(?!/))|\\\\)[^\s'\",;()\[\]]+"
)


def is_member(name: str) -> bool:
    """Whether a submission may hold a file of this name, beside its manifest; no such name leads out of its folder.

    Examples:
        >>> [is_member(name) for name in ("runs/a-fold0/heatmaps.nc", "runs/../heatmaps.nc", "runs/a/people.nc")]
        [True, False, False]
    """
    if name in (SPLITS, PICTURES, *TABLES):
        return True
    folder, *rest = name.split("/")
    if folder != "runs" or len(rest) != 2 or rest[0] != file_name(rest[0]):
        return False
    return rest[1] in {*RunPaths.shared_names(), RunPaths.record.file}


def without_paths(content: Any) -> Any:
    """Plain values whose strings hold no absolute path any more.

    Examples:
        >>> without_paths({"source": "read from /home/anna/net.pt (sha 1/2)", "layers": [1, "~/x", "https://a.b/c"]})
        {'source': 'read from (path) (sha 1/2)', 'layers': [1, '(path)', 'https://a.b/c']}
    """
    if isinstance(content, dict):
        return {without_paths(key): without_paths(value) for key, value in content.items()}
    if isinstance(content, list):
        return [without_paths(value) for value in content]
    return _PATH.sub(NO_PATH, content) if isinstance(content, str) else content


def shared_record(record: RunRecord) -> RunRecord:
    """A run's record as others get it: without paths, and without the jobs and files that it had here."""
    return replace(RunRecord(**without_paths(plain(asdict(record)))), jobs=[], artefacts={})
