"""What one explainer has found in the images of a run so far, on this process."""

import gc
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fer_xai.callbacks.distributed import gathered
from fer_xai.callbacks.person_rows import PersonRows
from fer_xai.callbacks.typical import LocalMap
from fer_xai.callbacks.uncovered_faces import Face
from fer_xai.callbacks.unit_values import Row
from fer_xai.explainers.base import Explainer
from fer_xai.metrics.heatmap_mean import GlobalHeatmap
from fer_xai.metrics.person_sums import PersonSums


class Average:
    """Sums of an explainer's maps, and whatever else it gives.

    Args:
        explainer: the explainer.
        classes: of the network.
        replicates: number of bootstrap replicates.
        device: that sums are kept on.
        person_rows: whose maps are kept by themselves; None for nobody's.
    """

    def __init__(
        self,
        explainer: Explainer,
        classes: int,
        replicates: int,
        device: torch.device,
        person_rows: PersonRows | None = None,
    ) -> None:
        self.explainer = explainer
        self.person_rows = person_rows
        #: Maps that know nothing of the network say nothing of people; and those of edges would show faces.
        looks = person_rows is not None and not getattr(explainer, "baseline", False)
        self.people = PersonSums(len(person_rows.table)) if person_rows is not None and looks else None
        self.mean = GlobalHeatmap(n_classes=classes, replicates=replicates).to(device)
        #: Class -> number of maps that say nothing; that are not finite and were left out; that are not made, for the
        #: person has no neutral face.
        self.empty: Counter[int] = Counter()
        self.not_finite: Counter[int] = Counter()
        self.without_rest: Counter[int] = Counter()
        #: Rows and columns of its own maps.
        self.grid = (0, 0)
        self.seconds = 0.0
        self.local: list[LocalMap] = []
        #: Row of a face -> its map as the explainer gave it, of those that are asked for again.
        self.raw: dict[int, Tensor] = {}
        self.regions: list[tuple[str, int, str, str, float]] = []
        self.units: list[Row] = []
        self.uncovered: list[Face] = []

    def add(self, warped: Tensor, valid: Tensor, classes: Tensor, groups: Tensor, rows: Sequence[int]) -> None:
        """Add a batch of warped maps that are finite.

        Args:
            warped: (b, y, x) in the canonical frame.
            valid: bool (b, y, x).
            classes: (b,) the explained classes.
            groups: (b,) numbers of the people.
            rows: (b,) rows of the faces.
        """
        self.mean.update(warped, valid, classes, groups)
        if self.people is not None and self.person_rows is not None:
            self.people.update(warped, valid, self.person_rows.of_images(rows))

    def of_people(self) -> dict[str, np.ndarray] | None:
        """Sums, counts and images of every person's maps, of all processes; None where they are not kept."""
        if self.people is None:
            return None
        return {key: sum(gathered(getattr(self.people, key))) for key in ("sums", "counts", "images")}

    def compute(self, classes: Sequence[str], expressions: Sequence[str]) -> dict[str, Any]:
        """The global heatmaps of all processes, for the expressions that are explained; can be asked for once."""
        computed: Mapping[str, Any] = self.mean.compute()
        # The sums of the replicates take hundreds of megabytes per explainer, and nobody asks for them again.
        # A metric refers to itself, so that only a collection lets go of it.
        del self.mean
        gc.collect()
        numbers = [classes.index(name) for name in expressions]
        rows = {key: value.cpu() for key, value in computed.items()}
        for key in ("mean", "std", "count", "images"):
            rows[key] = rows[key][numbers]
        for key in ("replicates", "replicate_counts"):
            # Counts are whole numbers far below the 2^24 that this type holds exactly.
            rows[key] = rows[key][:, numbers].float()
        for key in ("empty", "not_finite", "without_rest"):
            everywhere: Counter[int] = sum(gathered(getattr(self, key)), Counter())
            rows[key] = torch.tensor([everywhere[number] for number in numbers])
        # A process without images has seen none.
        rows["grid"] = torch.tensor([max(gathered(self.grid))] * len(numbers))
        return rows
