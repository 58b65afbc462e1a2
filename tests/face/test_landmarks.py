import pickle
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from fer_xai.errors import UserError
from fer_xai.face.detect import dlib_faces, main_face
from fer_xai.face.landmarks import DlibFinder, GivenFinder, GivenOrFound, LocatedFace, NoFace

needs_model = pytest.mark.skipif(find_spec("face_recognition_models") is None, reason="no landmark model installed")
#: Where the eyes of the astronaut are, by eye, in pixels: left one of the picture first.
EYES = np.array([(203.6, 101.0), (247.0, 103.2)])


@pytest.fixture(scope="module")
def photograph() -> np.ndarray:
    return astronaut()


@pytest.fixture(scope="module")
def found(photograph: np.ndarray) -> LocatedFace:
    face = DlibFinder().find(photograph, None)
    assert isinstance(face, LocatedFace)
    return face


def eyes(points: np.ndarray) -> np.ndarray:
    return np.stack([points[36:42].mean(axis=0), points[42:48].mean(axis=0)])


@needs_model
def test_landmarks_lie_on_the_face(found: LocatedFace) -> None:
    assert found.landmarks.shape == (68, 2)
    assert found.score > 0
    assert np.abs(eyes(found.landmarks) - EYES).max() < 3
    # Jaw from the left of the picture to the right; the chin is lowest; brows above eyes above nose above mouth.
    assert found.landmarks[0, 0] < found.landmarks[8, 0] < found.landmarks[16, 0]
    heights = [
        found.landmarks[part, 1].mean() for part in (slice(17, 27), slice(36, 48), slice(31, 36), slice(48, 68), [8])
    ]
    assert heights == sorted(heights)


@needs_model
@pytest.mark.parametrize("scale", [0.3, 0.5, 2.5])
def test_landmarks_are_in_pixels_of_the_picture_whatever_its_size(
    photograph: np.ndarray, found: LocatedFace, scale: float
) -> None:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    face = DlibFinder().find(cv2.resize(photograph, None, fx=scale, fy=scale, interpolation=how), None)
    assert isinstance(face, LocatedFace)
    back = (face.landmarks + 0.5) / scale - 0.5
    distance = np.linalg.norm(back - found.landmarks, axis=1).mean() / np.linalg.norm(np.diff(EYES, axis=0))
    assert distance < 0.08


@needs_model
def test_landmarks_move_with_the_picture(photograph: np.ndarray, found: LocatedFace) -> None:
    moved = np.zeros((600, 620, 3), np.uint8)
    moved[40:552, 30:542] = photograph
    face = DlibFinder().find(moved, None)
    assert isinstance(face, LocatedFace)
    assert np.abs(face.landmarks - (30, 40) - found.landmarks).mean() < 2


@needs_model
def test_tightly_cut_face_is_found_by_its_border(photograph: np.ndarray, found: LocatedFace) -> None:
    tight = np.ascontiguousarray(photograph[95:180, 185:265])
    assert main_face(tight, dlib_faces, border=0) is None
    face = DlibFinder().find(tight, None)
    assert isinstance(face, LocatedFace)
    distance = np.linalg.norm(face.landmarks + np.array([185, 95]) - found.landmarks, axis=1).mean()
    assert distance < 0.08 * np.linalg.norm(np.diff(EYES, axis=0))


@needs_model
def test_largest_face_is_the_main_one(photograph: np.ndarray) -> None:
    head = photograph[:260, 90:350]
    group = np.full((360, 760, 3), 90, np.uint8)
    group[50:310, 20:280] = head
    group[100:256, 500:656] = cv2.resize(head, (156, 156), interpolation=cv2.INTER_AREA)
    for picture, left in ((group, True), (np.ascontiguousarray(group[:, ::-1]), False)):
        face = main_face(picture, dlib_faces)
        assert face is not None
        assert (face.box.middle[0] / face.scale < 380) == left


