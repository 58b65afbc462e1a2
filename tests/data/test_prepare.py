import logging
import pickle
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_up_faces import LANDMARKS, made_up_table
from PIL import Image

from fer_xai.data.prepare import PreparedFaces, prepare
from fer_xai.data.table import FaceTable
from fer_xai.errors import UserError
from fer_xai.face.landmarks import Found, GivenFinder, NotFound


@dataclass(frozen=True)
class CountingFinder(GivenFinder):
    """Notes every picture that it is asked about, and fails when it has been asked `most` times."""

    asked: list[int] = field(default_factory=list)
    most: int = 10**9

    def find(self, image: np.ndarray, given: np.ndarray | None) -> Found | NotFound:
        if len(self.asked) >= self.most:
            raise KeyboardInterrupt
        self.asked.append(int(image.sum()))
        return super().find(image, given)


@pytest.fixture
def table(tmp_path: Path) -> FaceTable:
    return made_up_table(tmp_path / "pictures of Zoë")


def prepared(table: FaceTable, cache: Path, **settings: Any) -> PreparedFaces:
    return prepare(table, **{"finder": GivenFinder(), "cache": cache, "crop_size": 64, "workers": 1, **settings})


def test_faces_come_in_the_order_of_the_table(table: FaceTable, tmp_path: Path) -> None:
    faces = prepared(table, tmp_path)
    assert len(faces) == len(faces.crops) == 30
    assert faces.frame["image"].tolist() == table.frame["image"].tolist()
    assert faces.labels.tolist() == [0, 1, 2, 3, 4, 5] * 5
    assert faces.landmarks.shape == (30, 68, 2)
    assert faces.landmarks.dtype == np.float32
    assert faces.left_out.empty
    assert faces.summary() == "30 faces, 0 images left out"


def test_crops_show_what_lies_under_the_landmarks(table: FaceTable, tmp_path: Path) -> None:
    faces = prepared(table, tmp_path, crop_size=224)
    for row in (0, 17):
        picture = np.asarray(Image.open(table.frame["path"][row])).astype(float)
        x, y = LANDMARKS[[30, 36, 45, 48]].round().astype(int).T
        u, v = (faces.landmarks[row, [30, 36, 45, 48]]).round().astype(int).T
        assert np.abs(picture[y, x] - faces.crops[row][v, u]).mean() < 8


def test_parallel_and_sequential_preparation_agree(table: FaceTable, tmp_path: Path) -> None:
    one, two = prepared(table, tmp_path / "1"), prepared(table, tmp_path / "2", workers=2)
    assert one.fingerprint == two.fingerprint
    assert all((one.crops[i] == two.crops[i]).all() for i in range(30))


def test_second_start_asks_for_nothing(table: FaceTable, tmp_path: Path) -> None:
    first, second = CountingFinder(), CountingFinder()
    one, two = (prepared(table, tmp_path, finder=finder) for finder in (first, second))
    assert len(first.asked) == 30
    assert second.asked == []
    pd.testing.assert_frame_equal(one.frame, two.frame)
    assert (one.landmarks == two.landmarks).all()
    assert one.fingerprint == two.fingerprint


