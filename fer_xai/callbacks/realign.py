"""Carries the heatmaps of a run's first explainer by other alignments, too: how far do they hang on the landmarks?"""

import logging
from collections.abc import Mapping

import pandas as pd
import pytorch_lightning as pl
import torch
from torch import Tensor

from fer_xai.callbacks.context import RunContext
from fer_xai.callbacks.distributed import gathered
from fer_xai.callbacks.explain import Explain
from fer_xai.callbacks.person_rows import PersonRows
from fer_xai.callbacks.stage_progress import shown
from fer_xai.errors import UserError
from fer_xai.explainers.base import own_failures
from fer_xai.explainers.check_explainer import as_maps
from fer_xai.explainers.steps import averageable
from fer_xai.face.alignments.base import Alignment
from fer_xai.metrics.person_sums import PersonSums
from fer_xai.models.module import ExpressionModule
from fer_xai.results.realigned_maps import OWN, Alignments, build_realigned

log = logging.getLogger(__name__)


class Realign(pl.Callback):
    """Puts the contents of `realigned.nc` into the run's context when testing ends.

    Comes after `Explain`, whose first explainer that looks at the network, layer and choice of images it takes. The
    network is asked once more about each image; its answers, and so the local heatmaps, are those of the run, and only
    where they are carried differs. With no alignments it does nothing. One that cannot work is left out, with one line.

    Args:
        alignments: name -> alignment.
        context: of the run.
    """

    def __init__(self, alignments: Mapping[str, Alignment], context: RunContext) -> None:
        if OWN in alignments:
            raise UserError(f"realign.{OWN}: that is what a run's own landmarks are called: choose another name")
        self.alignments = alignments
        self.context = context

    def on_test_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Explain the images again, and average by every alignment."""
        if not self.alignments:
            return
        assert isinstance(pl_module, ExpressionModule)
        explain = next(callback for callback in trainer.callbacks if isinstance(callback, Explain))  # type: ignore[attr-defined]
        looking = [
            name
            for name, explainer in explain.explainers.items()
            if name not in self.context.left_out_explainers and not getattr(explainer, "baseline", False)
        ]
        if not looking:
            log.warning("realign: no explainer looks at the network, nothing is aligned anew")
            return
        alignments, left_out = self._working()
        with self.context.timed("realign"), torch.inference_mode(False), torch.no_grad():
            chosen = explain.chosen_images()
            rows = PersonRows.of(chosen)
            own = chosen.iloc[trainer.global_rank :: trainer.world_size]
            sums = self._sums(explain, looking[0], alignments, own, rows, pl_module, trainer)
        keys = ("sums", "counts", "images")
        everywhere = {name: {key: sum(gathered(getattr(one, key))) for key in keys} for name, one in sums.items()}
        titles = {OWN: "the run's own landmarks"} | {name: one.title for name, one in alignments.items()}
        self.context.realigned = build_realigned(everywhere, rows.table, Alignments(looking[0], titles, left_out))

    def _working(self) -> tuple[dict[str, Alignment], dict[str, str]]:
        """The alignments that can work, and why others cannot."""
        working, left_out = {}, {}
        for name, alignment in self.alignments.items():
            try:
                alignment.check()
                working[name] = alignment
            except UserError as error:
                left_out[name] = str(error)
                log.warning("realign: %s is left out: %s", name, error)
        return working, left_out

    def _sums(
        self,
        explain: Explain,
        name: str,
        alignments: Mapping[str, Alignment],
        chosen: pd.DataFrame,
        rows: PersonRows,
        module: ExpressionModule,
        trainer: pl.Trainer,
    ) -> dict[str, PersonSums]:
        explainer = explain.explainers[name]
        sums = {key: PersonSums(len(rows.table)) for key in (OWN, *alignments)}
        with shown(trainer, "Aligning", len(chosen)) as tell:
            for batch, question in explain.questions(chosen, module):
                with own_failures():
                    raw = as_maps(explainer.explain(module.network, explain.layer, question), question)
                    maps, _ = averageable(raw, batch["image"].shape[-1], explainer.positive, explainer.local_scale)
                finite = maps.isfinite().flatten(1).all(dim=1)
                for key, one in sums.items():
                    points = batch["landmarks"] if key == OWN else self._placed(alignments[key], batch)
                    warped, valid = explain.warp(maps, points)
                    kept = finite & points.isfinite().flatten(1).all(dim=1)
                    one.update(warped[kept], valid[kept], rows.of_images(batch["index"][kept].tolist()))
                tell(name, len(question.classes))
        return sums

    def _placed(self, alignment: Alignment, batch: Mapping[str, Tensor]) -> Tensor:
        """The landmarks of a batch by another alignment, (b, 68, 2) on the device of the run's own."""
        points = batch["landmarks"]
        crops = batch["image"].permute(0, 2, 3, 1).contiguous().cpu().numpy()
        names = self.context.faces.frame["image"].iloc[batch["index"].tolist()].astype(str).tolist()
        placed = alignment.place(points.double().cpu().numpy(), crops, names)
        return torch.from_numpy(placed).to(points.device)
