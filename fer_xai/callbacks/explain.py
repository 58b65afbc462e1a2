"""Explains test predictions, carries the heatmaps into the canonical face, and averages them per expression."""

import logging
import time
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from torch import Tensor

from fer_xai.callbacks.average import Average
from fer_xai.callbacks.context import RunContext
from fer_xai.callbacks.distributed import gathered, merged
from fer_xai.callbacks.image_selection import checked_target, expressions_to_explain, select_images, why_fewer
from fer_xai.callbacks.mean_face import mean_face
from fer_xai.callbacks.person_rows import PersonRows
from fer_xai.callbacks.questions import Questions
from fer_xai.callbacks.stage_progress import shown
from fer_xai.callbacks.typical import LocalMap, build_examples, extremes, typicality
from fer_xai.callbacks.uncovered_faces import experiment_of, face_rows, face_table
from fer_xai.callbacks.unit_values import known_evidence_of, unit_rows, unit_table
from fer_xai.data.splits.folds import group_ids
from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Explainer, Question, own_failures
from fer_xai.explainers.check_explainer import as_maps
from fer_xai.explainers.hiding import lacking_rest
from fer_xai.explainers.steps import averageable
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.warp import CanonicalWarp
from fer_xai.models.module import ExpressionModule
from fer_xai.results.heatmap_files import build_heatmaps, build_replicates
from fer_xai.results.person_maps import build_people

log = logging.getLogger(__name__)

#: Local examples of each kind and expression where faces may be shown and no number is given.
EXAMPLES = 3


