import numpy as np
import pytest
from skimage.data import astronaut

from fer_xai.errors import UserError
from fer_xai.face.alignments.noise import NoisyLandmarks
from fer_xai.face.alignments.second_finder import SecondFinder
from fer_xai.face.alignments.similarity import Similarity
from fer_xai.face.canonical import CANONICAL_POINTS
from fer_xai.face.landmarks import GivenFinder, LocatedFace, NoFace

FACE = CANONICAL_POINTS[:68]
CROPS = np.zeros((2000, 1, 1, 3), np.uint8)


def eyes_apart(points: np.ndarray) -> float:
    return float(np.linalg.norm(points[36:42].mean(0) - points[42:48].mean(0)))


def test_noise_has_its_size_in_distances_of_the_eyes() -> None:
    faces = np.stack([FACE, 0.5 * FACE])[np.arange(2000) % 2]
    names = [f"{number}.png" for number in range(2000)]
    moved = NoisyLandmarks(0.05).place(faces, CROPS, names) - faces
    for number, face in enumerate((FACE, 0.5 * FACE)):
        noise = moved[number::2] / eyes_apart(face)
        assert noise.std() == pytest.approx(0.05, rel=0.01)
        assert np.abs(noise.mean(axis=0)).max() < 0.01
    x, y = (moved / eyes_apart(FACE))[::2, :, 0].ravel(), (moved / eyes_apart(FACE))[::2, :, 1].ravel()
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.02


def test_noise_of_an_image_is_its_own_whatever_stands_beside_it() -> None:
    faces = np.stack([FACE] * 3)
    noise = NoisyLandmarks(0.1)
    three = noise.place(faces, CROPS[:3], ["a.png", "b.png", "c.png"])
    assert (noise.place(faces[:1], CROPS[:1], ["b.png"])[0] == three[1]).all()
    assert (three[0] != three[1]).all()
    assert (NoisyLandmarks(0.1, seed=1).place(faces[:1], CROPS[:1], ["b.png"])[0] != three[1]).all()
    # Twice the size is the same noise twice as large.
    doubled = NoisyLandmarks(0.2).place(faces, CROPS[:3], ["a.png", "b.png", "c.png"])
    assert np.allclose(doubled - faces, 2 * (three - faces))


def test_noise_of_no_image_is_none() -> None:
    assert NoisyLandmarks(0.1).place(np.zeros((0, 68, 2)), CROPS[:0], []).shape == (0, 68, 2)


@pytest.mark.parametrize("share", [0, -0.1, 1.5, float("nan")])
def test_noise_without_a_size_is_refused(share: float) -> None:
    with pytest.raises(UserError, match="noise of share="):
        NoisyLandmarks(share)


def turned(points: np.ndarray, degrees: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return scale * points @ turn + shift


def test_similarity_of_a_turned_canonical_face_is_that_face() -> None:
    faces = np.stack([turned(FACE, 25, 0.6, (40, -3)), turned(FACE, -80, 2, (0, 9))])
    assert np.allclose(Similarity().place(faces, CROPS[:2], ["", ""]), faces)


def test_similarity_is_the_best_one_by_squares() -> None:
    """An oracle that knows no complex numbers: every small change of turn, scale or shift lies further away."""
    face = FACE * (0.8, 1.1) + np.random.default_rng(0).normal(0, 4, FACE.shape)
    (placed,) = Similarity().place(face[None], CROPS[:1], [""])
    least = ((placed - face) ** 2).sum()
    middle = placed.mean(axis=0)
    for degrees, scale, shift in ((0.2, 1, (0, 0)), (-0.2, 1, (0, 0)), (0, 1.002, (0, 0)), (0, 0.998, (0, 0))):
        assert ((turned(placed - middle, degrees, scale, shift) + middle - face) ** 2).sum() > least
    for shift in ((0.1, 0), (-0.1, 0), (0, 0.1), (0, -0.1)):
        assert ((placed + shift - face) ** 2).sum() > least
    # Nothing is bent: distances stand in one proportion.
    ratio = np.linalg.norm(placed[:, None] - placed, axis=-1) / np.maximum(
        np.linalg.norm(FACE[:, None] - FACE, axis=-1), 1
    )
    assert np.ptp(ratio[~np.eye(68, dtype=bool)]) < 1e-9


class Finds:
    """Finds a face in bright pictures."""

    uses_given = False

    def find(self, image, given):
        return LocatedFace(FACE + image[0, 0, 0], 1.0) if image.any() else NoFace("dark")

    def check(self):
        raise UserError("nothing to see with")


def test_second_finder_sees_each_crop_and_tells_what_it_does_not_find() -> None:
    crops = np.stack([np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 7, np.uint8)])
    placed = SecondFinder(Finds(), "by Finds").place(np.stack([FACE, FACE]), crops, ["", ""])
    assert np.isnan(placed[0]).all()
    assert (placed[1] == FACE + 7).all()
    with pytest.raises(UserError, match="nothing to see with"):
        SecondFinder(Finds(), "").check()


def test_given_landmarks_are_no_second_finding() -> None:
    placed = SecondFinder(GivenFinder(), "").place(FACE[None], astronaut()[None], [""])
    assert np.isnan(placed).all()
