"""A study as it lies on disk: its runs, what became of each, and which of them belong together."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.results.heatmaps import read_expressions
from fer_xai.results.paths import RunPaths, StudyPaths
from fer_xai.results.plan import read_jobs
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
        runs: its complete runs, ordered by seed and fold; several of one seed and fold where they differ in explainers
            or expressions.
    """

    name: str
    pretrained: str
    label: str
    runs: tuple[Run, ...]

    @property
    def places(self) -> tuple[tuple[Run, ...], ...]:
        """The runs of each seed and fold; several explain one trained network by other explainers or expressions."""
        places: dict[tuple[int, int], list[Run]] = defaultdict(list)
        for run in self.runs:
            places[_position(run)].append(run)
        return tuple(tuple(runs) for runs in places.values())

    @property
    def trained(self) -> tuple[Run, ...]:
        """One run of each trained network: for what all of its runs share, such as predictions."""
        return tuple(runs[0] for runs in self.places)

    @property
    def factors(self) -> dict[str, str]:
        """What is known of the network, by factor: pretrained, and whatever its runs' records say."""
        found = {"pretrained": self.pretrained} if self.pretrained else {}
        return found | {key: value for run in self.runs for key, value in run.record.factors.items() if value}


@dataclass(frozen=True)
class Study:
    """All runs of one study.

    Attributes:
        paths: where it lies.
        runs: its runs.
        set_aside: complete runs of an earlier command that later ones have taken the place of; in no table.
    """

    paths: StudyPaths
    runs: tuple[Run, ...]
    set_aside: tuple[Run, ...] = ()

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
        """Explainers in the order in which the runs name them, the main one first, baselines behind all others."""
        names = dict.fromkeys(name for run in self.complete for name in run.record.explainers)
        return tuple(sorted(names, key=self.baselines.__contains__))

    @cached_property
    def baselines(self) -> frozenset[str]:
        """The explainers that look at no network: what others have to beat, and no answer of any network."""
        return frozenset(name for run in self.complete for name in run.record.baselines)

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
    runs = [Run(read_run(path.parent), RunPaths(path.parent)) for path in records]
    old = _replaced(paths, runs)
    study = Study(paths, tuple(run for run in runs if run not in old), tuple(old))
    _refuse_unlike(study.complete)
    return study


def _replaced(paths: StudyPaths, runs: Sequence[Run]) -> list[Run]:
    """Complete runs that the latest command did not ask for and that do not go together with those that it did."""
    latest = {job.key for job in read_jobs(paths)}
    asked = [run for run in runs if run.record.complete and latest & set(run.record.jobs)]
    if not asked:
        return []
    facts = {key: value for run in asked for key, value in _facts(run).items()}
    taken = {place for run in asked for place in _places(run)}
    return [
        run
        for run in runs
        if run.record.complete
        and not latest & set(run.record.jobs)
        and (
            any(facts.get(key, value) != value for key, value in _facts(run).items())
            or not taken.isdisjoint(_places(run))
        )
    ]


def _position(run: Run) -> tuple[int, int]:
    record = run.record
    return (-1 if record.seed is None else record.seed, -1 if record.fold is None else record.fold)


def _facts(run: Run) -> dict[str, object]:
    """What has to be alike in all runs of a study."""
    facts = {f"settings.{key}": value for key, value in run.record.settings.items()}
    if run.record.data.get("fingerprint"):
        facts["data.fingerprint"] = run.record.data["fingerprint"]
    weights = run.record.weights
    if weights:
        # Files that were made in the same way for each fold and seed are one pretraining, others of one name are not.
        key = f"weights of {run.record.network} ({run.record.pretrained})"
        facts[key] = weights.get("lineage") or weights["sha256"]
    return facts


def _places(run: Run) -> Iterator[tuple[object, ...]]:
    """The places in the tables that a run fills."""
    record = run.record
    for explainer in record.explainers:
        for expression in record.images or ("",):
            yield record.network, record.pretrained, record.fold, record.seed, explainer, expression


def _refuse_unlike(runs: Iterable[Run]) -> None:
    """Refuse runs that no table should hold together."""
    seen: dict[str, tuple[str, object]] = {}
    places: dict[tuple[object, ...], str] = {}
    for run in runs:
        name, folder = run.record.name, run.paths.dir.parent
        for key, value in _facts(run).items():
            other, before = seen.setdefault(key, (name, value))
            if before != value:
                raise UserError(
                    f"runs {other} and {name} of {folder} differ in {key} ({before} and {value}): "
                    "one study holds runs that differ only in network, pretraining, fold, seed, explainer and "
                    "expressions; move one of them to a study of its own"
                )
        for place in _places(run):
            if place in places:
                raise UserError(
                    f"runs {places[place]} and {name} of {folder} are of the same network, "
                    "pretraining, fold, seed, explainer and expression: delete or move the one that is out of date"
                )
            places[place] = name
