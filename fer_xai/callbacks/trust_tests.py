"""Puts the run's explainers to the test, on some of the images that they explained."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch

from fer_xai.callbacks.context import RunContext
from fer_xai.callbacks.distributed import gathered
from fer_xai.callbacks.explain import Explain
from fer_xai.callbacks.stage_progress import shown
from fer_xai.callbacks.unit_values import Row, known_evidence_of, unit_rows, unit_table
from fer_xai.config.own import kind_of
from fer_xai.data.splits.folds import group_ids
from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Explainer, own_failures
from fer_xai.models.module import ExpressionModule
from fer_xai.scoring.chance_level import with_chance
from fer_xai.scoring.explainer_test_rows import (
    ANSWERS,
    IMAGE_COLUMNS,
    NOT_DONE,
    RUN_COLUMNS,
    frame_rows,
    summarise_images,
)
from fer_xai.trust.base import Frames, ImageFigures, Trial, TrustTest
from fer_xai.trust.measures import Description, describe
from fer_xai.trust.pixel_ranks import baselines_of

log = logging.getLogger(__name__)


@dataclass
class _Share:
    """What one process has found; picklable.

    Attributes:
        values: columns `IMAGE_COLUMNS`, one row per figure of an image.
        frames: (explainer, test, measure, step) -> local maps (n, y2, x2) in the canonical face.
        images: expression of each of the n images, the group that it belongs to, and whether the network's answer was
            right or wrong.
        failures: (explainer, test) -> why it could not be done.
        units: what action units are worth to the network, if a test makes interventions.
    """

    values: list[pd.DataFrame] = field(default_factory=list)
    frames: dict[tuple[str, str, str, float], np.ndarray] = field(default_factory=dict)
    images: pd.DataFrame = field(default_factory=pd.DataFrame)
    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    units: list[Row] = field(default_factory=list)


class Trust(pl.Callback):
    """Puts the contents of `trust.csv` and `trust_images.csv` into the run's context when testing ends.

    Comes after `Explain`, whose explainers, layer and choice of images it takes; with no tests it does nothing. Each
    process of a distributed run tests with its share of the images, and what they find is gathered on all of them.

    Args:
        tests: name -> test.
        context: of the run.
        images: at most so many images of each explained expression, the first ones of those that were explained.
        seed: of random choices.
        replicates: of the bootstrap over people.
    """

    def __init__(
        self,
        tests: Mapping[str, TrustTest],
        context: RunContext,
        images: int = 10,
        seed: int = 0,
        replicates: int = 200,
    ) -> None:
        if tests and images < 1:
            raise UserError(f"callbacks.trust.images={images}: at least 1 is needed")
        self.tests = tests
        self.described = {name: describe(test, f"trust.{name}") for name, test in tests.items()}
        self.context = context
        self.images = images
        self.seed = seed
        self.replicates = replicates

    def on_test_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Ask for the maps of the images that are tested, so that they are not made twice."""
        if self.tests:
            _explain_of(trainer).kept_images = self.images

    def on_test_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Test every explainer of the run by every test."""
        if not self.tests:
            return
        assert isinstance(pl_module, ExpressionModule)
        explain = _explain_of(trainer)
        # Explainers want gradients, and Lightning tests in inference mode, whose tensors have none.
        with self.context.timed("trust"), torch.inference_mode(False), torch.no_grad():
            own = explain.chosen_images(self.images).iloc[trainer.global_rank :: trainer.world_size]
            shares = gathered(self._test(explain, own, pl_module, trainer))
        images = pd.concat([part for share in shares for part in share.values] or [pd.DataFrame(columns=IMAGE_COLUMNS)])
        self.context.trust_tests = self.described
        self.context.trust_images = images.sort_values(["explainer", "test", "image"], kind="stable", ignore_index=True)
        failures = {key: why for share in shares for key, why in share.failures.items()}
        table = pd.concat(
            [
                summarise_images(self.context.trust_images, self.described, self.replicates),
                self._global_rows(shares),
                pd.DataFrame([_failed(*key) for key in failures], columns=list(RUN_COLUMNS)),
            ],
            ignore_index=True,
        ).astype({"n": "Int64"})
        seeing = [name for name, explainer in explain.explainers.items() if not getattr(explainer, "baseline", False)]
        self.context.trust = with_chance(table, set(table["explainer"]) - set(seeing), self.described)
        if any(share.units for share in shares):
            self.context.action_units = unit_table(share.units for share in shares)
        for (explainer, test), why in failures.items():
            log.warning("trust: %s of %s is left out: %s", test, explainer, why)

    def _test(self, explain: Explain, chosen: pd.DataFrame, module: ExpressionModule, trainer: pl.Trainer) -> _Share:
        share = _Share()
        if chosen.empty:
            return share
        groups = group_ids(self.context.faces.frame)[chosen.index.to_numpy()]
        right = np.where(chosen["predicted"] == chosen["true"], *ANSWERS[1:])
        share.images = pd.DataFrame(
            {"image": chosen["image"], "group": groups, "expression": chosen["explained"], "answer": right}
        ).reset_index(drop=True)
        questions = [question for _, question in explain.questions(chosen, module)]
        left_out = self.context.left_out_explainers
        explainers: dict[str, Explainer] = {n: e for n, e in explain.explainers.items() if n not in left_out}
        tested: dict[str, tuple[Explainer, list[str]]] = {n: (e, list(self.tests)) for n, e in explainers.items()}
        for test, baselines in {name: baselines_of(test) for name, test in self.tests.items()}.items():
            for name, make in baselines.items():
                if name not in explain.explainers:
                    tested.setdefault(name, (make(self.seed), []))[1].append(test)
        with shown(trainer, "Trust", sum(len(tests) for _, tests in tested.values())) as tell:
            for name, (explainer, tests) in tested.items():
                made = explain.raw_maps.pop(name, {})
                trial = Trial(explainer, module.network, explain.layer, questions, self.seed, explain.warp, made)
                for test in tests:
                    tell(f"{test} of {name}", 0)
                    self._put(share, name, test, trial)
                    tell(f"{test} of {name}", 1)
        evidence = next(filter(None, map(known_evidence_of, self.tests.values())), None)
        if evidence is not None and self.context.action_units is None:
            places = list(share.images[["image", "group", "expression"]].itertuples(index=False, name=None))
            # Why it could not be done is noted of the test already.
            with suppress(NotApplicableError, UserError):
                found = [one for question in questions for one in evidence.of(module.network, question)]
                share.units = unit_rows(places, found)
        return share

    def _put(self, share: _Share, name: str, test: str, trial: Trial) -> None:
        """One explainer to one test; if that cannot be done it is noted, the others go on."""
        try:
            with own_failures():
                results = list(self.tests[test].run(trial))
            _refuse_undescribed(results, self.described[test], len(share.images))
        except (NotApplicableError, UserError) as error:
            share.failures[name, test] = str(error)
            return
        for item in results:
            if isinstance(item, Frames):
                share.frames[name, test, item.measure, item.step] = item.maps
            else:
                share.values.append(_values(share.images, name, test, item))

    def _global_rows(self, shares: Sequence[_Share]) -> pd.DataFrame:
        """How alike the global maps of each step are to those of step 0, all processes together."""
        shares = [share for share in shares if len(share.images)]
        curves: dict[tuple[str, str, str], dict[float, np.ndarray]] = {}
        for key in shares[0].frames if shares else ():
            explainer, test, measure, step = key
            if all(key in share.frames for share in shares):
                maps = np.concatenate([share.frames[key] for share in shares])
                curves.setdefault((explainer, test, measure), {})[step] = maps
        images = pd.concat([share.images for share in shares], ignore_index=True) if curves else pd.DataFrame()
        rows = [row for key, steps in curves.items() for row in frame_rows(key, steps, images, self.replicates)]
        return pd.DataFrame(rows, columns=list(RUN_COLUMNS))


def _refuse_undescribed(results: Sequence[Any], described: Description, images: int) -> None:
    """Refuse what tables cannot hold: figures that a test does not describe, or of another number of images."""
    known = {measure.name for measure in described.measures}
    for item in results:
        if not isinstance(item, ImageFigures | Frames):
            raise UserError(f"its `run` gives {kind_of(item)}; it has to give ImageFigures or Frames")
        if item.measure not in known:
            raise UserError(f"its `run` gives '{item.measure}', and its `measures` are {', '.join(sorted(known))}")
        if isinstance(item, ImageFigures) and np.shape(item.values) != (images,):
            raise UserError(f"its '{item.measure}' has shape {np.shape(item.values)} for {images} images")


def _explain_of(trainer: pl.Trainer) -> Explain:
    return next(callback for callback in trainer.callbacks if isinstance(callback, Explain))  # type: ignore[attr-defined]


def _values(images: pd.DataFrame, explainer: str, test: str, figures: ImageFigures) -> pd.DataFrame:
    rows = images.assign(
        explainer=explainer, test=test, measure=figures.measure, step=figures.step, value=figures.values
    )
    return rows[list(IMAGE_COLUMNS)]


def _failed(explainer: str, test: str) -> dict[str, object]:
    """A row that says that there is nothing, so that no table passes over it in silence."""
    figures: dict[str, object] = {**dict.fromkeys(("step", "value", "low", "high"), np.nan), "n": 0}
    place = {"explainer": explainer, "test": test, "measure": NOT_DONE, "answers": ANSWERS[0], "expression": ""}
    return place | figures
