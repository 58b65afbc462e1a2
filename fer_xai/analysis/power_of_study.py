"""What a study says of the power of the next one: how much differences of its networks vary, and what that wants."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pandas as pd

from fer_xai.analysis.analysis_files import read_analysis
from fer_xai.analysis.effects.power import Variances, detectable, interactions, people_wanted, power
from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.subjects.group_scores import Scorer
from fer_xai.errors import UserError
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.reference_maps import ReferenceMaps
from fer_xai.results.heatmap_files import read_dataset
from fer_xai.results.study import Network, read_results
from fer_xai.scoring.intervals import FEWEST_PEOPLE
from fer_xai.scoring.person_cells import person_cell

#: Columns of `power.csv`. people: the fewest with whom the difference is seen with the power that is asked for; power
#: and detectable: with the study's own people, the power for the difference, and the smallest difference for the power.
COLUMNS = ("folds", "seeds", "people", "power", "detectable", "own_design", "reason")

#: Numbers of folds and seeds that are tried.
_TRIED = (1, 2, 3, 5, 10)


@dataclass(frozen=True)
class StudyPower:
    """How much differences of a study's networks vary.

    Attributes:
        variances: of the difference of two networks, on average over all pairs.
        people: of the study.
        folds: of the study.
        seeds: of the study.
        measure: title of the measure, with explainer and reference.
    """

    variances: Variances
    people: int
    folds: int
    seeds: int
    measure: str

    @property
    def designs(self) -> list[tuple[int, int]]:
        """Folds and seeds whose variances are known; the study's own among them."""
        folds = {*_TRIED, self.folds} if math.isfinite(self.variances.folds) else {1}
        seeds = {*_TRIED, self.seeds} if math.isfinite(self.variances.seeds) else {1}
        return [(f, s) for f, s in product(sorted(folds), sorted(seeds)) if f * s > 1]

    def table(self, difference: float, target: float) -> pd.DataFrame:
        """What a difference wants, by design.

        Args:
            difference: of two networks' mean scores.
            target: power that is asked for, above 0.05 and below 1.
        """
        rows = []
        for folds, seeds in self.designs:
            wanted = people_wanted(self.variances, difference, target, folds, seeds)
            reason = "" if wanted else "no number of people is enough: trainings alone vary too much"
            people = max(self.people, folds)
            own = power(self.variances, difference, people, folds, seeds)
            least = detectable(self.variances, target, people, folds, seeds)
            rows.append((folds, seeds, wanted, own, least, (folds, seeds) == (self.folds, self.seeds), reason))
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"people": "Int64"})


def study_power(study_dir: Path) -> StudyPower:
    """Read how much the differences of a study's networks vary, by its primary measure, explainer and reference.

    Args:
        study_dir: an analysed study.

    Raises:
        UserError: no study, not analysed, fewer than two networks, one training of each, runs without maps of single
            people, or of too few.
    """
    study = read_results(study_dir)
    analysis = read_analysis(study.paths.analysis)
    networks = {network.label: network for network in study.networks}
    explainer, reference = analysis.facts["explainers"][0], analysis.facts["references"][0]
    primary = analysis.facts["primary"]
    scores = _run_scores(analysis, explainer, reference, primary)
    if len(scores) < 2:
        raise UserError(
            f"{study_dir}: power wants two networks with scores of every fold and seed, here: {len(scores)}"
        )
    labels = list(scores)
    folds, seeds = next(iter(scores.values())).shape
    if folds * seeds < 2:
        raise UserError(
            f"{study_dir}: one training of each network says nothing of how trainings vary: add folds or seeds"
        )
    references = _references(study.paths.analysis, reference)
    metric = shipped_metrics([primary])[primary]
    left_out, people = _without_people([networks[name] for name in labels], explainer, references, metric)
    # Of the difference of two networks, each of the two has these components.
    by_fold, by_seed, rest = (2 * value for value in interactions(np.stack([scores[name] for name in labels])))
    of_person = float(np.mean([_jackknife(one - other) for one, other in combinations(left_out, 2)])) * people
    if people < FEWEST_PEOPLE or not math.isfinite(of_person):
        raise UserError(
            f"{study_dir}: how much people vary is not told by maps of {people} of them: at least {FEWEST_PEOPLE} with"
            " a score are needed"
        )
    # A fold has other people, whose share of its variance is theirs.
    beyond = max(by_fold - of_person * folds / people, 0.0) if math.isfinite(by_fold) else math.nan
    title = f"{analysis.described[primary].title} of {explainer} with {reference}"
    return StudyPower(Variances(of_person, beyond, by_seed, rest), people, folds, seeds, title)


