"""A planted cue: what it is worth to the network, and whether maps of the same faces lie on it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fer_xai.errors import UserError
from fer_xai.explainers.base import Explainer, Question
from fer_xai.explainers.difference import Difference
from fer_xai.explainers.evidence import Evidence, KnownEvidence
from fer_xai.trust.base import ImageFigures, Trial
from fer_xai.trust.cue_figures import FIRST, RELEVANCE, TEST, VALUE, cue_figures
from fer_xai.trust.measures import Measure
from fer_xai.trust.pixel_ranks import BASELINES


class PlantedCueTest:
    """Every tested face is shown with the cue, and asked why the network would name the cue's expression.

    Each image stands for its face with the cue, whether or not the test part shows it so: all faces tell, however
    rarely the cue comes. What is explained is the expression that the cue comes with in training, whatever is
    predicted. None of the measures says by itself whether an explainer is right: a map has to lie on the cue if the
    network uses it, and elsewhere if not. `analysis/shortcuts.csv` puts that together over the networks of a study.

    Measures, per image, and what each cannot tell:

    - `cue_value`: the Shapley value of the cue as one more player beside the action units, for the cue's expression. It
      is the same for all explainers. It is of this drawing of the cue: another size or place may be worth another.
    - `cue_relevance`: the mean of the map where the cue shows, over the mean of the map's size everywhere: 1 is what a
      map has that is the same everywhere, 0 what a map has that is zero. A cue's surroundings count as off the cue, so
      that coarse maps come out lower than fine ones.
    - `cue_first`: whether the cue is the player of most relevance, lots being drawn among equals. It knows nothing of
      how far it is ahead. Undefined where the cue is the only player.

    Args:
        expression: that the cue comes with in training.
        classes: the names of the network's classes, in their order.
        exact_up_to: see `KnownEvidence`, as for all that follows.
        drawings: at most so many drawings of a face with more players.
        output: what is shared out: log_probability, probability or logit.
        batch_size: pictures per pass.
        seed: of the orders of the players.

    Raises:
        UserError: a setting is out of range, or the expression is none of the classes.
    """

    title = "Planted cue"
    sentence = (
        "Every tested face with the planted cue, and the map of the expression that the cue comes with: how many times "
        "as relevant the cue is as the mean of the map, and how often it is more relevant than every action unit. A "
        "map should lie on the cue where the network uses it, and not where it does not."
    )
    by_order = False
    measures: Sequence[Measure] = (
        Measure(VALUE, "worth of the cue", True, judged=False, shown=False),
        Measure(RELEVANCE, "relevance of the cue (mean of the map: 1)", True, judged=False),
        Measure(FIRST, "cue is the most relevant player", True, judged=False),
    )

    def __init__(
        self,
        expression: str | None = None,
        classes: Sequence[str] = (),
        exact_up_to: int = 5,
        drawings: int = 40,
        output: str = "log_probability",
        batch_size: int = 64,
        seed: int = 0,
    ) -> None:
        key = f"trust.{TEST}"
        if expression is not None and expression not in classes:
            raise UserError(f"{key}.expression={expression}: choose one of the classes, {', '.join(classes)}")
        self.expression, self.classes = expression, list(classes)
        # Not `evidence`: that of this test is about other faces than those that are explained.
        self._evidence = KnownEvidence(key, exact_up_to, drawings, output, None, batch_size, seed)

    @property
    def baselines(self) -> Mapping[str, Callable[[int], Explainer]]:
        """What looks at no network; `difference` marks the cue as it marks all that the face can be drawn without."""
        return {**BASELINES, "difference": lambda seed: Difference()}

    def check_faces(self, key: str, frame: pd.DataFrame) -> None:
        """Refuse data in which no cue is planted, before any training.

        Args:
            key: of the test in the config.
            frame: of the prepared faces.

        Raises:
            UserError: photographs, no cue, or it is not said which expression it comes with.
        """
        from fer_xai.synthetic.interventions import planted_cues, refuse_photographs  # with OpenCV

        refuse_photographs(key, frame)
        if not planted_cues(frame):
            raise UserError(
                f"{key} does not apply: no cue is planted in these faces: set data.cue and data.cue_expression, such "
                "as data.cue=mark data.cue_expression=anger"
            )
        if self.expression is None:
            raise UserError(f"{key}.expression=null: name the expression that the cue comes with in training")

    def run(self, trial: Trial) -> Iterator[ImageFigures]:
        """See `TrustTest.run`; no figure for a face that is not there with the cue, nor for a map that is not finite.

        Raises:
            NotApplicableError: as the explainer raises it, or no face is a drawn one.
            UserError: likewise, and no expression was named.
        """
        if self.expression is None:
            raise UserError(f"trust.{TEST}.expression=null: name the expression that the cue comes with in training")
        number = self.classes.index(self.expression)
        rows: list[dict[str, float]] = []
        for question in trial.questions:
            figures: list[dict[str, float]] = [{} for _ in range(len(question))]
            places, asked = question.share((TEST, number), partial(with_cue, question, number))
            if asked is not None:
                maps = trial.explain(asked).cpu()
                found = self._evidence.of(trial.network, asked)
                for place, heatmap, evidence in zip(places, maps, found, strict=True):
                    if evidence is not None:
                        figures[place] = _figures(heatmap, evidence)
            rows += figures
        for measure in self.measures:
            yield ImageFigures(measure.name, np.array([row.get(measure.name, np.nan) for row in rows], dtype=float))


def with_cue(question: Question, number: int) -> tuple[list[int], Question | None]:
    """The question why a class is named, about the same faces with the planted cue.

    Args:
        question: about prepared faces.
        number: of the class.

    Returns:
        The places of the images that have such a face, and the question about those; None without any.
    """
    interventions = question.interventions
    found = [None] * len(question) if interventions is None else interventions.with_cue(question.rows)
    places = [place for place, row in enumerate(found) if row is not None]
    rows = [row for row in found if row is not None]
    if interventions is None or not rows:
        return [], None
    crops, landmarks = interventions.faces(rows)
    pictures = torch.from_numpy(crops).permute(0, 3, 1, 2)
    images = question.prepared(pictures)
    ratio = images.shape[-1] / crops.shape[1]

    def at_rest() -> Tensor:
        drawn = [next(iter(few)) for few in interventions.draw([(row, [frozenset()]) for row in rows])]
        return question.prepared(torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2))

    return places, question.changed(
        images=images,
        classes=torch.full((len(rows),), number, dtype=question.classes.dtype, device=question.classes.device),
        against=None,
        # Pixel areas are aligned, as in the resizing of the crop.
        landmarks=(torch.from_numpy(landmarks).to(images.device) + 0.5) * ratio - 0.5,
        index=torch.tensor(rows),
        rest=at_rest,
    )


def _figures(heatmap: Tensor, evidence: Evidence) -> dict[str, float]:
    features = evidence.players.features
    cue = [k for k, names in enumerate(features) if any(not name.startswith("AU") for name in names)]
    if not cue:
        return {}
    return cue_figures(heatmap.numpy(), evidence.places(heatmap.shape[-1]), evidence.values, cue[0])
