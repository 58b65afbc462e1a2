"""The faces of a batch at rest: what hidden pixels show where `hide: rest`."""

from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from torch import Tensor

from fer_xai.data.neutral_faces import NeutralFaces
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.face.neutral import neutral_onto
from fer_xai.face.warp import CanonicalWarp
from fer_xai.synthetic.interventions import Interventions, are_drawn

Batch = dict[str, Tensor]


def pictures_at_rest(
    faces: PreparedFaces,
    interventions: Interventions | None,
    batch: Batch,
    warp: CanonicalWarp,
    preprocess: Callable[[Tensor], Tensor],
) -> Callable[[], Tensor] | None:
    """What `Question.rest` is: made when it is first asked for, and once.

    A drawn face is drawn again without all that its expression is made of. Of a photograph the neutral one of the same
    person is carried to its landmarks.

    Args:
        faces: the prepared faces.
        interventions: draws those among them that are drawn; None where none is.
        batch: image uint8 (b, 3, S, S), landmarks (b, 68, 2), index (b,) of the faces; on the device of the network.
        warp: the canonical mesh.
        preprocess: makes the network's input of crops.

    Returns:
        None where no face has one.
    """
    if faces.neutral is None and interventions is None:
        return None

    @cache
    def at_rest() -> Tensor:
        pictures = torch.full(batch["image"].shape, torch.nan, device=batch["image"].device)
        if faces.neutral is not None:
            _put_neutral(pictures, faces.neutral, batch, warp)
        if interventions is not None:
            _put_drawn(pictures, faces, interventions, batch["index"])
        return preprocess(pictures)

    return at_rest


def _put_neutral(pictures: Tensor, neutral: NeutralFaces, batch: Batch, warp: CanonicalWarp) -> None:
    places = neutral.of_face[batch["index"].cpu().numpy()]
    known = places >= 0
    if not known.any():
        return
    device, rows = pictures.device, torch.from_numpy(known).to(pictures.device)
    crops = torch.from_numpy(np.stack([neutral.crops[place] for place in places[known]])).permute(0, 3, 1, 2)
    points = torch.from_numpy(neutral.landmarks[places[known]]).to(device)
    pictures[rows] = neutral_onto(crops.to(device), points, batch["image"][rows], batch["landmarks"][rows], warp)


def _put_drawn(pictures: Tensor, faces: PreparedFaces, interventions: Interventions, index: Tensor) -> None:
    rows = index.cpu().numpy()
    drawn = np.flatnonzero(are_drawn(faces.frame.iloc[rows]))
    crops = interventions.draw([(int(rows[i]), [frozenset()]) for i in drawn])
    for i, (picture,) in zip(drawn, crops, strict=True):
        pictures[i] = torch.from_numpy(picture).permute(2, 0, 1)