def _run_scores(analysis: Analysis, explainer: str, reference: str, metric: str) -> dict[str, np.ndarray]:
    """(folds, seeds) mean scores over expressions, of the networks that have all of them."""
    frame = analysis.metrics
    same = frame["explainer"].eq(explainer) & frame["reference"].eq(reference) & frame["metric"].eq(metric)
    own = frame[same & frame["expression"].notna() & frame["value"].notna()]
    single = own[own["fold"].notna()] if own["fold"].notna().any() else own
    single = single.assign(fold=single["fold"].fillna(0), seed=single["seed"].fillna(0))
    # A network with one fold and several seeds has rows of its whole as well, without a seed.
    table = single.pivot_table(index=["label", "fold"], columns="seed", values="value", aggfunc="mean")
    by_label = {str(label): part.to_numpy() for label, part in table.groupby(level="label", sort=False)}
    most = max((part.shape for part in by_label.values()), default=(0, 0))
    return {label: part for label, part in by_label.items() if part.shape == most and np.isfinite(part).all()}


def _references(folder: Path, name: str) -> Mapping[str, ReferenceMaps]:
    """The main reference's maps at a quarter of the resolution, as they were compared with."""
    with read_dataset(folder / "references.nc") as dataset:
        own = dataset.sel(reference=name).load()
    words = [str(word) for word in own["expression"].values if bool(own["has"].sel(expression=word))]
    maps = {}
    for word in words:
        mask, weights, signed = (own[key].sel(expression=word).values for key in ("mask", "weights", "signed"))
        known = np.isfinite(signed)
        whole = ReferenceMaps(mask.astype(bool), weights, np.where(known, signed, 0), known)
        maps[word] = whole.halved(2)
    return maps


def _without_people(
    networks: Sequence[Network], explainer: str, references: Mapping[str, ReferenceMaps], metric: object
) -> tuple[list[np.ndarray], int]:
    """Of each network the mean score over expressions without each person in turn, and how many people there are."""
    cells = []
    for network in networks:
        by_expression = {name: person_cell(network.runs, explainer, name) for name in references}
        missing = [cell for cell in by_expression.values() if isinstance(cell, str)]
        if len(missing) == len(by_expression):
            raise UserError(f"network {network.label}: {missing[0] if missing else 'no expression to compare'}")
        cells.append({name: cell.people for name, cell in by_expression.items() if not isinstance(cell, str)})
    people = sorted({name for by_name in cells for maps in by_name.values() for name in maps.people})
    scores = []
    for by_name in cells:
        parts = []
        for name, maps in by_name.items():
            place = {person: number for number, person in enumerate(people)}
            own = np.array([place[person] for person in maps.people])
            # Who has no map of it takes nothing away.
            weights = np.repeat(maps.weights[None], len(people), axis=0)
            weights[own, np.arange(len(own))] = 0
            parts.append(Scorer(maps, references[name], metric).of(weights))  # type: ignore[arg-type]
        scores.append(np.nanmean(np.stack(parts), axis=0))
    return scores, len(people)


def _jackknife(left_out: np.ndarray) -> float:
    return float((len(left_out) - 1) * np.var(left_out))
