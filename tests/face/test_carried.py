"""References carried to faces: what lies on a landmark of the canonical face lies on it in every face."""

import numpy as np
import pytest
import torch

from fer_xai.errors import UserError
from fer_xai.face.canonical import CANONICAL_POINTS, FRAME_SHAPE
from fer_xai.face.carried import CarriedReference
from fer_xai.face.masks import Reference

TIP, MOUTH = 30, 57


def blob(landmark: int) -> np.ndarray:
    x, y = CANONICAL_POINTS[landmark]
    rows, columns = np.indices(FRAME_SHAPE)
    return np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * 9**2)).astype(np.float32)


@pytest.fixture
def faces() -> torch.Tensor:
    """Landmarks of faces that are smaller, moved and turned, in crops of 112 px."""
    points = torch.tensor(CANONICAL_POINTS[:68]).float() * torch.tensor([112 / 224, 112 / 275])
    turned = torch.tensor([[0.98, -0.17], [0.17, 0.98]])
    return torch.stack([points, 0.7 * points + torch.tensor([20.0, 12.0]), (points - 56) @ turned.T * 0.8 + 56])


def test_a_map_follows_the_landmarks_of_each_face_and_its_class(faces):
    carry = CarriedReference(Reference("r", {"anger": blob(TIP), "fear": blob(MOUTH)}), ["fear", "anger"])
    labels = torch.tensor([1, 0, 1])
    weights, known = carry(labels, faces, 112, 28).unbind(dim=1)
    assert weights.shape == (3, 28, 28)
    for map_, face, label in zip(weights, faces, labels, strict=True):
        place = face[TIP if label else MOUTH] / 4
        total = map_.sum()
        x, y = (map_.sum(axis) @ torch.arange(28.0) / total for axis in (0, 1))
        assert (x.item(), y.item()) == pytest.approx(place.tolist(), abs=0.8)
    assert known[0].min() == 1
    assert known.max() <= 1 + 1e-5


def test_what_a_reference_does_not_know_is_not_known_in_a_face_either(faces):
    class Half(Reference):
        def known_of(self, expression):
            return np.indices(FRAME_SHAPE)[1] < 112

    carry = CarriedReference(Half("half", {"anger": np.ones(FRAME_SHAPE)}), ["anger"])
    weights, known = carry(torch.tensor([0]), faces[:1], 112, 28).unbind(dim=1)
    assert known[0, :, :12].min() > 0.99
    assert known[0, :, 16:].max() < 0.01
    torch.testing.assert_close(weights, known)


def test_every_class_needs_a_map():
    with pytest.raises(UserError, match="has nothing for fear"):
        CarriedReference(Reference("r", {"anger": blob(TIP)}), ["anger", "fear"])
