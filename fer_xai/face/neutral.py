"""A person's neutral face in place of another picture of the same person: same places, same brightness."""

import torch
from torch import Tensor

from fer_xai.face.canonical import N_LANDMARKS, TRIANGLES
from fer_xai.face.sampling import cover
from fer_xai.face.warp import CanonicalWarp

#: Shares of red, green and blue in what is seen as brightness (ITU-R BT.601).
_LUMA = (0.299, 0.587, 0.114)


def neutral_onto(
    neutral: Tensor, neutral_landmarks: Tensor, faces: Tensor, landmarks: Tensor, warp: CanonicalWarp
) -> Tensor:
    """Carry neutral faces to the landmarks of other pictures of the same people, and match their brightness.

    The brightness is matched by one factor per picture, see `brightness_ratio`: a lamp or an exposure time multiplies.
    Light from another side is not matched. The skin looks as it does in the neutral face, but the landmarks lie where
    they lie in this one: brows that are raised and the outline of an open mouth stay, so what is hidden by this is all
    of an expression but its shape. Pixels that the mesh does not cover (landmarks outside the crop) keep what the
    picture itself shows.

    Args:
        neutral: (b, 3, h, w), from 0 to 255.
        neutral_landmarks: (b, 68, 2) in pixels of `neutral`.
        faces: (b, 3, h, w), likewise.
        landmarks: (b, 68, 2) in pixels of `faces`.
        warp: on any device.

    Returns:
        Float32 (b, 3, h, w), from 0 to 255.
    """
    neutral, faces = neutral.float(), faces.float()
    carried, valid = warp.between(neutral, neutral_landmarks, landmarks)
    ratio = brightness_ratio(faces, carried, valid & _within_face(landmarks, faces))
    matched = (carried * ratio[:, None, None, None]).clamp(max=255)
    return torch.where(valid[:, None], matched, faces)


def brightness_ratio(faces: Tensor, others: Tensor, where: Tensor) -> Tensor:
    """The factor by which other pictures come nearest to faces in brightness: the sum of absolute differences is least.

    So what differs in less than half of the face, as a mouth does that is open in one of the two, does not count.

    Args:
        faces: (b, 3, h, w), not negative.
        others: likewise, pixel on pixel.
        where: bool (b, h, w), the pixels that are compared.

    Returns:
        (b,); 1 where there is nothing to compare.
    """
    luma = faces.new_tensor(_LUMA)[:, None, None]
    found = []
    for face, other, pixels in zip((faces * luma).sum(dim=1), (others * luma).sum(dim=1), where, strict=True):
        weight = other[pixels]
        ratio, order = (face[pixels] / weight.clamp(min=torch.finfo(weight.dtype).tiny)).sort()
        reached = weight[order].double().cumsum(0)
        if not len(reached) or not reached[-1] > 0:
            found.append(faces.new_tensor(1.0))
            continue
        found.append(ratio[(reached < reached[-1] / 2).sum()])
    return torch.stack(found) if found else faces.new_ones(0)


def _within_face(landmarks: Tensor, images: Tensor) -> Tensor:
    """The pixels between the landmarks themselves, bool (b, h, w)."""
    inner = torch.tensor(TRIANGLES[(TRIANGLES < N_LANDMARKS).all(axis=1)], device=images.device)
    corners = landmarks.to(images.device).double()[:, inner]
    usable = torch.ones(corners.shape[:2], dtype=torch.bool, device=images.device)
    size = (images.shape[-2], images.shape[-1])
    return (cover(corners, usable, size)[0] >= 0).unflatten(-1, size)
