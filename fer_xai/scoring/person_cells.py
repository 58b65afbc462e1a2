"""Maps of single people of one network, explainer and expression, over all runs of the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fer_xai.results.person_maps import RIGHT, WRONG, PersonMaps, pooled_people, read_people
from fer_xai.results.study import Run
from fer_xai.scoring.person_matrix import PersonMatrix, person_matrix

#: Why there are none.
NOT_KEPT = "maps of single people were not kept (callbacks.explain.people=true keeps them)"
NO_MAP = "no map"


@dataclass(frozen=True)
class PersonCell:
    """Maps of people, and the mean maps of folds and of seeds, over the same pixels.

    Attributes:
        people: one map per person.
        answers: by `right` and `wrong`, the maps of the images that were so answered.
        folds: one map per fold, over all seeds.
        seeds: one map per seed, over all folds.
        fold_of: the fold that tested each person; empty without folds.
    """

    people: PersonMatrix
    answers: Mapping[str, PersonMaps]
    folds: PersonMatrix
    seeds: PersonMatrix
    fold_of: Mapping[str, int] = field(default_factory=dict)


def person_cell(runs: Sequence[Run], explainer: str, expression: str) -> PersonCell | str:
    """Read the maps of single people.

    Args:
        runs: of one network; those that lack the explainer or the expression are passed over.
        explainer: whose maps.
        expression: of which.

    Returns:
        The maps, or why there are none.

    Raises:
        UserError: a file is damaged.
    """
    own = [run for run in runs if explainer in run.record.explainers]
    if not all(run.paths.people.exists() for run in own):
        return NOT_KEPT
    read = [(run, read_people(run.paths.people, explainer, expression)) for run in own]
    parts = [(run, maps) for run, maps in read if maps is not None and len(maps)]
    pooled = pooled_people([maps for _, maps in parts])
    matrix = None if pooled is None else person_matrix(pooled)
    if matrix is None:
        return NO_MAP
    answers = {word: maps for word in (RIGHT, WRONG) if (maps := _of_answer([part for _, part in parts], word))}
    folds, seeds = (
        _levels([(str(getattr(run.record, key)), maps) for run, maps in parts], matrix) for key in ("fold", "seed")
    )
    fold_of = {name: run.record.fold for run, maps in parts for name in maps.people if run.record.fold is not None}
    return PersonCell(matrix, answers, folds, seeds, fold_of)


def _of_answer(parts: Sequence[PersonMaps], word: str) -> PersonMaps | None:
    return pooled_people([part.only(part.rows["answer"].eq(word).to_numpy()) for part in parts])


def _levels(parts: Sequence[tuple[str, PersonMaps]], whole: PersonMatrix) -> PersonMatrix:
    """The mean map of each level over all images, where all levels know it."""
    named = [PersonMaps(maps.rows.assign(person=level), maps.mean, maps.count, maps.images) for level, maps in parts]
    pooled = pooled_people(named)
    assert pooled is not None
    pixels = whole.pixels & np.isfinite(pooled.mean).all(0)
    values = pooled.mean[:, pixels].astype(np.float64)
    return PersonMatrix(tuple(pooled.people), pooled.images.astype(np.float64), values, pixels)
