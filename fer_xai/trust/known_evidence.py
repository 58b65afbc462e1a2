"""Known evidence: whether maps of drawn faces tell what the network uses, which interventions have measured."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from torch import Tensor

from fer_xai.errors import UserError
from fer_xai.explainers.base import Explainer
from fer_xai.explainers.difference import Difference, full_and_rest
from fer_xai.explainers.evidence import Evidence, KnownEvidence
from fer_xai.explainers.steps import upsample
from fer_xai.trust import evidence_measures as measured
from fer_xai.trust.base import ImageFigures, Trial
from fer_xai.trust.measures import Measure
from fer_xai.trust.pixel_ranks import BASELINES


class KnownEvidenceTest:
    """Maps of drawn faces beside what each action unit is worth to the network, by drawing the face without it.

    The value of a player (an action unit, or several that show in the same place) is its Shapley value for the class
    that is explained, see `fer_xai.explainers.evidence`. Maps are tested as they are averaged, and the true map
    (`explainer=intervention`) is read by the same rules as any other. Chance is what the best of the baselines reaches
    that look at no network, among them the plain difference of the full face and the face at rest.

    Measures, per image, and what each cannot tell:

    - `rank_correlation`: Spearman's, over the players, of the map's mean where each shows with its value. It asks for
      the order only: not how much more one player is worth than another, nor whether relevance lies off the face.
      The true map with its sign comes near 1 (above 0.95 on average, places overlap); its positive part, as it is
      averaged, less, since the order among players that speak against the class is lost. Undefined below three.
    - `hit`: whether the player of most relevance is the one of most value. It knows nothing of all other players, and
      is easy where there are few: `hit_permuted` is how often it would be so with the values dealt out anew.
    - `map_correlation`: NCC with the true map, both blurred. Where a player shows is where its pixels change, which the
      network need not look at to use it; and whoever marks what moves in a face comes near without any network. Values
      matter less than places, so compare it with `difference`, and believe it only together with the ranks.
    - `unchanged_share`: how much of the relevance lies where the face at rest and the full face agree (background,
      hair, clothes). A network may look there, but it cannot tell expressions by it. 0 says nothing of which action
      unit is marked: `difference` has hardly any by construction (what lies within
      `tolerance`), so that hardly any explainer can beat chance here.

    Args:
        blur: of `map_correlation`: standard deviation of a Gaussian, as a share of the map's sides.
        tolerance: of `unchanged_share`: pictures agree in pixels that differ by no more, in grey levels of 0 to 255.
        exact_up_to: see `KnownEvidence`, as for all that follows.
        drawings: at most so many drawings of a face with more players.
        output: what is shared out: log_probability, probability or logit.
        units: action units that may be players; None for all.
        batch_size: pictures per pass.
        seed: of the random choices.

    Raises:
        UserError: a setting is out of range.
    """

    title = "Known evidence"
    by_order = False

    def __init__(
        self,
        blur: float = 0.05,
        tolerance: int = 2,
        exact_up_to: int = 5,
        drawings: int = 40,
        output: str = "log_probability",
        units: Sequence[str | int] | None = None,
        batch_size: int = 64,
        seed: int = 0,
    ) -> None:
        if not 0 <= blur <= 0.5:
            raise UserError(f"trust.known_evidence.blur={blur}: a share of the sides from 0 to 0.5 is needed")
        if not 0 <= tolerance < 255:
            raise UserError(f"trust.known_evidence.tolerance={tolerance}: grey levels from 0 to 254 are needed")
        self.blur, self.tolerance = blur, tolerance
        self.evidence = KnownEvidence("trust.known_evidence", exact_up_to, drawings, output, units, batch_size, seed)

    @property
    def sentence(self) -> str:
        """What the figures mean."""
        return (
            "The map beside what each action unit is worth to the network, which drawing the face without it has told: "
            "rank correlation of relevance with worth, how often the unit of most relevance is the one of most worth, "
            f"correlation with the true map (both blurred by {self.blur:.0%} of the side), and the share of relevance "
            "where the expression changes nothing."
        )

    @property
    def measures(self) -> Sequence[Measure]:
        """One figure each per image; all are told apart by the network's answer."""
        return (
            Measure("rank_correlation", "rank correlation with known evidence", True, by_answer=True, faithful=True),
            Measure("hit", "most relevant unit is the most used", True, by_answer=True),
            Measure("hit_permuted", "the same, values permuted", True, judged=False, by_answer=True, shown=False),
            Measure("map_correlation", f"correlation with true map (blur {self.blur:.0%})", True, by_answer=True),
            Measure("unchanged_share", "relevance where nothing changes", False, by_answer=True),
        )

    @property
    def baselines(self) -> Mapping[str, Callable[[int], Explainer]]:
        """What looks at no network."""
        return {**BASELINES, "difference": lambda seed: Difference()}

    def check_faces(self, key: str, frame: pd.DataFrame) -> None:
        """Refuse data without drawn faces, before any training.

        Args:
            key: of the test in the config.
            frame: of the prepared faces.

        Raises:
            UserError: there are none.
        """
        from fer_xai.synthetic.interventions import refuse_photographs  # with OpenCV

        refuse_photographs(key, frame)

    def run(self, trial: Trial) -> Iterator[ImageFigures]:
        """See `TrustTest.run`; no figure for a photograph among drawn faces, nor for a map that is not finite."""
        rows: list[dict[str, float]] = []
        for question, maps in zip(trial.questions, trial.maps, strict=True):
            found = self.evidence.of(trial.network, question)
            for heatmap, evidence, pair in zip(maps.cpu(), found, full_and_rest(question), strict=True):
                if evidence is None or pair is None or not bool(heatmap.isfinite().all()):
                    rows.append({})
                else:
                    rows.append(self._figures(heatmap, evidence, pair))
        for measure in self.measures:
            yield ImageFigures(measure.name, np.array([row.get(measure.name, np.nan) for row in rows], dtype=float))

    def _figures(self, heatmap: Tensor, evidence: Evidence, pair: tuple[np.ndarray, np.ndarray]) -> dict[str, float]:
        values, size = evidence.values, heatmap.shape[-1]
        unchanged = measured.agreeing(*pair, self.tolerance)
        on_crop = upsample(heatmap[None], len(unchanged))[0].numpy()
        figures = {"unchanged_share": measured.unchanged_share(on_crop, unchanged)}
        if not len(values):
            return figures
        relevance = measured.relevance_where_shown(heatmap.numpy(), evidence.places(size))
        return figures | {
            "rank_correlation": measured.rank_correlation(relevance, values),
            "hit": measured.hit(relevance, values),
            "hit_permuted": measured.hit_of_permuted_values(values),
            "map_correlation": measured.map_correlation(heatmap.numpy(), evidence.true_map(size), self.blur),
        }