class Explain(pl.Callback):
    """Puts the contents of `heatmaps.nc`, `replicates.nc` and `people.nc` into the run's context when testing ends.

    All explainers see the same images, batch by batch, so that they can share what they compute. One that does not fit
    the network is left out, with one line in the log and the reason in the run's record; the others go on.

    Args:
        explainers: name -> explainer.
        layer: dotted name of the explained layer within the network.
        context: of the run.
        images_per_expression: at most so many test images of each explained expression.
        batch_size: images per pass.
        replicates: number of bootstrap replicates.
        seed: of the choice of images.
        target: which class is explained, see `select_images`.
        expressions: those that are explained, a word or a list; None for all.
        examples: so many most and least typical local heatmaps per expression are kept; None takes 3 with `show_faces`,
            and none without it.
        show_faces: keep the warped faces behind the examples, for reports that may show them; without it examples are
            maps alone.
        count_unknown: an image whose person is unknown counts as one more person where a mean face needs ten.
        people: keep the mean map of every person and expression; never of baselines, which look at no network.
    """

    def __init__(
        self,
        explainers: Mapping[str, Explainer],
        layer: str,
        context: RunContext,
        images_per_expression: int = 100,
        batch_size: int = 32,
        replicates: int = 200,
        seed: int = 0,
        target: Any = "predicted",
        expressions: Any = None,
        examples: int | None = 0,
        show_faces: bool = False,
        count_unknown: bool = False,
        people: bool = True,
    ) -> None:
        self.explainers = explainers
        self.layer = layer
        self.context = context
        self.images_per_expression = images_per_expression
        self.batch_size = batch_size
        self.replicates = replicates
        self.seed = seed
        self.classes = context.faces.expressions
        self.target = checked_target(target, self.classes)
        self.expressions = expressions_to_explain(expressions, self.classes)
        self.examples = examples if examples is not None else EXAMPLES if show_faces else 0
        self.show_faces = show_faces
        self.count_unknown = count_unknown
        self.people = people
        self.warp = CanonicalWarp()
        #: Of so many images of each expression the maps are kept for others, such as tests of the explainers.
        self.kept_images = 0
        #: Explainer -> row of a face -> its map as the explainer gave it, of what this process has explained.
        self.raw_maps: dict[str, dict[int, Tensor]] = {}
        self._groups = group_ids(context.faces.frame)
        self._questions = Questions(context, self.warp, batch_size)

    def chosen_images(self, at_most: int | None = None) -> pd.DataFrame:
        """The test images that are explained, once the network has named them.

        Args:
            at_most: of each expression; None takes all that are explained.
        """
        assert self.context.predictions is not None
        number = self.images_per_expression if at_most is None else min(at_most, self.images_per_expression)
        return select_images(self.context.predictions, number, self.seed, self.classes, self.expressions, self.target)

    def on_test_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Choose images, explain them with each explainer, warp and average."""
        assert isinstance(pl_module, ExpressionModule)
        context = self.context
        assert context.predictions is not None
        self.warp.to(pl_module.device)
        chosen = self.chosen_images()
        for line in why_fewer(
            context.predictions, chosen, self.images_per_expression, self.classes, self.expressions, self.target
        ):
            log.info("%s", line)
        # Lightning tests in inference mode, whose tensors no explainer could take a gradient of.
        with context.timed("explain"), torch.inference_mode(False), torch.no_grad():
            own = chosen.iloc[trainer.global_rank :: trainer.world_size]
            rows = PersonRows.of(chosen) if self.people else None
            averages = self._averages(own, pl_module, trainer, rows)
        self.raw_maps = {name: average.raw for name, average in averages.items()}
        with context.timed("mean_face"):
            face, in_face = mean_face(
                context.faces, self._groups, self.warp, pl_module.device, self.batch_size, self.count_unknown
            )
        whose = chosen.assign(person=np.asarray(self._groups)[chosen.index]).groupby("explained")["person"].nunique()
        people = np.array([whose.get(name, 0) for name in self.expressions])
        means = {
            name: average.compute(self.classes, self.expressions) | {"people": people}
            for name, average in averages.items()
        }
        context.heatmaps = build_heatmaps(means, expressions=self.expressions, mean_face=face, people=in_face)
        context.replicates = build_replicates(means, expressions=self.expressions)
        of_people = {name: kept for name, average in averages.items() if (kept := average.of_people()) is not None}
        if rows is not None and of_people:
            context.people = build_people(of_people, rows.table)
        for computed in means.values():
            # Each would be in memory twice.
            del computed["replicates"], computed["replicate_counts"]
        if self.examples:
            context.examples = self._examples(averages, means)
        if any(average.regions for average in averages.values()):
            context.regions = self._regions(averages)
        # Of several explainers that make interventions, the first.
        units = next((average.units for average in averages.values() if known_evidence_of(average.explainer)), None)
        if units is not None:
            context.action_units = unit_table(gathered(units))
        uncovered = next((average.uncovered for average in averages.values() if experiment_of(average.explainer)), None)
        if uncovered is not None:
            context.uncovering = face_table(gathered(uncovered))
        counts = chosen["explained"].value_counts()
        context.images = {name: int(counts.get(name, 0)) for name in self.expressions}

    def _averages(
        self, chosen: pd.DataFrame, module: ExpressionModule, trainer: pl.Trainer, rows: PersonRows | None
    ) -> dict[str, Average]:
        """What each explainer that fits finds in the chosen images, added up."""
        averages = {
            name: Average(explainer, len(self.classes), self.replicates, module.device, rows)
            for name, explainer in self.explainers.items()
        }
        failures: dict[str, Exception] = {}
        again = set(self.chosen_images(self.kept_images).index) if self.kept_images else set()
        with shown(trainer, "Explaining", len(chosen) * len(averages)) as tell:
            for batch, question in self.questions(chosen, module):
                for name, average in averages.items():
                    tell(name, 0)
                    try:
                        if name not in failures:
                            self._add(average, batch, question, module, again)
                    except (NotApplicableError, UserError) as error:
                        failures[name] = error
                    tell(name, len(question.classes))
        images = sum(gathered(len(chosen)))
        for name, average in averages.items():
            failed, lacking = (
                sum(sum(gathered(counted), Counter()).values())
                for counted in (average.not_finite, average.without_rest)
            )
            if name in failures or not images or failed + lacking < images:
                continue
            why = f"none of its {failed} maps is finite: they hold NaN or infinities"
            if lacking:
                why = f"{lacking} of {images} explained images are of people without a neutral face"
            failures[name] = NotApplicableError(why)
        self._drop(averages, merged(failures))
        return averages

    def questions(self, chosen: pd.DataFrame, module: ExpressionModule) -> Iterator[tuple[dict[str, Any], Question]]:
        """Batches of images and what is asked about them."""
        yield from self._questions.about(chosen, module)

    def _add(
        self,
        average: Average,
        batch: dict[str, Tensor],
        question: Question,
        module: ExpressionModule,
        again: Container[int],
    ) -> None:
        start = time.perf_counter()
        explainer = average.explainer
        with own_failures():
            raw = self._explain(average, question, module)
            average.grid = (raw.shape[-2], raw.shape[-1])
            average.raw |= {row: raw[i].cpu() for i, row in enumerate(question.rows) if row in again}
            maps, empty = averageable(raw, batch["image"].shape[-1], explainer.positive, explainer.local_scale)
        average.seconds += time.perf_counter() - start
        warped, valid = self.warp(maps, batch["landmarks"])
        finite = maps.isfinite().flatten(1).all(dim=1)
        rows = batch["index"][finite].tolist()
        average.add(warped[finite], valid[finite], question.classes[finite], batch["group"][finite], rows)
        lacking = lacking_rest(explainer, question)
        for i, label in enumerate(question.classes.tolist()):
            average.without_rest[label] += bool(lacking[i])
            average.not_finite[label] += not finite[i] and not lacking[i]
            average.empty[label] += bool(finite[i]) and not empty[i]
        if self.examples:
            kept = warped.masked_fill(~valid, torch.nan).float().cpu().numpy()
            shown = self._shown(batch) if self.show_faces else [None] * len(kept)
            average.local += [
                LocalMap(self._image(row), self.classes[label], kept[i], shown[i])
                for i, (row, label) in enumerate(zip(batch["index"].tolist(), question.classes.tolist(), strict=True))
                if finite[i]
            ]

    def _shown(self, batch: dict[str, Tensor]) -> list[np.ndarray | None]:
        """The faces of a batch in the canonical frame, uint8 (y, x, 3) each, black where invalid."""
        warped, valid = self.warp(batch["image"].float(), batch["landmarks"])
        shown = (warped * valid[:, None]).round().clamp(0, 255).byte()
        return list(shown.permute(0, 2, 3, 1).cpu().numpy())

    def _explain(self, average: Average, question: Question, module: ExpressionModule) -> Tensor:
        """Raw maps; of an explainer that gives regions a value, the values are kept as well."""
        explainer: Any = average.explainer
        evidence = known_evidence_of(explainer)
        if evidence is not None:
            places = [
                (self._image(row), self._groups[row], self.classes[label])
                for row, label in zip(question.rows, question.classes.tolist(), strict=True)
            ]
            average.units += unit_rows(places, evidence.of(module.network, question))
        experiment = experiment_of(explainer)
        if experiment is not None:
            shown = self.context.faces.labels
            faces = [(self._image(row), self._groups[row], self.classes[shown[row]]) for row in question.rows]
            trials = experiment.trials(module.network, question)
            average.uncovered += face_rows(experiment, trials, faces, self.classes, self._questions.calibration_part)
        if not hasattr(explainer, "region_values"):
            return as_maps(explainer.explain(module.network, self.layer, question), question)
        values = explainer.region_values(module.network, self.layer, question)
        for row, label, of_regions in zip(question.rows, question.classes.tolist(), values.tolist(), strict=True):
            average.regions += [
                (self._image(row), self._groups[row], self.classes[label], region, value)
                for region, value in zip(explainer.region_names, of_regions, strict=True)
            ]
        return as_maps(explainer.paint(values, question), question)

    def _image(self, row: int) -> str:
        return str(self.context.faces.frame["image"].iloc[row])

    def _drop(self, averages: dict[str, Average], failures: Mapping[str, Exception]) -> None:
        """Leave explainers out that do not fit; if none fits, the run has nothing to say."""
        if failures and len(failures) == len(averages):
            raise next(iter(failures.values()))
        for name, error in failures.items():
            del averages[name]
            self.context.left_out_explainers[name] = str(error)
            log.warning("explainer %s is left out: %s", name, error)
        for name, average in averages.items():
            self.context.timings[f"explain_{name}"] = round(average.seconds, 3)

    def _examples(self, averages: Mapping[str, Average], means: Mapping[str, Any]) -> Any:
        chosen = {}
        for name, average in averages.items():
            by_expression = dict(zip(self.expressions, np.asarray(means[name]["mean"]), strict=True))
            own = extremes(average.local, typicality(average.local, by_expression), self.examples)
            entries = [entry for part in gathered(own) for entry in part]
            # Of those that each process found, the best of all; each map once.
            maps = {entry[3].image: (entry[2], entry[3]) for entry in entries}
            values, local = zip(*maps.values(), strict=True) if maps else ((), ())
            chosen[name] = extremes(local, values, self.examples)
        return build_examples(chosen, self.expressions, self.examples, FRAME_SHAPE)

    def _regions(self, averages: Mapping[str, Average]) -> pd.DataFrame:
        rows = [
            (name, *entry) for name, average in averages.items() for part in gathered(average.regions) for entry in part
        ]
        table = pd.DataFrame(rows, columns=["explainer", "image", "group", "expression", "region", "value"])
        return table.sort_values(["explainer", "expression", "image"], kind="stable", ignore_index=True)
