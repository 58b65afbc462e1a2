"""A study as it lies on disk: its runs, what became of each, and which of them belong together."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from fer_xai.errors import NewerError, UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.results.compatible import refuse_incompatible, set_aside
from fer_xai.results.heatmap_files import read_expressions
from fer_xai.results.paths import RunPaths, StudyPaths
from fer_xai.results.plan import read_jobs
from fer_xai.results.run import RunRecord, changed, read_run, what_to_do

#: Runs that are named one by one before the rest is only counted.
_LISTED = 6


@dataclass(frozen=True)
class Run:
    """A run's record and where its files lie."""

    record: RunRecord
    paths: RunPaths


@dataclass(frozen=True)
class Network:
    """One row of the tables: a network with one pretraining, and its complete runs.

    Attributes:
        name: the network's name, with the rate of a planted cue and what its maps were drawn to behind it.
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
    def architecture(self) -> str:
        """The network's name alone, which networks share that differ in a planted cue or an alignment."""
        return self.runs[0].record.network if self.runs else self.name

    @property
    def planted(self) -> dict[str, Any]:
        """The cue that was planted in its data, see `RunRecord.planted`."""
        return self.runs[0].record.planted if self.runs else {}

    @property
    def alignment(self) -> dict[str, Any]:
        """What its maps were drawn to while it learned, see `RunRecord.alignment`."""
        return self.runs[0].record.alignment if self.runs else {}

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
        own = {"pretrained": self.pretrained} if self.pretrained else {}
        return own | {key: value for run in self.runs for key, value in run.record.factors.items() if value}


@dataclass(frozen=True)
class Study:
    """All runs of one study.

    Attributes:
        paths: where it lies.
        runs: its runs.
        set_aside: complete runs of earlier commands that are in no table, and what each differs in.
        left_out: runs that are not as they were written, and what is wrong.
    """

    paths: StudyPaths
    runs: tuple[Run, ...]
    set_aside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

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
    def explainer_titles(self) -> dict[str, str]:
        """Names of explainers for people, as the runs have them."""
        return {name: title for run in self.complete for name, title in run.record.explainer_titles.items()}

    @property
    def true_maps(self) -> tuple[str, ...]:
        """The explainers whose maps are measured by intervention, and what others are held against."""
        measured = {name for run in self.complete for name in run.record.true_maps}
        return tuple(name for name in self.explainers if name in measured)

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
        names: dict[str, None] = {}
        for run in self.complete:
            names |= dict.fromkeys(read_expressions(run.paths.heatmaps))
        return (*(name for name in EXPRESSIONS if name in names), *(name for name in names if name not in EXPRESSIONS))

    @cached_property
    def networks(self) -> tuple[Network, ...]:
        """The networks with complete runs, ordered by name and pretraining."""
        groups: dict[tuple[str, str], list[Run]] = defaultdict(list)
        for run in self.complete:
            groups[run.record.network_in_tables, run.record.pretrained].append(run)
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

    Runs whose record cannot be read or whose files are not as they were written are left out.

    Raises:
        UserError: `folder` is no study, none of its runs is as it was written, one is of a newer version, or the runs
            cannot be told of together (they differ in data or settings, or two of them fill the same place).
    """
    paths = StudyPaths(Path(folder))
    if not paths.root.is_dir():
        raise UserError(f"there is no folder {paths.root}: give the folder of a study, such as multirun/demo")
    folders = sorted(path.parent for path in paths.runs.glob("*/run.json"))
    if not folders:
        raise UserError(
            f"{paths.root} is no study: it holds no runs/NAME/run.json; run a sweep or import heatmaps first"
        )
    runs, left_out = _sound(folders)
    if not runs:
        name, why = next(iter(left_out.items()))
        raise UserError(f"none of the runs of {paths.root} can be read, such as {name}: {why}")
    apart = set_aside([run.record for run in runs], {job.key for job in read_jobs(paths)})
    old = {run.record.name: apart[run.record.name] for run in runs if run.record.complete and run.record.name in apart}
    study = Study(paths, tuple(run for run in runs if run.record.name not in apart), old, left_out)
    refuse_incompatible((run.record for run in study.complete), paths.runs)
    return study


def read_results(folder: Path) -> Study:
    """Read a study that has results, see `read_study`.

    Raises:
        UserError: as there, or no run is complete.
    """
    study = read_study(folder)
    if not study.complete:
        remarks = [f"{number} {status}" for status, number in study.statuses.items()]
        remarks += [f"run {name} is left out ({why})" for name, why in study.left_out.items()][:_LISTED]
        raise UserError(f"{folder} has no complete run: {', '.join(remarks)}")
    return study


def _sound(folders: Iterable[Path]) -> tuple[list[Run], dict[str, str]]:
    """The runs that are as they were written; and for the others, by the name of the folder, what is wrong."""
    runs, wrong = [], {}
    for folder in folders:
        paths = RunPaths(folder)
        try:
            record = read_run(folder)
        except NewerError:
            raise
        except UserError as error:
            wrong[folder.name] = f"{error}; delete the folder, the study's command does again what is missing"
            continue
        why = changed(paths, record) if record.complete else ""
        if why:
            wrong[folder.name] = f"{why}; {what_to_do(record)}"
            continue
        runs.append(Run(record, paths))
    return runs, wrong


def _position(run: Run) -> tuple[int, int]:
    record = run.record
    return (-1 if record.seed is None else record.seed, -1 if record.fold is None else record.fold)
