"""Copies are found, and pictures that are only alike are not."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_xai.data.duplicates import MOST_BITS, close_pairs, find_duplicates, worst_difference
from fer_xai.data.prepare import PreparedFaces
from fer_xai.data.records import Crops
from fer_xai.data.splits.kfold import KFold
from fer_xai.data.synthetic.source import SyntheticSource
from fer_xai.data.thumbnails import Thumbnails, thumbnail
from fer_xai.expressions import EXPRESSIONS


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Three people with six expressions and two pictures of each."""
    cache = tmp_path_factory.mktemp("drawn")
    return SyntheticSource(subjects=3, per_expression=2, cache_dir=str(cache), workers=1).read().frame


def faces_of(rows: list[tuple[Path | str, str]], folder: Path) -> PreparedFaces:
    """Picture files with their subjects, as if they had been prepared."""
    frame = pd.DataFrame(rows, columns=["path", "subject"]).astype(str)
    content = [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in frame["path"]]
    frame = frame.assign(
        image=[f"{i}.png" for i in range(len(frame))], dataset="d", expression="anger", content=content
    )
    none = np.zeros(len(frame), dtype=np.int64)
    crops = Crops(folder / "crops.bin", none, none, 64)
    return PreparedFaces(frame, crops, np.zeros((len(frame), 68, 2)), pd.DataFrame(), "", EXPRESSIONS)


