"""The same face with some of its action units: its own pixels where it is whole, drawn once, never a photograph."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from helpers.drawn_faces import drawn_faces

from fer_xai.data.face_table import FaceTable
from fer_xai.data.preparation.crop import cut, face_square
from fer_xai.data.preparation.prepare import PreparedFaces, prepare
from fer_xai.data.sources.table import TableSource
from fer_xai.errors import UserError
from fer_xai.face.landmarks import GivenFinder
from fer_xai.synthetic import interventions
from fer_xai.synthetic.export import export_dataset
from fer_xai.synthetic.face import DRAWING_VERSION
from fer_xai.synthetic.interventions import Interventions, are_drawn, known_features, refuse_photographs
from fer_xai.synthetic.picture_plan import Picture, drawing_id, read_drawing_id

DISGUST, HAPPINESS = 1, 3


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def faces(cache) -> PreparedFaces:
    return drawn_faces(cache, people=1)


@pytest.fixture
def no_drawing(monkeypatch):
    """Whatever is drawn from now on was drawn before."""
    monkeypatch.setattr(interventions, "redraw", lambda wanted: pytest.fail(f"{wanted} is drawn again"))


def crop_of(picture: Picture, shown) -> np.ndarray:
    """A face with some features in the crop of the whole, without any of what is tested."""
    square = face_square(picture.landmarks(224).astype(float), 0.06, align=True)
    return cut(picture.draw(224, shown).image, square, 224)


def test_the_whole_face_is_the_prepared_picture_and_the_rest_the_same_in_its_crop(faces, cache):
    picture = Picture(0, 0, HAPPINESS)
    whole = frozenset(picture.features)
    (crops,) = Interventions(faces, cache).draw([(HAPPINESS, [whole, frozenset(), frozenset({"AU12"})])])
    full, rest, smile = crops
    np.testing.assert_array_equal(full, faces.crops[HAPPINESS])
    np.testing.assert_array_equal(rest, crop_of(picture, ()))
    np.testing.assert_array_equal(smile, crop_of(picture, ["AU12"]))
    # Hair, background and the camera's noise stay: what differs is in the face.
    assert (full == rest).all(axis=-1).mean() > 0.3
    assert (full != rest).any()


def test_places_are_what_a_player_alone_changes_in_the_full_face(faces, cache):
    rows = list(range(6))
    for row, players in zip(rows, Interventions(faces, cache).players(rows), strict=True):
        picture = Picture(0, 0, row)
        assert sorted(name for names in players.features for name in names) == sorted(picture.features)
        assert players.names == tuple("+".join(names) for names in players.features)
        assert players.invisible == ()
        for names, place in zip(players.features, players.places, strict=True):
            without = crop_of(picture, set(picture.features) - set(names))
            change = np.abs(faces.crops[row].astype(float) - without).mean(axis=-1)
            np.testing.assert_allclose(place, change / change.sum(), atol=1e-9)


def test_players_are_units_that_do_not_overlap(faces, cache):
    picture, (players,) = Picture(0, 0, DISGUST), Interventions(faces, cache).players([DISGUST])
    full = crop_of(picture, None).astype(float)
    alone = {
        name: np.abs(full - crop_of(picture, set(picture.features) - {name})).mean(axis=-1).ravel()
        for name in picture.features
    }
    player = {name: k for k, names in enumerate(players.features) for name in names}
    for one, its in alone.items():
        near = [
            other
            for other, change in alone.items()
            if other != one and its @ change > 0.5 * np.linalg.norm(its) * np.linalg.norm(change)
        ]
        assert all(player[other] == player[one] for other in near)
        # Nobody is in a player of several without overlapping with one of them.
        assert near or players.features[player[one]] == (one,)


def test_subsets_of_players_are_subsets_of_features(faces, cache):
    (players,) = Interventions(faces, cache).players([DISGUST])
    assert len(players.names) > 1
    nobody, everybody = [False] * len(players.names), [True] * len(players.names)
    assert players.shown(nobody) == frozenset()
    assert players.shown(everybody) == frozenset(Picture(0, 0, DISGUST).features)
    assert players.shown([True, *nobody[1:]]) == frozenset(players.features[0])


def test_units_that_may_not_be_taken_away_are_always_shown(faces, cache):
    (players,) = Interventions(faces, cache).players([HAPPINESS], among=["AU6", "AU1"])
    assert players.names == ("AU6",)
    assert players.shown([False]) == frozenset(Picture(0, 0, HAPPINESS).features) - {"AU6"}


def test_what_was_drawn_is_not_drawn_again(faces, cache, no_drawing):
    assert Interventions(faces, cache).players([HAPPINESS])[0].names


def test_another_crop_is_drawn_for_itself(cache, tmp_path):
    small = drawn_faces(cache, people=1)
    smaller = prepare_again(small, tmp_path, crop_size=64)
    (crops,) = Interventions(smaller, cache).draw([(HAPPINESS, [frozenset(Picture(0, 0, HAPPINESS).features)])])
    np.testing.assert_array_equal(crops[0], smaller.crops[HAPPINESS])


def prepare_again(faces: PreparedFaces, cache: Path, **settings) -> PreparedFaces:
    pictures = [read_drawing_id(text).picture for text in faces.frame["drawing"]]
    points = np.array([picture.landmarks(224) for picture in pictures])
    return prepare(FaceTable(faces.frame, points), GivenFinder(), cache, workers=1, **settings)


@pytest.mark.parametrize("settings", [{"align": False, "margin": 0.3}, {"cropped": True}])
def test_exported_faces_are_drawn_again_as_they_were_cut(tmp_path, settings):
    """Their landmarks come rounded, and whole pictures may be said to be faces."""
    export_dataset(tmp_path, subjects=1, per_expression=1, seed=3, size=240, workers=1, expressions=["fear"])
    cropped = settings.pop("cropped", None)
    table = TableSource(str(tmp_path / "labels.csv"), cropped=cropped, expressions=["fear"]).read()
    faces = prepare(table, GivenFinder(), tmp_path / "cache", workers=1, expressions=["fear"], **settings)
    assert are_drawn(faces.frame).all()
    (players,) = Interventions(faces, tmp_path / "cache").players([0])
    assert len(players.names) > 2


def test_a_picture_that_was_changed_has_no_players(faces, cache, caplog):
    brighter = [np.clip(crop.astype(int) + 1, 0, 255).astype(np.uint8) for crop in faces.crops]
    changed = replace(faces, crops=brighter)
    assert Interventions(changed, cache).players([HAPPINESS]) == [None]
    assert "s0000_happiness_00.png is not as it was drawn" in caplog.text


def test_photographs_among_drawn_faces_have_no_players(faces, cache):
    drawings = faces.frame["drawing"].where(faces.frame.index != HAPPINESS, "")
    mixed = replace(faces, frame=faces.frame.assign(drawing=drawings))
    assert are_drawn(mixed.frame).tolist() == [True, True, True, False, True, True]
    found = Interventions(mixed, cache).players([HAPPINESS, 0])
    assert found[0] is None
    assert found[1].names
    refuse_photographs("explainer.intervention", mixed.frame)


def test_photographs_alone_are_refused_in_one_line(faces):
    for frame in (faces.frame.drop(columns="drawing"), faces.frame.assign(drawing=""), pd.DataFrame({"image": ["a"]})):
        assert not are_drawn(frame).any()
        with pytest.raises(UserError, match=r"^explainer.x does not apply: .*no drawn faces among the data"):
            refuse_photographs("explainer.x", frame)


def test_faces_of_another_version_of_the_drawing_say_so(faces):
    older = faces.frame["drawing"].str.replace(f"v{DRAWING_VERSION}", "v1")
    with pytest.raises(
        UserError, match=f"of version 1 of the drawing, and this program draws version {DRAWING_VERSION}"
    ):
        refuse_photographs("explainer.x", faces.frame.assign(drawing=older))


def test_the_id_of_a_drawing_is_read_back():
    picture = Picture(7, 12, 17)
    assert read_drawing_id(drawing_id(picture, 300)) == (picture, 300, DRAWING_VERSION)
    for text in ("", "s0000_happiness_00", "v1-seed0-256px/s0000_boredom_00", 3.5, None):
        assert read_drawing_id(text) is None


def test_units_that_do_not_exist():
    assert known_features([9, "AU12", "au06"]) == ("AU9", "AU12", "AU6")
    for wrong in (99, "AU99", "smile", -4, True):
        with pytest.raises(
            UserError, match=f"{wrong} is no action unit that faces are drawn with: choose among AU1, AU2"
        ):
            known_features([wrong])
    with pytest.raises(UserError, match="s0000_happiness_00 has no AU4: it shows AU6, AU12, AU25"):
        Picture(0, 0, HAPPINESS).draw(224, ["AU12", "AU4"])


def test_units_that_hide_each_other_are_one_player():
    """Neither changes what the other has done already, and both together do; one that does nothing is none."""
    nothing, something = np.zeros((2, 2), np.float32), np.array([[0, 9], [0, 0]], np.float32)
    grouping = interventions._grouped(["AU1", "AU2", "AU4"], np.stack([nothing, nothing, something]))
    assert grouping.groups == [("AU4",)]
    assert grouping.invisible == ("AU1", "AU2")
    changes = {("AU1",): nothing, ("AU2",): nothing, ("AU4",): something}
    hidden = interventions._players(["AU1", "AU2", "AU4"], grouping, changes | {("AU1", "AU2"): something}, 2)
    assert hidden.names == ("AU4", "AU1+AU2")
    nobody = interventions._players(["AU1", "AU2", "AU4"], grouping, changes | {("AU1", "AU2"): nothing}, 2)
    assert nobody.names == ("AU4",)
    assert nobody.invisible == ("AU1", "AU2")
    assert nobody.shown([False]) == frozenset()
    assert nobody.shown([True]) == frozenset({"AU1", "AU2", "AU4"})


def test_what_is_no_action_unit_is_a_player_by_itself():
    place = np.array([[0, 9], [0, 0]], np.float32)
    grouping = interventions._grouped(["AU1", "AU2", "earring"], np.stack([place] * 3))
    assert grouping.groups == [("AU1", "AU2"), ("earring",)]


def test_two_at_once_draw_each_picture_once(faces, tmp_path, monkeypatch):
    drawn, redraw = [], interventions.redraw
    monkeypatch.setattr(interventions, "redraw", lambda wanted: drawn.append(wanted.key) or redraw(wanted))
    ours = [(HAPPINESS, [frozenset({"AU6"}), frozenset()])]
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: list(Interventions(faces, tmp_path, 1).draw(ours)[0]), range(2)))
    assert len(drawn) == len(set(drawn)) == 2
    np.testing.assert_array_equal(*both)


def test_the_threads_of_opencv_are_left_as_they_were(faces, tmp_path):
    before = cv2.getNumThreads()
    Interventions(faces, tmp_path).draw([(HAPPINESS, [frozenset()])])
    assert cv2.getNumThreads() == before
