import cv2
import numpy as np
import pytest

from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import MIRROR
from fer_xai.face.prototypes import PROTOTYPES
from fer_xai.synthetic.action_units import ACTION_UNITS, MOVES, expression_units, move
from fer_xai.synthetic.canvas import Sheet, curve, oval, ribbon
from fer_xai.synthetic.face import draw_face
from fer_xai.synthetic.identity import draw_identity
from fer_xai.synthetic.mouth import CLOSED
from fer_xai.synthetic.picture_plan import Picture, pictures
from fer_xai.synthetic.pose import _unturned, look_up, to_picture, turned
from fer_xai.synthetic.scene import draw_scene
from fer_xai.synthetic.shape import BASE_LANDMARKS, CONVENTION, interocular

EMFACS = {
    "happiness": {6, 12},
    "sadness": {1, 4, 15},
    "surprise": {1, 2, 5, 26},
    "fear": {1, 2, 4, 5, 7, 20, 26},
    "anger": {4, 5, 7, 23},
    "disgust": {9, 15, 16},
}


def test_mirror_is_its_own_inverse_and_base_is_symmetric():
    assert np.array_equal(MIRROR[MIRROR], np.arange(68))
    for points in (BASE_LANDMARKS, CONVENTION):
        assert np.array_equal(points[MIRROR] * [-1, 1], points)


def test_base_is_measured_in_interocular_distances():
    assert interocular(BASE_LANDMARKS) == pytest.approx(1.0, abs=0.02)
    assert interocular(7 * BASE_LANDMARKS + 3) == pytest.approx(7 * interocular(BASE_LANDMARKS))


def test_expressions_hold_the_units_of_emfacs():
    assert set(PROTOTYPES) == set(EXPRESSIONS)
    for expression, units in EMFACS.items():
        assert units <= set(PROTOTYPES[expression])
        assert all(0 < weight <= 1 for weight in PROTOTYPES[expression].values())


def test_intensities_stay_between_0_and_1_and_grow_with_the_expression():
    for expression in EXPRESSIONS:
        weak = expression_units(expression, 0.4, np.random.default_rng(3))
        strong = expression_units(expression, 0.8, np.random.default_rng(3))
        assert all(0 < weak[unit] < strong[unit] <= 1 for unit in weak)


@pytest.mark.parametrize(
    ("unit", "landmarks", "axis", "sign"),
    [
        (12, [48, 54], 1, -1),  # smiling raises the corners of the mouth
        (15, [48, 54], 1, 1),
        (4, [20, 21, 22, 23], 1, 1),  # frowning lowers the brows
        (1, [21, 22], 1, -1),
        (2, [18, 25], 1, -1),
        (5, [37, 38, 43, 44], 1, -1),
        (43, [37, 38, 43, 44], 1, 1),
        (20, [48], 0, -1),
        (20, [54], 0, 1),
        (26, [57, 8], 1, 1),
        (17, [57], 1, -1),
        (10, [50, 51, 52], 1, -1),
        (9, [31, 33, 35], 1, -1),
    ],
)
def test_units_move_what_they_are_named_for(unit, landmarks, axis, sign):
    shift = move(BASE_LANDMARKS, {unit: 1.0}) - BASE_LANDMARKS
    assert (sign * shift[landmarks, axis] > 0.03).all()


@pytest.fixture(scope="module")
def shown():
    """The average face with each expression at full strength."""
    return {expression: move(BASE_LANDMARKS, units) for expression, units in PROTOTYPES.items()}


def test_disgust_lowers_the_brows_narrows_the_eyes_and_raises_the_closed_mouth(shown):
    rest, disgust = BASE_LANDMARKS, shown["disgust"]
    assert (disgust[[*range(18, 26)], 1] > rest[[*range(18, 26)], 1] + 0.08).all()
    assert (disgust[[41, 40], 1] - disgust[[37, 38], 1] < 0.35 * (rest[[41, 40], 1] - rest[[37, 38], 1])).all()
    assert (disgust[[50, 51, 52], 1] < rest[[50, 51, 52], 1] - 0.15).all()
    assert disgust[66, 1] - disgust[62, 1] < CLOSED < shown["anger"][66, 1] - shown["anger"][62, 1]


