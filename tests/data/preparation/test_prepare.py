import logging
import pickle
import struct
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.made_up_faces import LANDMARKS, made_up_table
from hydra.utils import instantiate
from PIL import Image

from fer_xai.data.face_table import FaceTable
from fer_xai.data.preparation.crop import eye_line
from fer_xai.data.preparation.prepare import prepare
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.errors import UserError
from fer_xai.face.landmarks import GivenFinder, LocatedFace, NoFace


@dataclass(frozen=True)
class CountingFinder(GivenFinder):
    """Notes every picture that it is asked about, and fails when it has been asked `most` times."""

    asked: list[int] = field(default_factory=list)
    most: int = 10**9

    def find(self, image: np.ndarray, given: np.ndarray | None) -> LocatedFace | NoFace:
        if len(self.asked) >= self.most:
            raise KeyboardInterrupt
        self.asked.append(int(image.sum()))
        return super().find(image, given)


@pytest.fixture
def table(tmp_path: Path) -> FaceTable:
    return made_up_table(tmp_path / "pictures of Zoë")


def luma(image: np.ndarray) -> np.ndarray:
    """Brightness of RGB (..., 3), as Pillow weighs it."""
    return image @ (0.299, 0.587, 0.114)


def bomb() -> bytes:
    """A small file that says that it is a picture of 60,000 x 60,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


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
    prints.add(prepared(table, tmp_path, align=False).fingerprint)
    prints.add(prepared(replace(table, frame=table.frame.assign(cropped=True)), tmp_path).fingerprint)
    frame = table.frame.copy()
    frame.loc[[0, 6], "expression"] = ["disgust", "disgust"]
    prints.add(prepared(replace(table, frame=frame), tmp_path).fingerprint)
    prints.add(prepared(replace(table, frame=table.frame.assign(subject="x")), tmp_path).fingerprint)
    assert table.landmarks is not None
    prints.add(prepared(replace(table, landmarks=table.landmarks + 1), tmp_path).fingerprint)
    Image.new("RGB", (120, 100), "red").save(table.frame["path"][3])
    prints.add(prepared(table, tmp_path).fingerprint)
    assert len(prints) == 9


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
    assert len(prepared(table, tmp_path, all_there=False)) == 25
    with pytest.raises(UserError, match=r"contempt \(none in the table\)"):
        prepared(table, tmp_path, expressions=("anger", "contempt"))
    table.landmarks[:] = np.nan
    with pytest.raises(UserError, match=r"none of 30 images can be used \(no landmarks given 30\)"):
        prepared(table, tmp_path, all_there=False)


def test_settings_out_of_range_and_missing_landmarks(table: FaceTable, tmp_path: Path) -> None:
    for setting, value in (("crop_size", 8), ("margin", -0.1), ("workers", 0)):
        with pytest.raises(UserError, match=rf"prepare\.{setting}="):
            prepared(table, tmp_path, **{setting: value})
    with pytest.raises(UserError, match="landmarks=given, but the data come without"):
        prepared(replace(table, landmarks=None), tmp_path)


def test_equal_pictures_share_a_crop_and_keep_their_rows(table: FaceTable, tmp_path: Path) -> None:
    Path(table.frame["path"][9]).write_bytes(Path(table.frame["path"][3]).read_bytes())
    faces = prepared(table, tmp_path)
    assert len(faces) == 30
    assert faces.crops.starts[9] == faces.crops.starts[3]
    assert faces.frame["content"][9] == faces.frame["content"][3]


def test_crops_travel_to_workers_as_a_path(table: FaceTable, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="fer_xai"):
        faces = prepared(table, tmp_path)
    assert "30 faces" in caplog.text
    sent = pickle.dumps(faces.crops)
    assert len(sent) < 2000
    assert (pickle.loads(sent)[4] == faces.crops[4]).all()


def test_landmarks_of_cut_out_faces_are_scaled_with_the_whole_square(table: FaceTable, tmp_path: Path) -> None:
    faces = prepared(replace(table, frame=table.frame.assign(cropped=True)), tmp_path)
    # 120 x 100 pixels stand in the middle of a square of 120, which is reduced to 64.
    expected = (LANDMARKS + (0, 10) + 0.5) * 64 / 120 - 0.5
    np.testing.assert_allclose(faces.landmarks[4], expected, atol=1e-4)
    assert faces.frame["inside"][4] == pytest.approx(100 / 120)
    assert faces.frame["size"][4] == pytest.approx(np.ptp(LANDMARKS, axis=0).max(), abs=1e-3)
    assert (faces.crops[4][:5] == 0).all()
    assert (faces.crops[4][-5:] == 0).all()


def test_only_the_pictures_that_are_cut_out_are_taken_whole(table: FaceTable, tmp_path: Path) -> None:
    cropped = np.arange(30) % 2 == 0
    mixed = prepared(replace(table, frame=table.frame.assign(cropped=cropped)), tmp_path)
    plain = prepared(table, tmp_path)
    same = [bool((mixed.crops[i] == plain.crops[i]).all()) for i in range(30)]
    assert same == (~cropped).tolist()


def test_roll_is_that_of_the_head_in_the_picture(table: FaceTable, tmp_path: Path) -> None:
    """A crop that is turned with the head shows it upright; the figures still tell how it was held."""
    assert table.landmarks is not None
    angle = np.radians(20)
    turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
    middle = LANDMARKS.mean(axis=0)
    table.landmarks[:] = (LANDMARKS - middle) @ turn.T + middle
    aligned, plain = (prepared(table, tmp_path, align=align) for align in (True, False))
    assert aligned.frame["turned"].to_numpy() == pytest.approx(20 + eye_line(LANDMARKS), abs=1e-3)
    assert (plain.frame["turned"] == 0).all()
    np.testing.assert_allclose(aligned.frame["roll"], plain.frame["roll"], atol=0.5)
    eyes = aligned.landmarks[:, 36:48].reshape(-1, 2, 6, 2).mean(axis=2)
    np.testing.assert_allclose(eyes[:, 0, 1], eyes[:, 1, 1], atol=1e-3)


@dataclass(frozen=True)
class CornerFinder:
    """A finder of somebody else's: a face that fills the middle of every picture."""

    share: float
    uses_given: bool = field(default=False, init=False)

    def find(self, image: np.ndarray, given: np.ndarray | None) -> LocatedFace | NoFace:
        if image.mean() < 1:
            return NoFace("all black")
        middle = np.array(image.shape[1::-1]) / 2
        size = self.share * min(image.shape[:2])
        return LocatedFace((LANDMARKS - LANDMARKS.mean(axis=0)) / 70 * size + middle, 0.5)

    def find_whole(self, crop: np.ndarray, given: np.ndarray | None) -> LocatedFace | NoFace:
        return self.find(crop, given)

    def settings(self) -> dict[str, Any]:
        return {"finder": "corner", "share": self.share}

    def check(self) -> None:
        if not 0 < self.share < 1:
            raise UserError(f"landmarks.share={self.share}: it lies between 0 and 1")