def test_interrupted_preparation_goes_on_where_it_stopped(table: FaceTable, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        prepared(table, tmp_path / "cache", finder=CountingFinder(most=11))
    after = CountingFinder()
    faces = prepared(table, tmp_path / "cache", finder=after)
    assert len(after.asked) == 19
    whole = prepared(table, tmp_path / "other")
    assert faces.fingerprint == whole.fingerprint
    assert all((faces.crops[i] == whole.crops[i]).all() for i in range(30))


def test_moved_and_renamed_pictures_are_not_prepared_again(table: FaceTable, tmp_path: Path) -> None:
    one = prepared(table, tmp_path)
    moved = tmp_path / "moved"
    Path(table.frame["path"][0]).parent.rename(moved)
    frame = table.frame.assign(
        path=[str(moved / name) for name in table.frame["image"]], image=[f"x{i}" for i in range(30)]
    )
    finder = CountingFinder()
    two = prepared(replace(table, frame=frame), tmp_path, finder=finder)
    assert finder.asked == []
    assert one.fingerprint == two.fingerprint


def test_fingerprint_follows_contents_labels_and_settings(table: FaceTable, tmp_path: Path) -> None:
    prints = {prepared(table, tmp_path).fingerprint, prepared(table, tmp_path, margin=0.1).fingerprint}
    prints.add(prepared(table, tmp_path, crop_size=32).fingerprint)
    frame = table.frame.copy()
    frame.loc[[0, 6], "expression"] = ["disgust", "disgust"]
    prints.add(prepared(replace(table, frame=frame), tmp_path).fingerprint)
    prints.add(prepared(replace(table, frame=table.frame.assign(subject="x")), tmp_path).fingerprint)
    assert table.landmarks is not None
    prints.add(prepared(replace(table, landmarks=table.landmarks + 1), tmp_path).fingerprint)
    Image.new("RGB", (120, 100), "red").save(table.frame["path"][3])
    prints.add(prepared(table, tmp_path).fingerprint)
    assert len(prints) == 7


def test_bad_pictures_are_left_out_with_the_reason(table: FaceTable, tmp_path: Path) -> None:
    path = [Path(p) for p in table.frame["path"]]
    path[0].unlink()
    path[1].write_bytes(b"")
    path[2].write_text("no picture")
    path[3].write_bytes(path[3].read_bytes()[:300])
    path[4].unlink()
    path[4].mkdir()
    assert table.landmarks is not None
    table.landmarks[5] = np.nan
    table.landmarks[6] += 500
    table.landmarks[7] = table.landmarks[7] / 10 + 50
    faces = prepared(table, tmp_path)
    assert len(faces) == 22
    reasons = dict(zip(faces.left_out["image"], faces.left_out["reason"], strict=True))
    assert list(reasons) == table.frame["image"][:8].tolist()
    assert [reason.split(": ")[0] for reason in reasons.values()] == [
        "file missing",
        *["cannot be read"] * 4,
        "no landmarks given",
        "landmarks lie outside the picture",
        "face smaller than 24 pixels",
    ]
    assert reasons["p0_disgust.png"] == "cannot be read: empty file"
    assert "8 images left out (cannot be read 4" in faces.summary()


def test_expression_without_a_usable_image_is_named(table: FaceTable, tmp_path: Path) -> None:
    assert table.landmarks is not None
    table.landmarks[2::6] = np.nan
    with pytest.raises(UserError, match=r"no usable image of fear \(no landmarks given 5\)"):
        prepared(table, tmp_path)
    assert len(prepared(table, tmp_path, expressions=("anger", "surprise"))) == 25
    with pytest.raises(UserError, match=r"contempt \(none in the table\)"):
        prepared(table, tmp_path, expressions=("anger", "contempt"))


def test_settings_out_of_range_and_missing_landmarks(table: FaceTable, tmp_path: Path) -> None:
    for setting, value in (("crop_size", 8), ("margin", -0.1), ("workers", 0)):
        with pytest.raises(UserError, match=rf"prepare\.{setting} is"):
            prepared(table, tmp_path, **{setting: value})
    with pytest.raises(UserError, match="landmarks=given, but the data come without"):
        prepared(replace(table, landmarks=None), tmp_path)


def test_equal_pictures_share_a_crop_and_keep_their_rows(table: FaceTable, tmp_path: Path) -> None:
    Path(table.frame["path"][9]).write_bytes(Path(table.frame["path"][3]).read_bytes())
    faces = prepared(table, tmp_path)
    assert len(faces) == 30
    assert faces.crops.slots[9] == faces.crops.slots[3]
    assert faces.frame["content"][9] == faces.frame["content"][3]


def test_crops_travel_to_workers_as_a_path(table: FaceTable, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="fer_xai"):
        faces = prepared(table, tmp_path)
    assert "30 faces" in caplog.text
    sent = pickle.dumps(faces.crops)
    assert len(sent) < 2000
    assert (pickle.loads(sent)[4] == faces.crops[4]).all()