def test_fear_differs_from_surprise_by_brows_and_by_a_wide_mouth_without_a_dropped_jaw(shown):
    fear, surprise = shown["fear"], shown["surprise"]
    slant = {name: points[19, 1] - points[21, 1] for name, points in (("fear", fear), ("surprise", surprise))}
    assert slant["fear"] > slant["surprise"] + 0.05  # the inner ends go up, the outer ones do not
    assert fear[22, 0] - fear[21, 0] < surprise[22, 0] - surprise[21, 0] - 0.04  # drawn together
    assert fear[8, 1] - BASE_LANDMARKS[8, 1] < 0.25 * (surprise[8, 1] - BASE_LANDMARKS[8, 1])
    assert fear[54, 0] - fear[48, 0] > 1.3 * (BASE_LANDMARKS[54, 0] - BASE_LANDMARKS[48, 0])


@pytest.mark.parametrize(
    ("unit", "low", "high"),
    [(1, -1.2, 0.1), (4, -0.7, 0.3), (9, -0.7, 1.3), (10, 0.1, 1.5), (17, 0.8, 2.0), (20, 0.3, 2.0)],
)
def test_a_unit_shows_at_its_own_place(unit, low, high):
    person, scene = draw_identity(4, 1), draw_scene(4, 1, 0)
    bare, face = draw_face(person, {}, scene, 224), draw_face(person, {unit: 1.0}, scene, 224)
    eyes = bare.landmarks[36:48].mean(axis=0)
    change = np.abs(face.image.astype(float) - bare.image).sum(axis=(1, 2))
    height = (np.arange(224) - eyes[1]) / interocular(bare.landmarks)
    assert change[(height > low) & (height < high)].sum() > 0.95 * change.sum() > 224


def test_half_a_unit_moves_half_as_far():
    for unit in set(ACTION_UNITS) - {7, 17, 23, 24, 43}:  # those close lids or lips, which stop at each other
        full = move(BASE_LANDMARKS, {unit: 1.0}) - BASE_LANDMARKS
        half = move(BASE_LANDMARKS, {unit: 0.5}) - BASE_LANDMARKS
        untouched = np.setdiff1d(np.arange(68), [60, 61, 62, 63, 64, 65, 66, 67, 50, 51, 52, 56, 57, 58])
        assert half[untouched] == pytest.approx(0.5 * full[untouched], abs=1e-12)


def test_even_movements_keep_the_face_symmetric_and_lopsided_ones_do_not():
    units = dict.fromkeys(MOVES, 0.6)
    even = move(BASE_LANDMARKS, units)
    assert even[MIRROR] * [-1, 1] == pytest.approx(even, abs=1e-12)
    assert abs(move(BASE_LANDMARKS, {12: 1.0}, 0.1)[54, 0]) > abs(move(BASE_LANDMARKS, {12: 1.0}, 0.1)[48, 0])


def test_lids_and_lips_never_cross():
    for subject in range(20):
        for expression in EXPRESSIONS:
            points = move(draw_identity(9, subject).landmarks, PROTOTYPES[expression])
            for upper, lower in (
                (37, 41),
                (38, 40),
                (43, 47),
                (44, 46),
                (61, 67),
                (62, 66),
                (63, 65),
                (51, 62),
                (66, 57),
            ):
                assert points[upper, 1] < points[lower, 1]


def test_turning_can_be_undone():
    scene = draw_scene(1, 2, 3)
    assert _unturned(turned(BASE_LANDMARKS, scene), scene) == pytest.approx(BASE_LANDMARKS, abs=2e-3)


def test_a_point_of_the_sheet_lands_where_its_landmark_does():
    scene, side = draw_scene(4, 5, 6), 256
    sheet = Sheet(384)
    x, y = look_up(sheet, scene, side)
    for point in BASE_LANDMARKS[[8, 30, 36, 45, 48, 57]]:
        column, row = np.round(to_picture(point, scene, side)).astype(int)
        expected = sheet.pixels(_unturned_pixel(scene, side, column, row))
        assert (x[row, column], y[row, column]) == pytest.approx(tuple(expected), abs=0.6)


def _unturned_pixel(scene, side, column, row):
    """By search: the frontal point whose picture is that pixel."""
    grid = np.stack(np.meshgrid(np.linspace(-1.3, 1.3, 521), np.linspace(-0.6, 2.0, 521)), axis=-1)
    distance = np.linalg.norm(to_picture(grid, scene, side) - [column, row], axis=-1)
    return grid[np.unravel_index(distance.argmin(), distance.shape)]


def test_curve_passes_through_its_points_and_ribbon_has_its_width():
    points = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0], [4.0, 4.0]])
    line = curve(points, steps=5)
    assert all(np.abs(line - point).sum(axis=1).min() < 1e-12 for point in points)
    straight = np.stack([np.linspace(0, 1, 9), np.zeros(9)], axis=1)
    assert np.abs(ribbon(straight, 0.2)[:, 1]).max() == pytest.approx(0.1)


