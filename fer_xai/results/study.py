"""A study as it lies on disk: its runs, what became of each, and which of them belong together."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.results.heatmaps import read_expressions
from fer_xai.results.paths import RunPaths, StudyPaths
from fer_xai.results.run import RunRecord, read_run


@dataclass(frozen=True)
class Run:
    """A run's record and where its files lie."""

    record: RunRecord
    paths: RunPaths


@dataclass(frozen=True)
class Network:
    """One row of the tables: a network with one pretraining, and its complete runs.

    Attributes:
        name: the network's name.
        pretrained: word for its pretraining; empty where unknown.
        label: the name, with the pretraining behind it where the study has several pretrainings of this network.
        runs: its complete runs, ordered by seed and fold.
    """

    name: str
    pretrained: str
    label: str
    runs: tuple[Run, ...]

    @property
    def factors(self) -> dict[str, str]:
        """What is known of the network, by factor: pretrained, and whatever its runs' records say."""
        found = {"pretrained": self.pretrained} if self.pretrained else {}
        return found | {key: value for run in self.runs for key, value in run.record.factors.items() if value}


@dataclass(frozen=True)
class Study:
    """All runs of one study."""

    paths: StudyPaths
    runs: tuple[Run, ...]

    @property
    def complete(self) -> tuple[Run, ...]:
        """The runs that have results."""
        return tuple(run for run in self.runs if run.record.complete)

    @property
    def statuses(self) -> dict[str, int]:
        """How many runs there are of each status."""
        return dict(Counter(run.record.status for run in self.runs))

    @property
    def explainers(self) -> tuple[str, ...]:
        """Explainers in the order in which the runs name them, the main one first."""
        return tuple(dict.fromkeys(name for run in self.complete for name in run.record.explainers))

    @property
    def folds(self) -> tuple[int, ...]:
        """The folds that complete runs have."""
        return tuple(sorted({run.record.fold for run in self.complete if run.record.fold is not None}))

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds that complete runs have."""
        return tuple(sorted({run.record.seed for run in self.complete if run.record.seed is not None}))

    @cached_property
    def expressions(self) -> tuple[str, ...]:
        """Expressions that the heatmaps hold: the six in their order, then any others."""
        found: dict[str, None] = {}
        for run in self.complete:
            found |= dict.fromkeys(read_expressions(run.paths.heatmaps))
        return (*(name for name in EXPRESSIONS if name in found), *(name for name in found if name not in EXPRESSIONS))

    @cached_property
    def networks(self) -> tuple[Network, ...]:
        """The networks with complete runs, ordered by name and pretraining."""
        groups: dict[tuple[str, str], list[Run]] = defaultdict(list)
        for run in self.complete:
            groups[run.record.network, run.record.pretrained].append(run)
        several = Counter(name for name, _ in groups)
        return tuple(
            Network(
                name,
                pretrained,
                f"{name} ({pretrained or 'unknown'})" if several[name] > 1 else name,
                tuple(sorted(groups[name, pretrained], key=_position)),
            )
            for name, pretrained in sorted(groups)
        )


def read_study(folder: Path) -> Study:
    """Read every run's record below `folder`.

    Raises:
        UserError: `folder` is no study, a record cannot be read, or the runs cannot be told of together (they differ in
            data or settings, or two of them fill the same place).
    """
    paths = StudyPaths(Path(folder))
    if not paths.root.is_dir():
        raise UserError(f"there is no folder {paths.root}: give the folder of a study, such as multirun/demo")
    records = sorted(paths.runs.glob("*/run.json"))
    if not records:
        raise UserError(
            f"{paths.root} is no study: it holds no runs/NAME/run.json; run a sweep or import heatmaps first"
        )
    study = Study(paths, tuple(Run(read_run(path.parent), RunPaths(path.parent)) for path in records))
    _refuse_unlike(study.complete)
    return study


def _position(run: Run) -> tuple[int, int]:
    record = run.record
    return (-1 if record.seed is None else record.seed, -1 if record.fold is None else record.fold)


def _refuse_unlike(runs: Iterable[Run]) -> None:
    """Refuse runs that no table should hold together."""
    seen: dict[str, tuple[str, object]] = {}
    places: dict[tuple[object, ...], str] = {}
    for run in runs:
        record = run.record
        facts = {f"settings.{key}": value for key, value in record.settings.items()}
        if record.data.get("fingerprint"):
            facts["data.fingerprint"] = record.data["fingerprint"]
        for key, value in facts.items():
            other, before = seen.setdefault(key, (record.name, value))
            if before != value:
                raise UserError(
                    f"runs {other} and {record.name} of {run.paths.dir.parent} differ in {key} ({before} and {value}): "
                    "one study holds runs that differ only in network, pretraining, fold, seed and explainer; "
                    "move one of them to a study of its own"
                )
        for explainer in record.explainers:
            place = (record.network, record.pretrained, record.fold, record.seed, explainer)
            if place in places:
                raise UserError(
                    f"runs {places[place]} and {record.name} of {run.paths.dir.parent} are of the same network, "
                    "pretraining, fold, seed and explainer: delete or move the one that is out of date"
                )
            places[place] = record.name
