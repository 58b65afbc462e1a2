"""Neutral images that are kept to be shown in place of what is hidden: which they are, and whose."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.layouts import LAYOUTS, write
from helpers.made_up_faces import LANDMARKS, made_up_table, write_pictures
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.data.configured_faces import with_neutral
from fer_xai.data.face_table import FaceTable, no_rows
from fer_xai.data.neutral_faces import match_neutral
from fer_xai.data.preparation.prepare import prepare
from fer_xai.data.sources.labels import make_table
from fer_xai.data.sources.merged import MergedSource
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.landmarks import GivenFinder


def reader(name: str, folder: Path, classes=EXPRESSIONS, **settings):
    config = OmegaConf.load(conf_dir() / "data" / f"{name}.yaml")
    whole = OmegaConf.create({"data": config, "classes": list(classes), "cache_dir": f"{folder}_cache"})
    for key, value in {"root": str(folder), **settings}.items():
        OmegaConf.update(whole, f"data.{key}", value, force_add=False)
    return instantiate(whole.data)


@pytest.mark.parametrize(
    ("name", "neutral"),
    [
        ("jaffe", {"KA": 3, "YM": 3}),
        ("rafd", {"01": 1, "70": 1}),
        ("wsefep", {"AD": 1, "SA": 1}),
        ("kdef", {"F01": 2, "M35": 1}),
        # Of six sequences of an expression each; S010 has one of contempt, too.
        ("ckplus", {"S005": 6, "S010": 7, "S506": 6}),
        ("fega", {"S01": 1}),
    ],
)
def test_readers_keep_neutral_images_apart(name, neutral, tmp_path):
    layout = LAYOUTS[name]
    if name == "kdef":
        more = [f"KDEF_and_AKDEF/KDEF/x/{image}.JPG" for image in ("AF01NES", "BF01NES", "AM35NES", "AM35NEHL")]
        layout = replace(layout, unused=[*layout.unused, *more])
    folder = write(layout, tmp_path / "data")
    without, kept = reader(name, folder).read(), reader(name, folder, keep_rest=True).read()
    assert without.neutral is None
    assert kept.neutral is not None
    assert Counter(kept.neutral.frame["subject"]) == neutral
    assert set(kept.neutral.frame["expression"]) == {"neutral"}
    # They are no images of the data set, nor left out of it.
    pd.testing.assert_frame_equal(kept.frame, without.frame)
    assert not set(kept.neutral.frame["image"]) & ({*kept.frame["image"]} | {*kept.left_out["image"]})


def test_first_frames_are_no_class_though_neutral_is_one(tmp_path):
    folder = write(LAYOUTS["ckplus"], tmp_path / "data")
    classes = [*EXPRESSIONS, "neutral"]
    assert "neutral" not in set(reader("ckplus", folder, classes, keep_rest=True).read().frame["expression"])
    both = reader("ckplus", folder, classes, keep_rest=True, neutral_frames=2).read()
    assert both.neutral is not None
    assert (both.frame["expression"] == "neutral").sum() == len(both.neutral) == 2 * 18 + 1


@pytest.mark.parametrize(
    ("name", "why"),
    [("bu4dfe", "has no neutral image"), ("ckplus48", "has no neutral image"), ("rafdb", "no image of a known person")],
)
def test_data_without_neutral_faces_say_so_in_one_line(name, why, tmp_path):
    layout = next(layout for layout in LAYOUTS.values() if layout.reader == name)
    source = reader(name, write(layout, tmp_path / "data"), keep_rest=True)
    with pytest.raises(UserError, match=rf"data\.keep_rest=true: {name} .*{why}.*set it to false"):
        source.read()


def test_merged_data_sets_keep_each_its_own(tmp_path):
    folders = {name: write(LAYOUTS[name], tmp_path / name) for name in ("jaffe", "rafd")}
    merged = MergedSource(
        {"jaffe": reader("jaffe", folders["jaffe"], keep_rest=True), "rafd": reader("rafd", folders["rafd"])}
    ).read()
    assert merged.neutral is not None
    assert set(merged.neutral.frame["dataset"]) == {"jaffe"}
    assert all(image.startswith("jaffe/") for image in merged.neutral.frame["image"])


def test_the_neutral_image_that_has_most_in_common_is_taken():
    faces = pd.DataFrame(
        [
            ("k", "a", "S", "A", 0.0),
            ("k", "a", "HL", "B", -40.0),
            ("k", "a", "HR", "A", 30.0),
            ("j", "a", "S", "A", 0.0),
        ],
        columns=["dataset", "subject", "angle", "session", "yaw"],
    )
    neutral = pd.DataFrame(
        [
            ("k", "a", "S", "B", 1.0),
            ("k", "a", "S", "A", 9.0),
            ("k", "a", "HL", "A", -39.0),
            ("k", "", "HR", "A", 30.0),
        ],
        columns=faces.columns,
    )
    # The same angle before the same session; of no such angle the head turned most alike; nobody without a name.
    assert match_neutral(neutral, faces).tolist() == [1, 2, 1, -1]


def table_with_neutral(folder: Path) -> FaceTable:
    """Three people, of whom two have a neutral picture."""
    table = made_up_table(folder, people=3)
    names = ["p0_neutral.png", "p1_neutral.png"]
    write_pictures(folder, names)
    frame = pd.DataFrame({"image": names, "path": [str(folder / name) for name in names], "expression": "neutral"})
    neutral = FaceTable(frame.assign(subject=["p0", "p1"], dataset="made_up"), np.repeat(LANDMARKS[None], 2, axis=0))
    return replace(table, neutral=neutral)


def test_prepared_faces_know_theirs_and_learn_from_none_of_them(tmp_path):
    table = table_with_neutral(tmp_path)
    settings = {"crop_size": 64, "workers": 1}
    plain = prepare(table, GivenFinder(), tmp_path / "cache", **settings)
    faces = with_neutral(plain, table.neutral, GivenFinder(), tmp_path / "cache", **settings)
    assert faces.fingerprint == plain.fingerprint
    pd.testing.assert_frame_equal(faces.frame, plain.frame)
    assert len(faces.left_out) == 0
    people = faces.frame["subject"].map({"p0": 0, "p1": 1, "p2": -1}).tolist()
    assert faces.neutral.of_face.tolist() == people
    assert faces.neutral.crops[1].shape == (64, 64, 3)
    assert "6 of 18 faces are of people without one" in faces.notes[-1]
    # Another choice of neutral faces is another fingerprint of theirs.
    one = replace(table.neutral, frame=table.neutral.frame[:1], landmarks=table.neutral.landmarks[:1])
    other = with_neutral(plain, one, GivenFinder(), tmp_path / "cache", **settings)
    assert other.neutral.fingerprint != faces.neutral.fingerprint


def test_neutral_images_that_cannot_be_used_are_counted(tmp_path):
    table = table_with_neutral(tmp_path)
    (tmp_path / "p1_neutral.png").write_bytes(b"no picture")
    plain = prepare(table, GivenFinder(), tmp_path / "cache", crop_size=64, workers=1)
    faces = with_neutral(plain, table.neutral, GivenFinder(), tmp_path / "cache", crop_size=64, workers=1)
    assert faces.left_out["image"].tolist() == ["p1_neutral.png"]
    assert faces.left_out["reason"][0].startswith("neutral image for data.keep_rest: cannot be read")
    strangers = replace(table.neutral, frame=table.neutral.frame.assign(subject="p9"))
    with pytest.raises(UserError, match=r"data\.keep_rest=true: none of 18 faces is of a person with a neutral image"):
        with_neutral(plain, strangers, GivenFinder(), tmp_path / "cache", crop_size=64, workers=1)


def test_neutral_images_of_unknown_people_are_left_out():
    rows = pd.DataFrame(
        [("a.png", "anger", "p1"), ("b.png", "neutral", ""), ("c.png", "neutral", "p1")],
        columns=["image", "expression", "subject"],
    ).assign(path="", dataset="d")
    table = make_table(rows, {}, EXPRESSIONS, str, left_out=no_rows(), keep_rest=True)
    assert table.neutral is not None
    assert (table.frame["image"].tolist(), table.neutral.frame["image"].tolist()) == (["a.png"], ["c.png"])
    assert table.left_out["image"].tolist() == ["b.png"]
