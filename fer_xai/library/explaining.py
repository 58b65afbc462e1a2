"""Why a network answers as it does: local heatmaps by any explainer."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fer_xai.callbacks.at_rest import pictures_at_rest
from fer_xai.data.cache import cache_dir
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.splits.folds import group_names
from fer_xai.errors import UserError
from fer_xai.explainers.base import Explainer, Question, frozen
from fer_xai.explainers.check_explainer import check_explainer, raw_maps
from fer_xai.explainers.layer import last_map_layer
from fer_xai.explainers.steps import averageable
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.warp import CanonicalWarp
from fer_xai.library.choices import build_choice
from fer_xai.library.heatmaps import LocalHeatmaps
from fer_xai.models.preprocess import network_input
from fer_xai.synthetic.interventions import Interventions, are_drawn


def explain(
    network: nn.Module,
    images: PreparedFaces | np.ndarray,
    explainer: str | Explainer = "gradcam",
    *,
    layer: str | None = None,
    classes: Sequence[int] | np.ndarray | None = None,
    expressions: Sequence[str] | None = None,
    landmarks: np.ndarray | None = None,
    people: Sequence[str] | None = None,
    input_size: int | None = None,
    mean: Sequence[float] = (0.0, 0.0, 0.0),
    std: Sequence[float] = (1.0, 1.0, 1.0),
    batch_size: int = 32,
    **settings: Any,
) -> LocalHeatmaps:
    """Explain a network's answers to images of faces.

    Args:
        network: takes images (b, 3, input_size, input_size) and gives logits (b, classes); left as it was found, on
            its own device.
        images: prepared faces, or uint8 RGB (n, s, s, 3).
        explainer: name of a file of `conf/explainer`, or an explainer of your own.
        layer: dotted name of the explained layer; None takes the last one that gives a map of several places.
        classes: number of the class that is explained for each image; None takes the predicted ones.
        expressions: names of the network's classes, in their order; None takes those of the faces, or the six.
        landmarks: (n, 68, 2) in pixels of the images; prepared faces bring their own.
        people: whose images they are; prepared faces tell it.
        input_size: side of the network's input; None takes that of the images.
        mean: subtracted from pictures in [0, 1], one number per channel.
        std: what they are divided by then.
        batch_size: images per pass.
        settings: of the explainer, as its file names them.

    Returns:
        Maps in pixels of the images, as they count in a mean: by the explainer's own `positive` and `local_scale`.

    Raises:
        UserError: no such explainer, setting, layer or class; or an explainer that does not fit the network.

    Examples:
        >>> import fer_xai, torch
        >>> network = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 9, stride=8), torch.nn.ReLU(),
        ...     torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(8, 6))
        >>> faces = fer_xai.prepare_faces(fer_xai.read_faces(subjects=2, per_expression=1), workers=1)
        >>> local = fer_xai.explain(network, faces, "saliency", input_size=64)
        >>> local.maps.shape, len(local.people)
        ((12, 224, 224), 12)
    """
    faces = images if isinstance(images, PreparedFaces) else None
    if isinstance(images, np.ndarray) and (
        images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 3
    ):
        raise UserError(f"images of shape {images.shape}: uint8 (n, s, s, 3) is needed, squares in RGB")
    if faces is not None:
        landmarks = faces.landmarks if landmarks is None else landmarks
        people = [str(name) for name in group_names(faces.frame)] if people is None else people
    names = tuple(expressions or (EXPRESSIONS if faces is None else faces.expressions))
    method = build_choice("explainer", explainer, settings) if isinstance(explainer, str) else explainer
    check_explainer(method)
    asking = _Asking(network, images, landmarks, input_size, mean, std)
    if layer is None:
        layer = last_map_layer(network, asking.size)
    maps, explained = [], []
    for start in range(0, asking.number, batch_size):
        rows = np.arange(start, min(start + batch_size, asking.number))
        question = asking.about(rows, None if classes is None else np.asarray(classes)[rows], len(names))
        raw = raw_maps(method, network, layer, question)
        maps.append(averageable(raw, asking.side, method.positive, method.local_scale)[0].cpu().numpy())
        explained += [names[number] for number in question.classes.tolist()]
    known = explainer if isinstance(explainer, str) else type(explainer).__name__
    return LocalHeatmaps(known, np.concatenate(maps), tuple(explained), landmarks, people)


class _Asking:
    """Makes questions of images."""

    def __init__(
        self,
        network: nn.Module,
        images: PreparedFaces | np.ndarray,
        landmarks: np.ndarray | None,
        input_size: int | None,
        mean: Sequence[float],
        std: Sequence[float],
    ) -> None:
        self.network = network
        self.faces = images if isinstance(images, PreparedFaces) else None
        crops: Any = images if self.faces is None else self.faces.crops
        self.crops = crops
        self.number = len(images)
        if not self.number:
            raise UserError("there are no images to explain")
        self.side = int(np.shape(self.crops[0])[0])
        self.size = input_size or self.side
        self.landmarks = landmarks
        self.mean, self.std = (torch.tensor(values).view(1, 3, 1, 1) for values in (mean, std))
        self.device = next((parameter.device for parameter in network.parameters()), torch.device("cpu"))
        self.interventions = None
        if self.faces is not None and are_drawn(self.faces.frame).any():
            self.interventions = Interventions(self.faces, cache_dir())

    def about(self, rows: np.ndarray, classes: np.ndarray | None, number: int) -> Question:
        """Why these images show these classes, or the predicted ones, of so many."""
        crops = torch.from_numpy(np.stack([self.crops[row] for row in rows])).permute(0, 3, 1, 2).to(self.device)
        pictures = self._input(crops)
        with frozen(self.network), torch.no_grad():
            logits = self.network(pictures)
        if logits.ndim != 2 or logits.shape[1] != number:
            raise UserError(
                f"the network gives {tuple(logits.shape)} for {len(rows)} images, and there are {number} classes: "
                "name them in their order, expressions=[...]"
            )
        explained = logits.argmax(dim=1) if classes is None else torch.as_tensor(classes).to(self.device)
        given: dict[str, Any] = {}
        if self.landmarks is not None:
            points = torch.from_numpy(np.asarray(self.landmarks, dtype=np.float32)[rows]).to(self.device)
            # Pixel areas are aligned, as in the resizing of the crop.
            given["landmarks"] = (points + 0.5) * (self.size / self.side) - 0.5
            given["rest"] = self._rest({"image": crops, "landmarks": points, "index": torch.from_numpy(rows)})
        return Question(
            pictures,
            explained.long(),
            mean=self.mean.to(self.device),
            std=self.std.to(self.device),
            index=torch.from_numpy(rows),
            interventions=self.interventions,
            **given,
        )

    def _rest(self, batch: dict[str, Tensor]) -> Callable[[], Tensor] | None:
        if self.faces is None:
            return None
        return pictures_at_rest(self.faces, self.interventions, batch, CanonicalWarp(), self._input)

    @property
    def _input(self) -> Callable[[Tensor], Tensor]:
        mean, std = self.mean.to(self.device), self.std.to(self.device)
        return partial(network_input, size=self.size, mean=mean, std=std)