def test_another_finder_takes_the_place_of_dlib_by_its_config(table: FaceTable, tmp_path: Path) -> None:
    config = {"_target_": f"{__name__}.CornerFinder", "share": 0.6}
    Image.new("RGB", (120, 100)).save(table.frame["path"][3])
    faces = prepared(table, tmp_path, finder=instantiate(config))
    assert len(faces) == 29
    assert (faces.frame["score"] == 0.5).all()
    assert faces.left_out["reason"].tolist() == ["all black"]
    assert prepared(table, tmp_path, finder=instantiate(config, share=0.7)).fingerprint != faces.fingerprint
    with pytest.raises(UserError, match=r"landmarks\.share=2"):
        prepared(table, tmp_path, finder=instantiate(config, share=2))


def test_uncommon_kinds_of_pictures_are_read_and_bad_ones_left_out(table: FaceTable, tmp_path: Path) -> None:
    path = [Path(p) for p in table.frame["path"]]
    original = prepared(table, tmp_path / "original")
    picture = Image.open(path[0]).convert("RGB")
    deep = np.asarray(picture.convert("L")).astype(np.uint16) * 257
    kinds = {0: picture.convert("P"), 1: picture.convert("RGBA"), 2: Image.fromarray(deep), 3: picture.convert("1")}
    for row, other in kinds.items():
        other.save(path[row], "PNG")
    picture.convert("CMYK").save(path[4], "TIFF")
    path[5].write_bytes(b"")
    path[6].write_bytes(path[7].read_bytes()[:900])
    path[8].write_bytes(bomb())
    faces = prepared(table, tmp_path)
    reasons = dict(zip(faces.left_out["image"], faces.left_out["reason"], strict=True))
    assert list(reasons) == table.frame["image"][[5, 6, 8]].tolist()
    assert [reason.split(": ")[0] for reason in reasons.values()] == ["cannot be read"] * 3
    assert "more than 89478485" in reasons[table.frame["image"][8]]
    # Equal pictures in other clothes give nearly equal crops; the one of two values only is black and white.
    for row, most in ((0, 12), (1, 0), (2, 2), (4, 3)):
        shown, expected = faces.crops[row].astype(float), np.asarray(original.crops[0]).astype(float)
        difference = np.abs(shown - expected).mean() if row != 2 else np.abs(shown.mean(axis=2) - luma(expected)).mean()
        assert difference <= most