def test_middle_face_is_the_main_one_among_equals(photograph: np.ndarray) -> None:
    head = photograph[:260, 90:350]
    row = np.full((300, 900, 3), 90, np.uint8)
    row[20:280, 40:300] = head
    row[20:280, 330:590] = head
    face = main_face(row, dlib_faces)
    assert face is not None
    assert 330 < face.box.middle[0] / face.scale < 590


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (24, 36), (200, 200)])
def test_without_a_face_there_is_a_reason(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert DlibFinder().find(image, None) == NoFace("no face found")


@needs_model
def test_finder_travels_to_workers_and_names_its_model(photograph: np.ndarray, found: LocatedFace) -> None:
    finder = DlibFinder()
    finder.check()
    sent = pickle.dumps(finder)
    assert len(sent) < 1000
    face = pickle.loads(sent).find(photograph, None)
    assert isinstance(face, LocatedFace)
    assert (face.landmarks == found.landmarks).all()
    assert len(finder.settings()["model"]) == 64
    assert finder.settings() != DlibFinder(upsample=0).settings()


@needs_model
def test_model_by_path_is_the_same_model(tmp_path: Path) -> None:
    copy = tmp_path / "modèle 68.dat"
    copy.symlink_to(DlibFinder()._file())
    finder = DlibFinder(model=str(copy))
    finder.check()
    assert finder.settings() == DlibFinder().settings()


@pytest.mark.parametrize("content", [b"", b"no model", bytes(5000), np.random.default_rng(0).bytes(5000)])
def test_file_that_is_no_model_is_the_users_mistake(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.dat"
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"landmarks\.model=.*model\.dat is no dlib model of 68 landmarks"):
        DlibFinder(model=str(file)).check()


@needs_model
def test_model_of_five_landmarks_is_refused() -> None:
    five = DlibFinder()._file().with_name("shape_predictor_5_face_landmarks.dat")
    if not five.exists():
        pytest.skip("the package brings no model of five landmarks")
    with pytest.raises(UserError, match="it gives 5"):
        DlibFinder(model=str(five)).check()


def test_missing_model_is_the_users_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"cannot read the landmark model .*none\.dat: No such file"):
        DlibFinder(model=str(tmp_path / "none.dat")).settings()
    monkeypatch.setattr("fer_xai.face.landmarks.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"no landmark model: install .* or set landmarks\.model"):
        DlibFinder().settings()


@needs_model
@pytest.mark.parametrize("pixels", [48, 224])
def test_landmarks_of_a_cut_out_face_are_placed_without_detection(
    photograph: np.ndarray, found: LocatedFace, pixels: int
) -> None:
    """A tight crop of 48 pixels, enlarged: the landmarks lie where those of the whole photograph do."""
    left, top, side = 178, 68, 96
    small = cv2.resize(photograph[top : top + side, left : left + side], (pixels, pixels), interpolation=cv2.INTER_AREA)
    crop = cv2.resize(small, (224, 224), interpolation=cv2.INTER_LINEAR)
    face = DlibFinder().find_whole(crop, None)
    assert isinstance(face, LocatedFace)
    assert np.isnan(face.score)
    back = (face.landmarks + 0.5) * side / 224 - 0.5 + (left, top)
    distance = np.linalg.norm(back - found.landmarks, axis=1).mean() / np.linalg.norm(np.diff(EYES, axis=0))
    assert distance < 0.12
    # Where nothing is a face, they are placed all the same: somebody said that it is one.
    assert isinstance(DlibFinder().find_whole(np.zeros((64, 64, 3), np.uint8), None), LocatedFace)


def test_given_landmarks_of_cut_out_faces_are_taken_and_others_placed(photograph: np.ndarray) -> None:
    points = np.ones((68, 2), np.float32)
    auto = GivenOrFound(GivenFinder())
    given = auto.find_whole(photograph, points)
    assert isinstance(given, LocatedFace)
    assert (given.landmarks == 1).all()
    assert auto.find_whole(photograph, None) == NoFace("no landmarks given")


def test_given_landmarks_are_passed_on() -> None:
    points = np.arange(136, dtype=np.float32).reshape(68, 2)
    face = GivenFinder().find(np.zeros((2, 2, 3), np.uint8), points)
    assert isinstance(face, LocatedFace)
    assert (face.landmarks == points).all()
    assert np.isnan(face.score)
    points[3, 1] = np.nan
    for given in (None, points):
        assert GivenFinder().find(np.zeros((2, 2, 3), np.uint8), given) == NoFace("no landmarks given")


def test_auto_takes_what_is_given_and_finds_the_rest(photograph: np.ndarray) -> None:
    auto = GivenOrFound(DlibFinder())
    points = np.zeros((2, 68, 2), np.float32)
    assert auto.finder_for(None) == DlibFinder()
    assert auto.finder_for(points) == GivenFinder()
    points[1, 4] = np.nan
    assert auto.finder_for(points) is auto
    given = auto.find(photograph, points[0])
    assert isinstance(given, LocatedFace)
    assert (given.landmarks == 0).all()


@needs_model
def test_auto_finds_what_is_not_given(photograph: np.ndarray, found: LocatedFace) -> None:
    auto = GivenOrFound(DlibFinder())
    for given in (None, np.full((68, 2), np.nan, np.float32)):
        face = auto.find(photograph, given)
        assert isinstance(face, LocatedFace)
        assert (face.landmarks == found.landmarks).all()
    assert auto.settings() != GivenOrFound(DlibFinder(upsample=0)).settings()
    with pytest.raises(UserError):
        GivenOrFound(DlibFinder(model=__file__)).check()
