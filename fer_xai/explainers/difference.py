"""What moves in a drawn face: the best guess at a network's evidence that needs no network."""

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError
from fer_xai.explainers.base import Question
from fer_xai.explainers.baseline_maps import Baseline


class Difference(Baseline):
    """The plain difference of a drawn face and the same face at rest: where the expression shows at all.

    It is about the faces as they are drawn, so that a change of the images does not change it.
    Photographs have no such map: among drawn faces theirs are not finite, and are left out and counted.
    """

    title = "the difference from the mean face"

    #: Its maps are of the faces as they were drawn, wherever a changed picture shows these.
    as_drawn = True

    def check_faces(self, key: str, frame: pd.DataFrame) -> None:
        """Refuse data without drawn faces, before any training.

        Args:
            key: of the explainer in the config.
            frame: of the prepared faces.

        Raises:
            UserError: there are none.
        """
        from fer_xai.synthetic.interventions import refuse_photographs  # with OpenCV

        refuse_photographs(key, frame)

    def explain(self, network: nn.Module, layer: str, question: Question) -> Tensor:
        """See `Explainer.explain`; mean absolute difference over the channels, in [0, 1], in pixels of the crop.

        Raises:
            NotApplicableError: no face is a drawn one.
        """
        found = [None if pair is None else _difference(*pair).mean(axis=-1) for pair in full_and_rest(question)]
        shape = next((one.shape for one in found if one is not None), question.images.shape[-2:])
        maps = [np.full(shape, np.nan) if one is None else one for one in found]
        stack = np.array(maps, dtype=np.float32).reshape(-1, *shape)
        return torch.from_numpy(stack).to(question.images.device)


def full_and_rest(question: Question) -> list[tuple[np.ndarray, np.ndarray] | None]:
    """The drawn faces of a question and the same faces at rest, uint8 (S, S, 3) each; None for a photograph.

    Raises:
        NotApplicableError: no face is a drawn one.
        UserError: the cache cannot be written.
    """
    interventions = question.interventions
    if interventions is None:
        raise NotApplicableError("these are no drawn faces, and no others can be drawn at rest")
    return question.share("full and rest", lambda: interventions.full_and_rest(question.rows))


def _difference(full: np.ndarray, rest: np.ndarray) -> np.ndarray:
    return np.abs(full.astype(np.float64) - rest) / 255
