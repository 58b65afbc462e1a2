"""Real photographs, where the shared folder is at hand (FER_XAI_SHARED)."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from fer_xai.data.face_table import count_reasons
from fer_xai.data.preparation.prepare import prepare
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.sources.table import TableSource
from fer_xai.data.splits.folds import assign_folds, group_names
from fer_xai.face.landmarks import DlibFinder

SHARED = os.environ.get("FER_XAI_SHARED")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SHARED, reason="FER_XAI_SHARED does not name the shared folder"),
]


@pytest.fixture(scope="module")
def wild() -> Path:
    return Path(str(SHARED)) / "data" / "faces_wild"


@pytest.fixture(scope="module")
def faces(wild: Path, tmp_path_factory: pytest.TempPathFactory) -> PreparedFaces:
    source = TableSource(str(wild / "labels.csv"), subject_regex=r"^(.+)_\d+$")
    return prepare(source.read(), DlibFinder(), tmp_path_factory.mktemp("cache"))


def test_about_three_quarters_hold_a_face_and_every_image_is_accounted_for(faces: PreparedFaces) -> None:
    reasons = count_reasons(faces.left_out)
    assert len(faces) + len(faces.left_out) == 1409
    assert 950 <= len(faces) <= 1150
    assert reasons["expression not in the study"] == 100
    assert set(reasons) <= {
        "expression not in the study",
        "no face found",
        "profile view",
        "face smaller than 24 pixels",
    }


def test_whole_faces_lie_in_their_crops(faces: PreparedFaces) -> None:
    points = faces.landmarks
    assert (points >= -1).all()
    assert (points <= 224).all()
    # Eyes stand in the upper half, side by side, and the chin near the lower edge.
    eyes = np.stack([points[:, 36:42].mean(axis=1), points[:, 42:48].mean(axis=1)], axis=1)
    assert (eyes[:, 0, 0] < eyes[:, 1, 0]).all()
    assert ((eyes[..., 1] > 40) & (eyes[..., 1] < 130)).mean() > 0.99
    assert (points[:, 8, 1] > 180).mean() > 0.99


def test_folds_keep_people_apart(faces: PreparedFaces) -> None:
    folds = assign_folds(faces.frame, 5, 0)
    groups = group_names(faces.frame)
    assert all(len(set(groups[folds == a]) & set(groups[folds == b])) == 0 for a in range(5) for b in range(a))


def test_bad_files_among_good_ones_change_nothing_for_them(wild: Path, tmp_path: Path) -> None:
    images = sorted((wild / "images").glob("*.jpg"))[:12]
    for image in images:
        shutil.copy(image, tmp_path / image.name)
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "cut.jpg").write_bytes(images[0].read_bytes()[:3000])
    lines = [f"{image.name},anger" for image in images] + ["empty.jpg,anger", "cut.jpg,anger", "gone.jpg,anger"]
    (tmp_path / "labels.csv").write_text("image,expression\n" + "\n".join(lines))
    table = TableSource(str(tmp_path / "labels.csv")).read()
    found = prepare(table, DlibFinder(), tmp_path / "cache", expressions=("anger",))
    reasons = dict(zip(found.left_out["image"], found.left_out["reason"], strict=True))
    assert reasons["empty.jpg"] == "cannot be read: empty file"
    assert reasons["cut.jpg"].startswith("cannot be read: image file is truncated")
    assert reasons["gone.jpg"] == "file missing"
    assert len(found) >= 6
