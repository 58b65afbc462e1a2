"""Which runs of a study belong together: what has to be alike in them, and the places in the tables that they fill."""

from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path
from typing import Any

from fer_xai.errors import UserError
from fer_xai.results.run import RunRecord
from fer_xai.results.run_status import WITHOUT_RESULT

#: Stands for a setting that a record does not name.
ABSENT = "not set"


def set_aside(records: Sequence[RunRecord], latest: Set[str]) -> dict[str, tuple[str, ...]]:
    """Runs of earlier commands that are not part of the study any more.

    What the latest command asked for stays. Of the other runs, from the newest to the oldest, those stay that go
    together with all that do; so a command of which nothing is complete yet leaves the study of the one before.

    Args:
        records: of all runs.
        latest: keys of the latest command's jobs; without any, nothing is set aside.

    Returns:
        What each such run differs in, by its name; nothing where its place is taken or it has no result.
    """
    if not latest:
        return {}
    newest = sorted((one for one in records if one.complete), key=lambda one: (one.finished, one.name), reverse=True)
    answers: dict[str, str] = {}
    for record in newest:
        for key in latest & set(record.jobs):
            # Where the data have changed, the same job has led to another run.
            answers.setdefault(key, record.name)
    asked = set(answers.values())
    differences_by_run: dict[str, tuple[str, ...]] = {}
    kept: dict[str, Any] = {}
    taken: set[tuple[object, ...]] = set()
    for record in sorted(newest, key=lambda one: one.name not in asked):
        differing = tuple(name for name, _, _ in _differences(kept, facts(record)))
        if record.name not in asked and (differing or not taken.isdisjoint(_places(record))):
            differences_by_run[record.name] = differing
        else:
            kept |= facts(record)
            taken |= set(_places(record))
    ended = (one for one in records if one.status in WITHOUT_RESULT and not latest & set(one.jobs))
    return differences_by_run | {one.name: () for one in ended}


def refuse_incompatible(records: Iterable[RunRecord], folder: Path) -> None:
    """Refuse runs that no table should hold together.

    Args:
        records: of complete runs.
        folder: that holds the runs' folders, for the message.

    Raises:
        UserError: two runs differ in what has to be alike, or fill the same place.
    """
    seen: dict[str, Any] = {}
    first: dict[str, str] = {}
    filled: dict[tuple[object, ...], str] = {}
    for record in records:
        own = facts(record)
        differing = list(_differences(seen, own))
        if differing:
            other = next(first[key] for key, value in own.items() if key in seen and seen[key] != value)
            differences = ", ".join(f"{name} ({before} and {value})" for name, before, value in differing)
            raise UserError(
                f"runs {other} and {record.name} of {folder} differ in {differences}: "
                "one study holds runs that differ only in network, pretraining, rate of a planted cue, alignment, "
                "fold, seed, explainer and expressions; move one of them to a study of its own"
            )
        for key, value in own.items():
            first.setdefault(key, record.name)
            seen.setdefault(key, value)
        for place in _places(record):
            if place in filled:
                raise UserError(
                    f"runs {filled[place]} and {record.name} of {folder} are of the same network, "
                    "pretraining, fold, seed, explainer and expression: delete or move the one that is out of date"
                )
            filled[place] = record.name


def facts(record: RunRecord) -> dict[str, Any]:
    """What has to be alike in all runs of a study that have it."""
    of_run: dict[str, Any] = dict(record.settings)
    if record.data.get("fingerprint"):
        of_run["data.fingerprint"] = record.data["fingerprint"]
    weights = record.weights
    if weights:
        # Files that were made in the same way for each fold and seed are one pretraining, others of one name are not.
        key = f"weights of {record.network} ({record.pretrained})"
        of_run[key] = weights.get("lineage") or weights["sha256"]
    return of_run


def _differences(before: dict[str, Any], now: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Name and both values of whatever is there in both and unlike; of groups of settings each one that is."""
    for key, value in now.items():
        other = before.get(key, value)
        if other == value:
            continue
        if isinstance(other, dict) and isinstance(value, dict):
            for name in sorted({*other, *value}):
                pair = other.get(name, ABSENT), value.get(name, ABSENT)
                if pair[0] != pair[1]:
                    yield name, *pair
        else:
            yield key, other, value


def _places(record: RunRecord) -> Iterator[tuple[object, ...]]:
    """The places in the tables that a run fills."""
    for explainer in record.explainers:
        for expression in record.images or ("",):
            yield record.network_in_tables, record.pretrained, record.fold, record.seed, explainer, expression