def copies_of(path: str, folder: Path) -> list[Path]:
    """The same bytes, JPEG, smaller, larger, smaller in another shape and without colour."""
    picture = Image.open(path).convert("RGB")
    name = Path(path).stem
    changed = {
        "jpeg.jpg": (picture, {"quality": 40}),
        "small.png": (picture.resize((picture.width // 3, picture.height // 3)), {}),
        "large.jpg": (picture.resize((picture.width * 2, picture.height * 2)), {"quality": 80}),
        "grey.png": (picture.convert("L").resize((100, 90)), {}),
    }
    for ending, (copy, settings) in changed.items():
        copy.save(folder / f"{name}-{ending}", **settings)
    (folder / f"{name}-same.png").write_bytes(Path(path).read_bytes())
    return [folder / f"{name}-{ending}" for ending in [*changed, "same.png"]]


def test_different_pictures_of_drawn_people_are_no_copies(drawn: pd.DataFrame, tmp_path: Path) -> None:
    found = find_duplicates(faces_of([(path, "") for path in drawn["path"]], tmp_path), workers=1)
    assert (found.groups == -1).all()
    assert (found.names == "").all()
    assert found.report.empty
    assert found.summary() == "no copies among the images"


def test_copies_of_all_kinds_are_one_group_and_never_straddle(drawn: pd.DataFrame, tmp_path: Path) -> None:
    one, two = drawn["path"].iloc[0], drawn["path"].iloc[20]
    rows = [(path, "") for path in [one, *copies_of(one, tmp_path), two, *copies_of(two, tmp_path)]]
    others = [(path, "") for path in drawn["path"].iloc[[3, 5, 8, 13]]]
    faces = faces_of(rows + others, tmp_path)
    found = find_duplicates(faces, workers=1)
    assert found.groups.tolist() == [0] * 6 + [1] * 6 + [-1] * 4
    kinds = found.report.set_index("image")["kind"]
    assert kinds[["0.png", "5.png", "6.png", "11.png"]].tolist() == ["exact"] * 4
    assert (kinds.drop(["0.png", "5.png", "6.png", "11.png"]) == "near").all()
    assert found.across == ()
    assert found.summary() == "12 images are copies of one another (near 8, exact 4), in 2 groups"
    frame = found.mark(faces).frame
    for fold in range(3):
        words = pd.Series(KFold(3, 0.25).parts(frame, fold).words(len(frame)))
        assert (words.groupby(found.groups).nunique()[[0, 1]] == 1).all()


def test_copies_under_two_subjects_are_reported_and_not_merged(drawn: pd.DataFrame, tmp_path: Path) -> None:
    path = drawn["path"].iloc[0]
    jpeg = copies_of(path, tmp_path)[0]
    faces = faces_of([(path, "ann"), (jpeg, "bob"), (drawn["path"].iloc[7], "cid")], tmp_path)
    found = find_duplicates(faces, workers=1)
    assert found.groups.tolist() == [0, 0, -1]
    assert found.across == (0,)
    assert found.report["subject"].tolist() == ["ann", "bob"]
    assert found.report.columns.tolist()[:5] == ["image", "subject", "dataset", "group", "kind"]
    assert "1 groups hold images of different subjects" in found.summary()
    # Either is tested without the other being trained on.
    frame = found.mark(faces).frame
    for fold in range(3):
        words = KFold(3, 0.0).parts(frame, fold).words(3)
        assert sorted(words[:2]) in (["left_out", "test"], ["train", "train"])


def test_a_second_look_reads_no_picture(drawn: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faces = faces_of([(path, "") for path in drawn["path"].iloc[:4]], tmp_path)
    first = find_duplicates(faces, workers=1)
    monkeypatch.setattr("fer_xai.data.thumbnails.read_image", None)
    again = find_duplicates(faces, workers=1)
    assert (again.groups == first.groups).all()


def test_a_file_that_has_gone_has_no_copy_and_a_damaged_cache_is_made_anew(drawn: pd.DataFrame, tmp_path: Path) -> None:
    path = drawn["path"].iloc[0]
    jpeg, small = copies_of(path, tmp_path)[:2]
    faces = faces_of([(path, ""), (jpeg, ""), (small, "")], tmp_path)
    small.unlink()
    (tmp_path / "thumbnails.sqlite").write_bytes(b"no database at all" * 100)
    assert find_duplicates(faces, workers=1).groups.tolist() == [0, 0, -1]
    assert Thumbnails(tmp_path / "thumbnails.sqlite").hashes([faces.frame["content"][2]]) == {}


def test_names_of_groups_do_not_depend_on_the_order_of_rows(drawn: pd.DataFrame, tmp_path: Path) -> None:
    one, two = drawn["path"].iloc[0], drawn["path"].iloc[20]
    faces = faces_of([(p, "") for path in (one, two) for p in (path, copies_of(path, tmp_path)[0])], tmp_path)
    names = find_duplicates(faces, workers=1).names
    turned = replace(faces, frame=faces.frame.iloc[::-1].reset_index(drop=True))
    assert (find_duplicates(turned, workers=1).names[::-1] == names).all()


def test_close_pairs_are_those_of_comparing_all_with_all() -> None:
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (300, 256), dtype=np.uint8)
    # Neighbours of some of them, at distances around the limit.
    near = bits[:100].copy()
    for row, distance in zip(near, rng.integers(MOST_BITS - 4, MOST_BITS + 5, 100), strict=True):
        row[rng.choice(256, distance, replace=False)] ^= 1
    bits = np.concatenate([bits, near, bits[:3]])
    distance = (bits[:, None] != bits[None]).sum(axis=2)
    expected = np.argwhere(np.triu(distance <= MOST_BITS, 1))
    assert len(expected) > 30
    assert (close_pairs(np.packbits(bits, axis=1), MOST_BITS) == expected).all()


def test_a_change_in_one_place_counts_and_brightness_does_not() -> None:
    rng = np.random.default_rng(1)
    picture = np.asarray(Image.fromarray(rng.integers(40, 160, (12, 12), dtype=np.uint8)).resize((64, 64)))
    changed = picture.copy()
    changed[40:50, 24:40] = 250
    brighter = (picture * 1.3 + 10).astype(np.uint8)
    same, bright, other = worst_difference(np.stack([picture] * 3), np.stack([picture, brighter, changed]))
    assert same < 1e-3
    assert bright < 0.05
    assert other > 0.5
    flat = np.full((1, 64, 64), 90, dtype=np.uint8)
    assert worst_difference(flat, flat)[0] == np.inf


def test_thumbnails_of_any_shape() -> None:
    wide = np.zeros((30, 200, 3), dtype=np.uint8)
    wide[:, 100:] = 255
    small = thumbnail(wide)
    assert small.shape == (64, 64)
    assert small[:, :28].max() < 20
    assert small[:, 36:].min() > 235
