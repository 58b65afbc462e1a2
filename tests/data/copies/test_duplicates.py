"""Copies are found, and pictures that are only alike are not."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_xai.data.copies.duplicates import Duplicates, find_duplicates
from fer_xai.data.copies.picture_pairs import MOST_BITS, close_pairs, worst_difference
from fer_xai.data.copies.thumbnails import Thumbnails, thumbnail
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.preparation.records import Crops
from fer_xai.data.splits.base import showing_same_picture_as
from fer_xai.data.splits.kfold import KFold
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.prototypes import PROTOTYPES
from fer_xai.synthetic.face import draw_face
from fer_xai.synthetic.identity import draw_identity
from fer_xai.synthetic.scene import draw_scene
from fer_xai.synthetic.source import SyntheticSource


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Three people with six expressions and two pictures of each."""
    cache = tmp_path_factory.mktemp("drawn")
    return SyntheticSource(subjects=3, per_expression=2, cache_dir=str(cache), workers=1).read().frame


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Successive frames of 48 pixels of two people who show two expressions a little more from frame to frame."""
    folder, rows = tmp_path_factory.mktemp("film"), []
    for subject in range(2):
        person, scene = draw_identity(0, subject), draw_scene(0, subject, 0)
        for expression in ("happiness", "surprise"):
            for number, strength in enumerate((0.0, 0.7, 0.75, 0.8)):
                units = {unit: strength * weight for unit, weight in PROTOTYPES[expression].items()}
                image = Image.fromarray(draw_face(person, units, scene, 192).image).convert("L").resize((48, 48))
                path = folder / f"{subject}{expression}{number}.png"
                image.save(path)
                rows.append((str(path), f"p{subject}", expression, number))
    return pd.DataFrame(rows, columns=["path", "subject", "expression", "number"])


def faces_of(rows: list[tuple[Path | str, str]], folder: Path, **columns: list[str]) -> PreparedFaces:
    """Picture files with their subjects, as if they had been prepared."""
    frame = pd.DataFrame(rows, columns=["path", "subject"]).astype(str)
    content = [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in frame["path"]]
    frame = frame.assign(
        image=[f"{i}.png" for i in range(len(frame))], dataset="d", expression="anger", content=content
    ).assign(**columns)
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


def film_faces(film: pd.DataFrame, folder: Path, **columns: list[str]) -> PreparedFaces:
    rows = list(zip(film["path"], columns.pop("subject", film["subject"]), strict=True))
    return faces_of(rows, folder, **{"expression": film["expression"].tolist(), **columns})


def rows_of(found: Duplicates) -> list[tuple[str, list[int], tuple[str, ...]]]:
    return [(group.kind, group.rows.tolist(), group.across) for group in found.groups]


def test_different_pictures_of_drawn_people_are_no_copies(drawn: pd.DataFrame, tmp_path: Path) -> None:
    found = find_duplicates(faces_of([(path, "") for path in drawn["path"]], tmp_path), workers=1)
    assert found.groups == ()
    assert (found.copies == "").all()
    assert (found.kept_together == "").all()
    assert (found.near == "").all()
    assert found.report.empty
    assert found.summary() == "no copies among the images"


def test_copies_of_all_kinds_are_one_group_and_never_straddle(drawn: pd.DataFrame, tmp_path: Path) -> None:
    one, two = drawn["path"].iloc[0], drawn["path"].iloc[20]
    rows = [(path, "") for path in [one, *copies_of(one, tmp_path), two, *copies_of(two, tmp_path)]]
    others = [(path, "") for path in drawn["path"].iloc[[3, 5, 8, 13]]]
    faces = faces_of(rows + others, tmp_path)
    found = find_duplicates(faces, workers=1)
    assert rows_of(found) == [("re-encoded", [*range(6)], ()), ("re-encoded", [*range(6, 12)], ())]
    kinds = found.report.set_index("image")["kind"]
    assert kinds[["0.png", "5.png", "6.png", "11.png"]].tolist() == ["exact"] * 4
    assert (kinds.drop(["0.png", "5.png", "6.png", "11.png"]) == "re-encoded").all()
    assert found.across == ()
    assert found.summary() == "12 images are copies of one another (re-encoded 8, exact 4), in 2 groups"
    frame = found.mark(faces).frame
    for fold in range(3):
        words = pd.Series(KFold(3, 0.25).parts(frame, fold).words(len(frame)))
        assert words[:6].nunique() == words[6:12].nunique() == 1


def test_copies_under_two_subjects_are_reported_and_not_merged(drawn: pd.DataFrame, tmp_path: Path) -> None:
    path = drawn["path"].iloc[0]
    jpeg = copies_of(path, tmp_path)[0]
    faces = faces_of([(path, "ann"), (jpeg, "bob"), (drawn["path"].iloc[7], "cid")], tmp_path)
    found = find_duplicates(faces, workers=1)
    assert rows_of(found) == [("re-encoded", [0, 1], ("subjects",))]
    assert found.report["subject"].tolist() == ["ann", "bob"]
    assert found.report["across"].tolist() == ["subjects", "subjects"]
    assert "1 group holds images of different subjects (see duplicates.csv)" in found.summary()
    # Either is tested without the other being trained on.
    frame = found.mark(faces).frame
    for fold in range(3):
        words = KFold(3, 0.0).parts(frame, fold).words(3)
        assert sorted(words[:2]) in (["left_out", "test"], ["train", "train"])


def test_the_same_pixels_in_another_file_are_exact_and_another_picture_of_the_same_form_is_not_encoded_anew(
    drawn: pd.DataFrame, tmp_path: Path
) -> None:
    picture = Image.open(drawn["path"].iloc[0]).convert("RGB").resize((96, 96))
    picture.save(tmp_path / "one.png")
    picture.save(tmp_path / "same.bmp")
    changed = np.asarray(picture).copy()
    changed[40:44, 40:44] += 8
    Image.fromarray(changed).save(tmp_path / "changed.png")
    found = find_duplicates(faces_of([(p, "") for p in sorted(tmp_path.iterdir())], tmp_path), workers=1)
    # changed.png, one.png, same.bmp: bmp and png hold the same pixels; nothing but a change of the picture makes two
    # files of one format without loss and of one size differ.
    assert rows_of(found)[0] == ("exact", [1, 2], ())
    assert [kind for kind, *_ in rows_of(found)[1:]] == ["near-identical"]


def test_frames_of_a_film_are_no_copies_and_are_not_chained_over_expressions(
    film: pd.DataFrame, tmp_path: Path
) -> None:
    found = find_duplicates(film_faces(film, tmp_path), workers=1)
    # The face at rest is the same picture under both expressions of a person: a copy that must be looked at.
    copies = [group for group in found.groups if group.kind != "near-identical"]
    assert [(g.kind, g.rows.tolist(), g.across) for g in copies] == [
        ("exact", [0, 4], ("expressions",)),
        ("exact", [8, 12], ("expressions",)),
    ]
    within = [group.rows for group in found.groups if group.kind == "near-identical" and not group.across]
    assert within, "the stronger frames of an expression are alike"
    assert sorted(len(rows) for rows in within)[-1] >= 3
    for rows in within:
        assert film.iloc[rows].groupby(["subject", "expression"]).ngroups == 1
    assert all(len(group.rows) == 2 for group in found.across)
    assert found.summary() == (
        "4 images are copies of one another (exact 4), in 2 groups; 12 images are nearly the same as others, such as "
        "frames of a film; 2 groups hold images of different expressions (see duplicates.csv)"
    )
    # None is left out of training, and a person's frames stay together.
    words = KFold(2, 0.0).parts(found.mark(film_faces(film, tmp_path)).frame, 0).words(len(film))
    assert sorted(words) == ["test"] * 8 + ["train"] * 8


def test_a_frame_of_another_expression_does_not_join_what_it_is_like(film: pd.DataFrame, tmp_path: Path) -> None:
    strong = film[(film["expression"] == "happiness") & (film["subject"] == "p0") & (film["number"] > 0)]
    faces = film_faces(strong, tmp_path, expression=["anger", "fear", "anger"])
    near = ("near-identical", [0, 1], ("expressions",)), ("near-identical", [1, 2], ("expressions",))
    found = rows_of(find_duplicates(faces, workers=1))
    assert sorted(found) == sorted([*near, ("near-identical", [0, 2], ())])


def test_frames_across_people_and_parts_are_listed_and_kept_apart(film: pd.DataFrame, tmp_path: Path) -> None:
    strong = film[(film["expression"] == "happiness") & (film["subject"] == "p0") & (film["number"] > 0)]
    faces = film_faces(strong, tmp_path, subject=["ann", "ann", "bob"], usage=["train", "train", "test"])
    found = find_duplicates(faces, workers=1)
    assert ("near-identical", [1, 2], ("subjects", "parts")) in rows_of(found)
    assert "of different subjects" in found.summary()
    marked = found.mark(faces).frame
    assert showing_same_picture_as(marked, np.array([False, False, True]))[1]
    assert len(set(found.kept_together[:2])) == 1
    assert found.kept_together[2] == ""


def test_frames_of_nobody_known_are_kept_together(film: pd.DataFrame, tmp_path: Path) -> None:
    strong = film[film["number"] > 0]
    faces = film_faces(strong, tmp_path, subject=[""] * len(strong))
    frame = find_duplicates(faces, workers=1).mark(faces).frame
    words = pd.Series(KFold(2, 0.0).parts(frame, 0).words(len(frame)))
    one_film = strong.reset_index().groupby(["subject", "expression"]).indices.values()
    assert all(words.iloc[rows].nunique() == 1 for rows in one_film)


def test_a_film_that_is_there_twice_pairs_each_frame_with_itself(film: pd.DataFrame, tmp_path: Path) -> None:
    strong = film[(film["expression"] == "surprise") & (film["subject"] == "p1") & (film["number"] > 0)]
    larger = [tmp_path / f"{number}.jpg" for number in strong["number"]]
    for path, copy in zip(strong["path"], larger, strict=True):
        Image.open(path).resize((96, 96), Image.Resampling.BICUBIC).save(copy, quality=90)
    paths = [*strong["path"], *larger]
    found = find_duplicates(faces_of([(path, "p") for path in paths], tmp_path), workers=1)
    copies = [group for group in rows_of(found) if group[0] != "near-identical"]
    assert copies == [("re-encoded", [0, 3], ()), ("re-encoded", [1, 4], ()), ("re-encoded", [2, 5], ())]


def test_a_second_look_reads_no_picture(drawn: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faces = faces_of([(path, "") for path in drawn["path"].iloc[:4]], tmp_path)
    first = find_duplicates(faces, workers=1)
    monkeypatch.setattr("fer_xai.data.copies.thumbnails.read_image", None)
    again = find_duplicates(faces, workers=1)
    assert (again.copies == first.copies).all()
    assert rows_of(again) == rows_of(first)


def test_a_file_that_has_gone_has_no_copy_and_a_damaged_cache_is_made_anew(drawn: pd.DataFrame, tmp_path: Path) -> None:
    path = drawn["path"].iloc[0]
    jpeg, small = copies_of(path, tmp_path)[:2]
    faces = faces_of([(path, ""), (jpeg, ""), (small, "")], tmp_path)
    small.unlink()
    (tmp_path / "thumbnails.sqlite").write_bytes(b"no database at all" * 100)
    assert rows_of(find_duplicates(faces, workers=1)) == [("re-encoded", [0, 1], ())]
    assert Thumbnails(tmp_path / "thumbnails.sqlite").looks([faces.frame["content"][2]]) == {}


def test_names_of_groups_do_not_depend_on_the_order_of_rows(drawn: pd.DataFrame, tmp_path: Path) -> None:
    one, two = drawn["path"].iloc[0], drawn["path"].iloc[20]
    faces = faces_of([(p, "") for path in (one, two) for p in (path, copies_of(path, tmp_path)[0])], tmp_path)
    names = find_duplicates(faces, workers=1).copies
    turned = replace(faces, frame=faces.frame.iloc[::-1].reset_index(drop=True))
    assert (find_duplicates(turned, workers=1).copies[::-1] == names).all()


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
