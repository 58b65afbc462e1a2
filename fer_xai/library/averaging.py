"""Global heatmaps: local ones carried into the canonical face and averaged per expression."""

from collections.abc import Iterator, Sequence

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.library.heatmaps import Heatmaps, LocalHeatmaps
from fer_xai.metrics.bootstrap import REPLICATES
from fer_xai.results.average_maps import LocalMaps, average_maps
from fer_xai.results.heatmap_files import build_heatmaps, build_replicates

#: Maps that are warped at once.
_BATCH = 32


def global_heatmaps(*local: LocalHeatmaps, replicates: int = REPLICATES, seed: int = 0) -> Heatmaps:
    """Average local heatmaps per expression in the canonical face, with bootstrap replicates over people.

    Args:
        local: of one or several explainers, each with landmarks; from `explain`, or made of maps of another tool.
        replicates: of the bootstrap, from which intervals follow; 0 for none.
        seed: of the bootstrap. Heatmaps that are to be compared need the same one.

    Raises:
        UserError: nothing is given, an explainer's name occurs twice, or landmarks are missing.

    Examples:
        >>> import fer_xai
        >>> import numpy as np
        >>> faces = [fer_xai.draw_face("happiness", subject=k) for k in range(3)]
        >>> local = fer_xai.LocalHeatmaps("mine", np.ones((3, 256, 256)), ["happiness"] * 3,
        ...     landmarks=np.stack([face.landmarks for face in faces]), people=["a", "b", "c"])
        >>> heatmaps = fer_xai.global_heatmaps(local, replicates=10)
        >>> heatmaps.map_of("happiness").shape, int(heatmaps.means["people"].sum())
        ((275, 224), 3)
    """
    names = [one.explainer for one in local]
    if not local or len(set(names)) < len(names):
        raise UserError(f"heatmaps of the explainers {', '.join(names) or 'none'}: give some, each under its own name")
    shown = {name for one in local for name in one.expressions}
    expressions = [*(e for e in EXPRESSIONS if e in shown), *sorted(shown - set(EXPRESSIONS))]
    if not expressions:
        raise UserError("there is no local heatmap to average")
    means = {one.explainer: average_maps(_batches(one), expressions, replicates, seed) for one in local}
    drawn = build_replicates(means, expressions=expressions) if replicates else None
    return Heatmaps(build_heatmaps(means, expressions=expressions), drawn)


def _batches(local: LocalHeatmaps) -> Iterator[LocalMaps]:
    if local.landmarks is None:
        raise UserError(
            f"the heatmaps of {local.explainer} come without landmarks, by which they are carried into the canonical "
            "face: give landmarks (n, 68, 2) in their pixels; find_landmarks(image) finds them in a picture"
        )
    people: Sequence[str] = local.people if local.people is not None else [""] * len(local)
    images = [str(number) for number in range(len(local))]
    for start in range(0, len(local), _BATCH):
        part = slice(start, start + _BATCH)
        yield LocalMaps(local.maps[part], local.landmarks[part], local.expressions[part], people[part], images[part])
