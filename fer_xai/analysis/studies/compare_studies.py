"""Two studies -> tables and sentences of where they agree."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from fer_xai.analysis.studies.accuracies import accuracy_differences
from fer_xai.analysis.studies.likeness import COLUMNS as LIKENESS_COLUMNS
from fer_xai.analysis.studies.likeness import likeness_rows
from fer_xai.analysis.studies.same_pictures import shared_pictures
from fer_xai.analysis.studies.score_differences import UNCLEAR, difference_rows, difference_table
from fer_xai.analysis.studies.settings import setting_differences
from fer_xai.analysis.studies.two_studies import TwoStudies, read_two
from fer_xai.analysis.words.sentences import sentence
from fer_xai.errors import UserError
from fer_xai.face.masks import Reference
from fer_xai.files import write_csv, write_json
from fer_xai.metrics.metric import Metrics
from fer_xai.results.environment import git_revision, versions
from fer_xai.results.submission.pack import opened
from fer_xai.scoring.pooled_maps import PooledMaps, all_runs, pool_maps


@dataclass(frozen=True)
class StudyComparison:
    """What is said of two studies.

    Attributes:
        two: the studies; their files are there as long as they are open.
        primary: the measure that is tested.
        primary_title: its name for people.
        references: what heatmaps were scored against, the main one first.
        differences: of scores, see `fer_xai.analysis.studies.score_differences`.
        likeness: of global heatmaps, see `fer_xai.analysis.studies.likeness`.
        accuracies: see `fer_xai.analysis.studies.accuracies`.
        settings: what differs, see `fer_xai.analysis.studies.settings`.
        pictures: how many pictures both have; None where that is not known.
        sentences: the answer.
        maps: of both studies, by the main explainer.
    """

    two: TwoStudies
    primary: str
    primary_title: str
    references: Sequence[Reference]
    differences: pd.DataFrame
    likeness: pd.DataFrame
    accuracies: pd.DataFrame
    settings: pd.DataFrame
    pictures: int | None
    sentences: list[str]
    maps: tuple[PooledMaps, PooledMaps] = field(repr=False)

    def write(self, out: Path) -> None:
        """Write the tables and `summary.json`.

        Raises:
            UserError: the folder cannot be written.
        """
        for name in ("differences", "likeness", "accuracies", "settings"):
            write_csv(out / f"{_FILES[name]}.csv", getattr(self, name), float_format="%.6g")
        told = [
            {
                "name": one.name,
                "submission": (one.manifest or {}).get("identifier"),
                "runs": len(one.study.complete),
                "networks": sorted(network.label for network in one.networks.values()),
            }
            for one in self.two.both
        ]
        write_json(
            out / "summary.json",
            {
                "studies": told,
                "primary": self.primary,
                "references": [reference.name for reference in self.references],
                "pictures_in_common": self.pictures,
                "sentences": self.sentences,
                "versions": versions(),
                "git_revision": git_revision(),
            },
        )


_FILES: Mapping[str, str] = {
    "differences": "score_differences",
    "likeness": "map_correlations",
    "accuracies": "accuracy_differences",
    "settings": "settings",
}


@contextmanager
def compared(
    paths: Sequence[Path],
    references: Sequence[Reference],
    metrics: Metrics,
    primary: str,
    margin: float,
    secret: str | None = None,
) -> Iterator[StudyComparison]:
    """Compare two studies, each a folder or an archive from `fer-xai submit`; nothing of them is pooled.

    Args:
        paths: of the two.
        references: what heatmaps are scored against, in both alike.
        metrics: by name.
        primary: the measure that is tested.
        margin: a difference of it that counts as none if it is smaller.
        secret: that archives list their pictures under.

    Yields:
        The comparison; archives are unpacked until the context ends.

    Raises:
        UserError: not two, one cannot be read, or they have nothing in common.
    """
    if len(paths) != 2 or paths[0].resolve() == paths[1].resolve():
        raise UserError("study_dirs: give two studies, such as study_dirs=[multirun/ours,theirs.zip]")
    with ExitStack() as stack:
        two = read_two([(path, *stack.enter_context(opened(path))) for path in paths])
        rows: list[dict[str, object]] = []
        likeness: list[dict[str, object]] = []
        main: tuple[PooledMaps, PooledMaps] | None = None
        for explainer in two.explainers:
            maps = _maps(two, explainer)
            if not maps[0].pools:
                continue
            main = main or maps
            rows += difference_rows(maps, references, metrics, primary, margin)
            likeness += likeness_rows(two, maps)
        if main is None:
            raise UserError("study_dirs: no network was explained by one explainer in both studies")
        differences = difference_table(rows, two)
        alike = pd.DataFrame(likeness, columns=list(LIKENESS_COLUMNS))
        settings, (number, said) = setting_differences(two), shared_pictures(two, secret)
        title = metrics[primary].title
        yield StudyComparison(
            two=two,
            primary=primary,
            primary_title=title,
            references=references,
            differences=differences,
            likeness=alike,
            accuracies=accuracy_differences(two),
            settings=settings,
            pictures=number,
            sentences=[
                *_of_scores(differences[differences["metric"].eq(primary)], title),
                *_of_maps(alike),
                *said,
                *_of_settings(settings),
            ],
            maps=main,
        )


def _maps(two: TwoStudies, explainer: str) -> tuple[PooledMaps, PooledMaps]:
    """Maps of the networks that the explainer has explained in both."""
    keys = [
        key
        for key in two.networks
        if all(any(explainer in run.record.explainers for run in one.networks[key].runs) for one in two.both)
    ]
    pools = [[all_runs(one.networks[key]) for key in keys] for one in two.both]
    first, second = (pool_maps(own, explainer, two.expressions) for own in pools)
    return first, second


def _of_scores(table: pd.DataFrame, measure: str) -> list[str]:
    sentences = []
    mean = table["expression"].isna()
    for what, rows in (("Scores of networks over expressions", table[mean]), ("Scores of single cells", table[~mean])):
        counts = {str(name): int(number) for name, number in rows["verdict"].value_counts().items()}
        verdicts = {name: counts[name] for name in sorted(counts, key=lambda name: name == UNCLEAR)}
        sentences.append(sentence("compared_scores", what=what, measure=measure, verdicts=verdicts))
    reasons = table["reason"].replace("", np.nan).dropna()
    if len(reasons):
        why = reasons.value_counts().index[0]
        sentences.append(sentence("not_judged", number=len(reasons), cells=len(table), reason=why))
    return sentences


def _of_maps(table: pd.DataFrame) -> list[str]:
    known = table["ncc"].dropna()
    if known.empty:
        return []
    shares = table.loc[known.index, "share"].dropna()
    return [
        sentence(
            "likeness_of_maps",
            median=known.median(),
            lowest=known.min(),
            highest=known.max(),
            cells=len(known),
            attainable=table.loc[shares.index, "attainable"].median(),
            with_noise=len(shares),
        )
    ]


def _of_settings(table: pd.DataFrame) -> list[str]:
    if table.empty:
        return [sentence("same_settings")]
    other = table[table["of"].ne("versions")]
    groups = list(dict.fromkeys(other["of"]))
    return [sentence("different_settings", number=len(other), groups=groups, versions=len(table) - len(other))]
