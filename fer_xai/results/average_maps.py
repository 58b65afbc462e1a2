"""Local heatmaps of any origin, in pixels of their images, averaged in the canonical face as a run averages its own."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch

from fer_xai.data.splits.folds import group_ids
from fer_xai.errors import UserError
from fer_xai.face.warp import CanonicalWarp
from fer_xai.metrics.bootstrap import REPLICATES
from fer_xai.metrics.heatmap_mean import GlobalHeatmap
from fer_xai.metrics.person_sums import PersonSums
from fer_xai.metrics.proportion import person_of_each


class LocalMaps(NamedTuple):
    """Some local heatmaps of one size.

    Attributes:
        maps: (n, y, x), weighted against each other as they are to count; one that is not finite is left out.
        landmarks: (n, 68, 2), x before y, in pixels of these maps.
        expressions: what each explains.
        people: whose image each is of; an empty name is a person of its own.
        images: name of each image, which tells unknown people apart.
    """

    maps: np.ndarray
    landmarks: np.ndarray
    expressions: Sequence[str]
    people: Sequence[str]
    images: Sequence[str]


def average_maps(
    batches: Iterable[LocalMaps],
    expressions: Sequence[str],
    replicates: int = REPLICATES,
    seed: int = 0,
    people_rows: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Warp local heatmaps to the canonical face and average them per expression, with bootstrap replicates over people.

    Args:
        batches: the local heatmaps.
        expressions: names along the first axis of what is returned.
        replicates: number of bootstrap replicates; 0 for none.
        seed: of the bootstrap. Two calls with the same seed draw the same people.
        people_rows: columns expression and person (see `person_of_each`): whose maps are kept by themselves, too.

    Returns:
        What `build_heatmaps` and `build_replicates` take of one explainer: `mean`, `std`, `count`, `images`,
        `replicates`, `replicate_counts`, `people` and `not_finite`, as arrays. With `people_rows` also `of_people`:
        what `build_people` takes.

    Raises:
        UserError: shapes that do not go together, or an expression that is not among `expressions`.
    """
    warp = CanonicalWarp()
    metric = GlobalHeatmap(n_classes=len(expressions), replicates=replicates, seed=seed)
    people: list[set[int]] = [set() for _ in expressions]
    not_finite = np.zeros(len(expressions), dtype=np.int64)
    place = None if people_rows is None else pd.MultiIndex.from_frame(people_rows[["expression", "person"]])
    by_person = PersonSums(0 if place is None else len(place), warp.frame)
    for batch in batches:
        classes = _classes(batch.expressions, expressions)
        groups = groups_of(batch.people, batch.images)
        warped, valid = warp(
            torch.from_numpy(np.asarray(batch.maps, dtype=np.float32)),
            torch.from_numpy(np.asarray(batch.landmarks, dtype=np.float64)),
        )
        finite = np.isfinite(batch.maps).all(axis=(1, 2))
        np.add.at(not_finite, classes[~finite], 1)
        kept = torch.from_numpy(finite)
        metric.update(warped[kept], valid[kept], torch.from_numpy(classes)[kept], torch.from_numpy(groups)[kept])
        if place is not None:
            names = person_of_each(_frame(batch.people, batch.images))
            rows = place.get_indexer(pd.MultiIndex.from_arrays([list(batch.expressions), names]))
            by_person.update(warped[kept], valid[kept], rows[finite])
        for number, group in zip(classes[finite].tolist(), groups[finite].tolist(), strict=True):
            people[number].add(group)
    if not metric.update_called:
        # Nothing could be used: torchmetrics would warn of it.
        empty = torch.zeros(0, *warp.frame)
        metric.update(empty, empty.bool(), torch.zeros(0).long(), torch.zeros(0).long())
    found = {name: values.numpy() for name, values in metric.compute().items()}  # type: ignore[attr-defined]
    # torchmetrics gives a number in place of an array of one.
    found |= {"images": np.atleast_1d(found["images"]), "people": np.array([*map(len, people)])}
    of_people = {key: getattr(by_person, key) for key in ("sums", "counts", "images")}
    return found | {"not_finite": not_finite} | ({} if place is None else {"of_people": of_people})


def _classes(words: Sequence[str], expressions: Sequence[str]) -> np.ndarray:
    unknown = [word for word in words if word not in expressions]
    if unknown:
        raise UserError(f"a heatmap of {unknown[0]!r}: it has to be one of {', '.join(expressions)}")
    return np.array([list(expressions).index(word) for word in words], dtype=np.int64)


def groups_of(people: Sequence[str], images: Sequence[str]) -> np.ndarray:
    """int64 (n,), a number for the person of each image, as in every run; without a name an image is its own."""
    frame = _frame(people, images)
    return group_ids(frame) if len(frame) else np.zeros(0, dtype=np.int64)


def _frame(people: Sequence[str], images: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({"dataset": "", "subject": list(people), "image": list(images)}, dtype=str)
