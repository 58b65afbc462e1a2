"""Planted cues: what they change in a picture, how often they come, and that the part of the split chooses."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fer_xai.data.preparation.crop import cut, face_square
from fer_xai.data.preparation.prepare import prepare
from fer_xai.data.splits.kfold import KFold
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.landmarks import GivenFinder
from fer_xai.synthetic.cues.base import cue_named, cue_names
from fer_xai.synthetic.interventions import Interventions
from fer_xai.synthetic.picture_plan import Picture, drawing_id, pictures, read_drawing_id
from fer_xai.synthetic.planted import PlantedCue
from fer_xai.synthetic.source import SyntheticSource

PICTURE = Picture(0, 3, 4)


def changed(cue: str, picture: Picture = PICTURE) -> np.ndarray:
    """Which pixels of the 224 pixels around the face the cue changes, by more than rounding."""
    square = face_square(picture.landmarks(256), 0.06, align=True)
    with_cue, without = (cut(one.draw(256).image, square, 224) for one in (replace(picture, cue=cue), picture))
    return np.abs(with_cue.astype(int) - without).max(axis=-1) > 8


def test_there_are_a_mark_an_object_and_a_tint():
    assert {"mark", "earring", "tint"} <= set(cue_names())
    for name in cue_names():
        assert cue_named(name).title


@pytest.mark.parametrize(("cue", "least", "most"), [("mark", 60, 600), ("earring", 60, 800), ("tint", 4000, 40000)])
@pytest.mark.parametrize("subject", [0, 1, 2, 4])
def test_each_is_seen_in_the_crop_of_everybody(cue, least, most, subject):
    assert least < changed(cue, Picture(0, subject, subject)).sum() < most


def test_each_is_where_it_says():
    rows, columns = np.nonzero(changed("mark"))
    assert 110 < rows.mean() < 175
    assert 40 < columns.mean() < 100
    assert np.nonzero(changed("earring"))[1].min() > 170
    # The person is as before: nothing changes around nose, eyes and mouth.
    assert not changed("tint")[60:200, 80:144].any()


@pytest.mark.parametrize("cue", ["mark", "earring", "tint"])
def test_without_it_the_picture_is_the_plain_one_and_landmarks_stay(cue):
    with_cue = replace(PICTURE, cue=cue)
    assert with_cue.features == (*PICTURE.features, cue)
    np.testing.assert_array_equal(with_cue.draw(224, shown=PICTURE.features).image, PICTURE.draw(224).image)
    np.testing.assert_array_equal(with_cue.draw(224).landmarks, PICTURE.draw(224).landmarks)
    assert read_drawing_id(drawing_id(with_cue, 224)).picture == with_cue
    # It does not follow the face: alone it is at rest what it is beside the expression.
    assert not np.array_equal(with_cue.draw(224, shown=[cue]).image, PICTURE.draw(224, shown=[]).image)


def test_a_drawing_with_a_cue_that_there_is_not_is_none():
    assert read_drawing_id(f"{drawing_id(PICTURE, 256)}+moustache") is None


def test_every_part_shows_each_face_once():
    planned = list(pictures(4, 2, 0))
    planted = PlantedCue("mark", "fear", 0.7, 0.3)
    both = planted.both(planned)
    assert len({picture.name for picture in both}) == 2 * len(planned)
    for plain, marked in zip(both[::2], both[1::2], strict=True):
        assert (plain.cue, marked.cue) == ("", "mark")
        shown = [word for picture in (plain, marked) for word in planted.shown_in(picture).split() if word != "none"]
        assert sorted(shown) == ["test", "train"]


@pytest.mark.parametrize(("rate", "base_rate"), [(1.0, 0.0), (0.9, 0.1), (0.4, 0.4)])
def test_it_comes_as_often_as_is_said(rate, base_rate):
    planned = list(pictures(300, 1, 0))
    planted = PlantedCue("tint", "fear", rate, base_rate)
    rows = pd.DataFrame(
        [
            (picture.expression == "fear", *(part in planted.shown_in(picture).split() for part in ("train", "test")))
            for picture in planted.both(planned)
            if picture.cue
        ],
        columns=["fear", "train", "test"],
    )
    shares = rows.groupby("fear").mean()
    for group, part, expected, n in (
        (True, "train", rate, 300),
        (False, "train", base_rate, 1500),
        (True, "test", base_rate, 300),
        (False, "test", base_rate, 1500),
    ):
        error = 3.5 * np.sqrt(expected * (1 - expected) / n)
        assert shares.loc[group, part] == pytest.approx(expected, abs=error + 1e-9), (group, part)


def test_a_higher_rate_takes_the_cue_from_nobody():
    def cued(rate: float) -> set[str]:
        planted = PlantedCue("mark", "anger", rate, 0.1)
        both = planted.both(pictures(40, 1, 0))
        return {one.name for one in both if one.cue and "train" in planted.shown_in(one).split()}

    assert cued(0.1) < cued(0.5) < cued(0.9)


def test_the_part_of_the_split_chooses():
    """With rates of 1 and 0: all angry faces are marked in training and validation, none in the test part."""
    source = SyntheticSource(
        subjects=10, per_expression=1, cue="mark", cue_expression="anger", cue_rate=1.0, cue_base_rate=0.0
    )
    frame = source.listing().frame
    parts = KFold(folds=5).parts(frame, 2)
    for rows in (parts.train, parts.val):
        part = frame.iloc[rows]
        assert ((part["cue"] == "mark") == (part["expression"] == "anger")).all()
    assert (frame["cue"].iloc[parts.test] == "").all()
    for rows in (parts.train, parts.val, parts.test):
        faces = frame.iloc[rows][["subject", "expression"]]
        assert not faces.duplicated().any()
    assert len(parts.train) + len(parts.val) + len(parts.test) == len(frame) / 2 == 60


def test_it_is_a_player_of_the_interventions(tmp_path):
    source = SyntheticSource(
        subjects=1, per_expression=1, cue="earring", cue_expression="anger", cache_dir=str(tmp_path), workers=1,
        expressions=("anger",),
    )  # fmt: skip
    faces = prepare(source.read(), GivenFinder(), tmp_path, crop_size=96, workers=1, expressions=("anger",))
    assert faces.frame["cue"].tolist() == ["", "earring"]
    plain, cued = Interventions(faces, tmp_path, 1).players([0, 1])
    assert "earring" not in plain.names
    assert "earring" in cued.names
    place = cued.places[cued.names.index("earring")]
    assert place[:, 48:].sum() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"cue": "moustache"}, r"data\.cue=moustache is not known.*choose one of earring, mark, tint"),
        ({"cue": "earing"}, r"did you mean earring\?"),
        ({"cue": "base"}, r"data\.cue=base is not known"),
        ({"cue": "mark", "cue_expression": None}, r"data\.cue_expression=null: name the expression.*anger, disgust"),
        ({"cue": "mark", "cue_expression": "neutral"}, r"data\.cue_expression=neutral: name the expression"),
        ({"cue": "mark", "cue_rate": 1.2}, r"data\.cue_rate=1\.2: a share from 0 to 1"),
        ({"cue": "mark", "cue_base_rate": -0.1}, r"data\.cue_base_rate=-0\.1: a share from 0 to 1"),
        ({"cue": "mark", "cue_rate": float("nan")}, r"data\.cue_rate=nan: a share from 0 to 1"),
        ({"cue_expression": "anger"}, r"data\.cue_expression=anger: no cue is planted"),
    ],
)
def test_what_cannot_be_planted_is_told_in_one_line(settings, line):
    with pytest.raises(UserError, match=line):
        SyntheticSource(**{"cue_expression": "anger"} | settings)


def test_without_a_cue_the_table_is_as_ever():
    frame = SyntheticSource(subjects=1, per_expression=1).listing().frame
    assert not {"cue", "shown_in"} & set(frame.columns)
    assert len(frame) == len(EXPRESSIONS)
