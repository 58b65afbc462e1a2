"""One run's record and its files."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from fer_xai.errors import NewerError, UserError
from fer_xai.files import as_user_error, file_name, plain, read_json, write_json
from fer_xai.results.classification import classification_table, confusion_table
from fer_xai.results.duration import total_seconds
from fer_xai.results.paths import RunPaths
from fer_xai.results.run_status import RECORDED, Status
from fer_xai.results.stamps import damaged, stamps

#: Version of the artefacts' layout; raised when a reader of an older version would misread them. Files of an earlier
#: one are looked into before they are read, see `outdated_files`.
SCHEMA = 2

#: Maps and distances of an alignment that need not be said.
USUAL = ("grad_cam", "ncc")

#: Whole numbers stand in tables, which hold no larger ones.
_LARGEST = 2**63 - 1

#: Columns of a run's `metrics.csv`.
METRIC_COLUMNS = (
    *("explainer", "expression", "reference", "metric", "value", "low", "high", "n", "people", "skipped"),
    *("holds", "reason"),
)


@dataclass(frozen=True)
class RunRecord:
    """What `run.json` says of a run.

    Attributes:
        name: name of its folder.
        status: what became of it; only `complete` runs have heatmaps, and `weights` are made for others.
        reason: why it is not complete, and what to do about it, in one line.
        network: config name of the network (or the name in an imported file).
        pretrained: `none`, `imagenet` or the name of the weights; empty where it is not known.
        fold: number of the test fold; None where all data make one fold.
        seed: seed of the run; None where it is not known.
        explainers: names of the explainers, the main one first.
        baselines: those of them that look at no network.
        explainer_titles: their names for people, of those that have one.
        true_maps: those of them whose maps are measured, and what others are held against.
        training_fingerprint: names the trained network.
        run_fingerprint: the same with the explanation settings.
        data: `fingerprint`, `n_images`, `left_out`, `subjects` and whatever else describes the data.
        settings: whatever has to be alike in all runs of a study that have it (recipe, explanation settings ...): plain
            values, and groups of config keys and values.
        left_out_explainers: explainers that do not fit the network, with the reason.
        factors: what else describes the network (family ...): the clusters of the networks are compared with these.
        alignment: what the network's own maps were drawn to while it learned, by what the settings call it: reference,
            map, strength, distance; and of_others, whether its maps are those of other expressions. Empty for nothing.
        validation: accuracy on the validation part of the network that was kept, and images, their number; empty where
            it is not known.
        planted: the cue that was planted in the data, by what the settings call it: cue, expression, rate, base_rate;
            empty without one.
        weights: what the network started from: name, source, sha256, notes, and what is known of its training; empty
            without pretraining.
        versions: package to version.
        git_revision: revision of the code.
        device: what it ran on.
        timings: seconds per stage; some are parts of others, see `total_seconds`.
        images: number of explained images per expression; empty where it is not known.
        accuracy: `value`, `low`, `high`, `n` of the test accuracy and `balanced`, `balanced_low`, `balanced_high`, None
            where undefined; None where there are no predictions.
        jobs: keys of the jobs of sweeps that asked for this run.
        mistake: whether it failed by a user's mistake, which the reason tells.
        artefacts: name of each file of the run -> what it is known by, see `stamps`.
        started: ISO time.
        finished: ISO time.
        schema: version of the layout.
    """

    name: str
    status: Status
    network: str
    pretrained: str = ""
    fold: int | None = None
    seed: int | None = None
    reason: str | None = None
    explainers: list[str] = field(default_factory=list)
    baselines: list[str] = field(default_factory=list)
    explainer_titles: dict[str, str] = field(default_factory=dict)
    true_maps: list[str] = field(default_factory=list)
    left_out_explainers: dict[str, str] = field(default_factory=dict)
    training_fingerprint: str = ""
    run_fingerprint: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    factors: dict[str, str] = field(default_factory=dict)
    planted: dict[str, Any] = field(default_factory=dict)
    alignment: dict[str, Any] = field(default_factory=dict)
    validation: dict[str, Any] = field(default_factory=dict)
    weights: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    git_revision: str = ""
    device: str = ""
    timings: dict[str, float] = field(default_factory=dict)
    images: dict[str, int] = field(default_factory=dict)
    accuracy: dict[str, float | None] | None = None
    jobs: list[str] = field(default_factory=list)
    mistake: bool = False
    artefacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    started: str = ""
    finished: str = ""
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        if self.status not in RECORDED:
            raise ValueError(f"unknown status {self.status!r}: one of {', '.join(RECORDED)}")
        object.__setattr__(self, "status", Status(self.status))

    @property
    def complete(self) -> bool:
        """Whether the run has results."""
        return self.status == Status.COMPLETE

    @property
    def network_in_tables(self) -> str:
        """The network with what makes it another row: `songnet [mark 0.9, to observers 1]`."""
        words = setting_words(self.planted, self.alignment)
        return f"{self.network} [{', '.join(words)}]" if words else self.network

    @property
    def seconds(self) -> float:
        """How long it took, see `total_seconds`; 0 where that is not known."""
        return total_seconds(self.timings)


def setting_words(planted: Mapping[str, Any], alignment: Mapping[str, Any]) -> list[str]:
    """What tells networks apart that are otherwise alike: a planted cue and its rate, a reference and its strength.

    Args:
        planted: see `RunRecord`.
        alignment: likewise.

    Examples:
        >>> to = {"reference": "observers", "strength": 0.5, "map": "grad_cam", "distance": "kl"}
        >>> setting_words({"cue": "mark", "rate": 0.9}, to)
        ['mark 0.9', 'to observers 0.5 by kl']
    """
    words = [f"{planted['cue']} {planted['rate']:g}"] if planted else []
    if alignment:
        unusual = [word for word in (alignment["map"], alignment["distance"]) if word not in USUAL]
        by = f" by {' '.join(unusual)}" if unusual else ""
        words.append(f"to {alignment['reference']} {alignment['strength']:g}{by}")
    return words


_TYPES = get_type_hints(RunRecord)

#: What every record has said since the first version, and what runs are told apart by.
_ALWAYS = ("network", "pretrained", "fold", "seed", "explainers", "images")

#: What entries that are not empty have to say, of which type.
_ENTRIES: dict[str, dict[str, Any]] = {
    "planted": {"cue": str, "expression": str, "rate": float, "base_rate": float},
    "alignment": {"reference": str, "map": str, "strength": float, "distance": str, "of_others": bool},
    "weights": {"sha256": str},
    "accuracy": {"value": float | None, "low": float | None, "high": float | None},
    "validation": {"accuracy": float, "images": int},
}


def write_run(paths: RunPaths, record: RunRecord, **contents: Any) -> None:
    """Write a run's files, each atomically, and its record last.

    Args:
        paths: where.
        record: what to say of the run. A run that is not complete needs nothing else.
        contents: by the names of `RunPaths.files`; what is None is not written, and neither are replicates without one.
            Of `predictions`, scores of classification and the confusion matrix are worked out and written, too.

    Raises:
        NewerError: there is a record of a newer version.
        TypeError: no file of a run has such a name.
        UserError: the folder is not writable, the disk is full or the like.
    """
    _refuse_newer(paths)
    # A record that is already there must not vouch for files that are only half replaced.
    with as_user_error(paths.record):
        paths.record.unlink(missing_ok=True)
    if contents.get("predictions") is not None:
        predictions = contents["predictions"]
        contents |= {
            "classification": classification_table(predictions),
            "confusion": confusion_table(predictions),
        }
    files = RunPaths.files()
    for name, content in contents.items():
        write = files[name].write if name in files else None
        if write is None:
            raise TypeError(f"no file of a run is called {name}")
        if content is not None:
            write(getattr(paths, name), content)
    written = stamps(path for name in RunPaths.artefact_names() if (path := paths.dir / name).is_file())
    _write_record(paths, replace(record, artefacts=written))


def write_record_of(paths: RunPaths, record: RunRecord) -> None:
    """Write the record of a run whose files lie in its folder already; their times are left out of it.

    Args:
        paths: where.
        record: what to say of the run.
    """
    there = stamps(path for name in RunPaths.artefact_names() if (path := paths.dir / name).is_file())
    _write_record(paths, replace(record, artefacts={name: one | {"mtime_ns": 0} for name, one in there.items()}))


def _refuse_newer(paths: RunPaths) -> None:
    """Keep a record of a newer version; any other may be replaced, even one that cannot be read."""
    try:
        read_run(paths.dir)
    except UserError as error:
        if isinstance(error, NewerError):
            raise


def mark_jobs(paths: RunPaths, record: RunRecord, jobs: Sequence[str]) -> RunRecord:
    """Note in the record of a run which jobs asked for it, too, so that they need not be composed again."""
    if set(jobs) <= set(record.jobs):
        return record
    marked = replace(record, jobs=[*record.jobs, *(key for key in jobs if key not in record.jobs)])
    _write_record(paths, marked)
    return marked


def _write_record(paths: RunPaths, record: RunRecord) -> None:
    content = plain(asdict(record))
    write_json(paths.record, content | {"seal": _seal(content)})


def _seal(content: Mapping[str, Any]) -> str:
    """What a record is known by: a hash of all that it says."""
    text = json.dumps({key: value for key, value in content.items() if key != "seal"}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def is_sealed(paths: RunPaths) -> bool:
    """Whether a record says what was written; one without a seal, from another program, is taken as it is."""
    content = read_json(paths.record)
    return content.get("seal", _seal(content)) == _seal(content)


def sound_run(paths: RunPaths) -> tuple[RunRecord | None, str]:
    """The record of a complete run whose files are all as they were written, or None and what is wrong with it.

    Returns:
        The record and an empty string; None and one line; or None and nothing where there is no complete record.

    Raises:
        NewerError: a record of a newer version.
    """
    if not paths.record.exists():
        return None, ""
    try:
        record = read_run(paths.dir)
    except NewerError:
        raise
    except UserError as error:
        return None, str(error)
    if not record.complete:
        return None, ""
    wrong = changed(paths, record)
    return (None, f"{paths.dir}: {wrong}") if wrong else (record, "")


def what_to_do(record: RunRecord) -> str:
    """How a complete run whose files cannot be taken as they are is made again."""
    return "import it again" if record.data.get("imported") else "the study's command does it again"


def changed(paths: RunPaths, record: RunRecord) -> str:
    """What is wrong with the files of a complete run, its record among them, in words; empty for nothing.

    They may be missing, not as they were written, or in the form of an earlier version, which cannot be read.
    """
    names = [*([] if is_sealed(paths) else [paths.record.name]), *damaged(paths.dir, record.artefacts)]
    return f"{', '.join(names)} missing or changed since written" if names else outdated_files(paths, record)


def outdated_files(paths: RunPaths, record: RunRecord) -> str:
    """Which file of a complete run is in the form of an earlier version, and what it lacks; empty for none.

    Files of records of this version's schema are not looked into.
    """
    if record.schema >= SCHEMA:
        return ""
    for item in RunPaths.files().values():
        try:
            lacking = item.lacking(paths)
        except UserError as error:
            return str(error)
        if lacking:
            return f"{item.file} is in the form of an earlier version ({lacking})"
    return ""


def read_run(folder: Path) -> RunRecord:
    """The record of the run in `folder`.

    Raises:
        NewerError: a record of a newer version.
        UserError: no record, no JSON, an entry that is missing or wrong, the record of another folder, or one in the
            form of an earlier version that cannot be read.
    """
    path = RunPaths(folder).record
    content = read_json(path)
    if not isinstance(content, Mapping):
        raise UserError(f"{path} is no record of a run: expected a JSON object")
    schema = content.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise NewerError(f"{path} has schema {schema}, this version reads up to {SCHEMA}: install a newer fer_xai")
    missing = [key for key in _ALWAYS if key not in content]
    if missing:
        why = f"it has no {missing[0]}"
        raise UserError(f"{path} is no record of a run, or one in the form of an earlier version: {why}")
    known = {key: value for key, value in content.items() if key in _TYPES}
    for key, value in known.items():
        if not _fits(value, _TYPES[key]):
            raise UserError(f"{path} is no record of a run: {key} is {value!r:.60}, expected {_words(_TYPES[key])}")
    try:
        record = RunRecord(**known)
    except TypeError as error:
        raise UserError(f"{path} is no record of a run: {error}") from error
    for key, wanted in _ENTRIES.items():
        _check_entry(path, key, known.get(key) or {}, wanted)
    for word in (record.training_fingerprint, record.run_fingerprint, *record.artefacts):
        # Files and folders of a study are called by these.
        if word and word != file_name(word):
            raise UserError(f"{path} is no record of a run: {word!r:.60} names no file of a study")
    if record.name != folder.name:
        raise UserError(f"{folder} was renamed or copied: it is that of run {record.name}")
    return record


def _check_entry(path: Path, key: str, entry: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse an entry that says something, and not what this version reads of it."""
    for name, kind in wanted.items() if entry else ():
        if name not in entry:
            raise UserError(f"{path} is in the form of an earlier version: its {key} has no {name}")
        if not _fits(entry[name], kind):
            said = f"{key}.{name} is {entry[name]!r:.60}"
            raise UserError(f"{path} is no record of a run: {said}, expected {_words(kind)}")


def _fits(value: Any, wanted: Any) -> bool:
    """Whether a value out of JSON is of a field's type."""
    origin, inner = get_origin(wanted), get_args(wanted)
    if wanted is Any:
        return True
    if wanted is Status:
        return value in RECORDED
    if origin is UnionType:
        return any(_fits(value, one) for one in inner)
    if origin is list:
        return isinstance(value, list) and all(_fits(one, inner[0]) for one in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(one, inner[1]) for one in value.values())
    if isinstance(value, bool):
        return wanted is bool
    if wanted is int and isinstance(value, float):
        return value.is_integer()
    if wanted is int and isinstance(value, int):
        return abs(value) <= _LARGEST
    return isinstance(value, int | float if wanted is float else wanted)


def _words(wanted: Any) -> str:
    if wanted is Status:
        return f"one of {', '.join(RECORDED)}"
    return wanted.__name__ if isinstance(wanted, type) and get_origin(wanted) is None else str(wanted)