def test_region_covers_the_area_of_its_outline():
    sheet = Sheet(384)
    window, cover = sheet.region(oval((0.0, 0.5), 0.4, 0.3, steps=90))
    area = np.pi * 0.4 * 0.3 * sheet.unit**2
    assert area <= cover.sum() <= area + 1.0 * 2 * np.pi * 0.4 * sheet.unit  # OpenCV paints the rim's pixels, too
    assert sheet.region(oval((9.0, 9.0), 0.1, 0.1))[1].max() == 0  # outside of the sheet
    assert window[0].stop <= sheet.side


def test_same_keys_give_the_same_bytes_and_others_do_not():
    first = Picture(5, 1, 2).draw(224)
    again = Picture(5, 1, 2).draw(224)
    assert first.image.tobytes() == again.image.tobytes()
    assert np.array_equal(first.landmarks, again.landmarks)
    for other in (Picture(6, 1, 2), Picture(5, 2, 2), Picture(5, 1, 3)):
        assert other.draw(224).image.tobytes() != first.image.tobytes()


def test_number_of_threads_of_opencv_does_not_matter():
    before = cv2.getNumThreads()
    images = []
    for threads in (1, 4):
        cv2.setNumThreads(threads)
        images.append(Picture(5, 3, 1).draw(256).image)
    cv2.setNumThreads(before)
    assert np.array_equal(*images)


@pytest.mark.parametrize("size", [224, 256, 320])
def test_picture_is_rgb_of_its_size_with_landmarks_inside(size):
    for picture in list(pictures(3, 1, 21))[::5]:
        face = picture.draw(size)
        assert face.image.shape == (size, size, 3)
        assert face.image.dtype == np.uint8
        assert face.landmarks.shape == (68, 2)
        assert face.landmarks.min() >= 0
        assert face.landmarks.max() <= size - 1
        assert np.array_equal(face.landmarks, picture.landmarks(size))
        assert face.units == picture.strength()[1]


def test_landmarks_scale_with_the_picture():
    small, large = Picture(2, 4, 3).landmarks(224), Picture(2, 4, 3).landmarks(448)
    assert large == pytest.approx((small + 0.5) * 2 - 0.5, abs=1e-3)


def test_resting_picture_is_the_face_without_action_units():
    picture = Picture(8, 2, 4)
    rest = picture.draw(256, shown=())
    bare = draw_face(draw_identity(8, 2), {}, draw_scene(8, 2, 4), 256)
    zero = draw_face(draw_identity(8, 2), dict.fromkeys(ACTION_UNITS, 0.0), draw_scene(8, 2, 4), 256)
    assert rest.units == {}
    assert np.array_equal(rest.image, bare.image)
    assert np.array_equal(rest.image, zero.image)


@pytest.mark.parametrize("index", range(6))
def test_expression_changes_the_face_and_nothing_else(index):
    picture = Picture(17, index, index)
    shown, rest = picture.draw(256), picture.draw(256, shown=())
    changed = (shown.image != rest.image).any(axis=-1)
    assert changed.mean() > 0.02
    face = cv2.convexHull(np.concatenate([shown.landmarks, rest.landmarks]).astype(np.float32))
    room = 0.45 * interocular(shown.landmarks)  # forehead above the brows, shadow below the chin
    for row, column in np.argwhere(changed)[::7]:
        above = row < face[:, 0, 1].min() and row > face[:, 0, 1].min() - 1.2 * interocular(shown.landmarks)
        assert above or cv2.pointPolygonTest(face, (float(column), float(row)), measureDist=True) > -room


def test_people_differ_and_a_subject_keeps_its_face():
    people = [draw_identity(3, subject) for subject in range(40)]
    shapes = np.array([person.landmarks for person in people])
    assert shapes.std(axis=0).mean() > 0.015
    assert len({person.hair_style for person in people}) >= 5
    assert {person.glasses != "none" for person in people} == {True, False}
    assert {person.beard != "none" for person in people} == {True, False}
    assert np.array_equal(draw_identity(3, 7).landmarks, people[7].landmarks)


def test_plan_is_balanced_and_larger_sets_hold_smaller_ones():
    small, large = list(pictures(3, 2, 0)), list(pictures(5, 3, 0))
    assert len(small) == 3 * 2 * 6
    assert set(small) <= set(large)
    for subject in range(3):
        shown = [picture.expression for picture in small if picture.subject == subject]
        assert sorted(shown) == sorted(EXPRESSIONS * 2)
    assert len({picture.name for picture in large}) == len(large)
    assert len({picture.strength()[0] for picture in large}) == len(large)
