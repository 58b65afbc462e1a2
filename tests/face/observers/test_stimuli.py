"""Tables of stimuli as people have them, and what is wrong with others."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_xai.errors import UserError
from fer_xai.face.canonical import canonical_points
from fer_xai.face.observers.stimuli import Stimuli
from fer_xai.synthetic.picture_plan import Picture

KEY = "reference.tiles.stimuli"
POINTS = canonical_points((400, 300))[:68].round(2)


def table(**changes: object) -> pd.DataFrame:
    """Two stimuli."""
    facts = {"stimulus": ["a", "b"], "expression": ["anger", "Happy"], "width": 300, "height": 400}
    columns = {f"{axis}{n}": value for n, point in enumerate(POINTS) for axis, value in zip("xy", point, strict=True)}
    return pd.DataFrame({**facts, **columns}).assign(**changes)


def read(tmp_path: Path, rows: pd.DataFrame, **how: object) -> Stimuli:
    file = tmp_path / "stimuli.csv"
    rows.to_csv(file, index=False, **how)
    return Stimuli.read(file, KEY)


def renamed(pattern: str, first: int = 0) -> pd.DataFrame:
    names = {f"{axis}{n}": pattern.format(axis=axis, n=n + first) for n in range(68) for axis in "xy"}
    return table().rename(columns=names)


@pytest.mark.parametrize(
    "rows",
    [
        table(),
        renamed("{axis}_{n}"),
        renamed("{axis}{n}", 1),
        renamed(" {axis}_{n:02}"),
        renamed("landmark_{n}_{axis}"),
        renamed("lm_{axis}{n}", 1),
        renamed("{axis}[{n}]"),
        renamed("Landmark{n}{axis}"),
        renamed("lm{axis}{n}"),
        renamed("coord{axis}_{n}", 1),
        table().assign(x68=1, y68=1, x69=2, y69=2),
    ],
    ids=[
        *("plain", "openface", "from one", "padded", "words", "prefix", "brackets", "no sign between"),
        *("no sign before", "a word before", "pupils"),
    ],
)
def test_landmarks_are_read_whatever_their_columns_are_called(tmp_path: Path, rows: pd.DataFrame) -> None:
    stimuli = read(tmp_path, rows)
    assert dict(stimuli.expressions) == {"a": "anger", "b": "happiness"}
    assert stimuli.size_of("b") == (300, 400)
    np.testing.assert_allclose(stimuli.landmarks_of("b"), POINTS)
    assert "a" in stimuli
    assert "c" not in stimuli


@pytest.mark.parametrize(
    "how",
    [
        {"sep": ";", "decimal": ","},
        {"sep": "\t", "encoding": "utf-16"},
        {"encoding": "utf-8-sig"},
        {"encoding": "cp1252"},
    ],
    ids=["semicolons and decimal commas", "utf-16", "mark", "windows"],
)
def test_every_usual_form_of_a_table_is_read(tmp_path: Path, how: dict) -> None:
    stimuli = read(tmp_path, table(stimulus=["ä", "b"]), **how)
    np.testing.assert_allclose(stimuli.landmarks_of("ä"), POINTS)


def row_for_each_landmark(number: str | None = "landmark", first: int = 0, **names: str) -> pd.DataFrame:
    """The same stimuli with a row for each landmark."""
    points = pd.DataFrame(POINTS, columns=["x", "y"]).assign(number=np.arange(68) + first)
    long = table()[["stimulus", "expression", "width", "height"]].merge(points, how="cross")
    long = long.drop(columns="number") if number is None else long.rename(columns={"number": number})
    return long.rename(columns=names)


@pytest.mark.parametrize(
    "rows",
    [
        row_for_each_landmark(),
        row_for_each_landmark("point", 1, stimulus="Image name", x="X", y="Y").sample(frac=1, random_state=0),
        row_for_each_landmark(None, x="landmark_x", y="landmark_y"),
        row_for_each_landmark().assign(landmark=lambda rows: "p" + rows["landmark"].astype(str)),
        table()[["stimulus", "expression", "width", "height"]].assign(landmarks=str(POINTS.tolist())),
    ],
    ids=["long", "from one, in any order", "without numbers", "numbers with a word", "one cell"],
)
def test_landmarks_in_rows_or_in_one_cell(tmp_path: Path, rows: pd.DataFrame) -> None:
    stimuli = read(tmp_path, rows)
    assert dict(stimuli.expressions)["b"] == "happiness"
    assert stimuli.size_of("a") == (300, 400)
    for name in "ab":
        np.testing.assert_allclose(stimuli.landmarks_of(name), POINTS)


def test_rows_of_other_than_68_landmarks_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="stimulus b has 67 rows: 68 landmarks are needed"):
        read(tmp_path, row_for_each_landmark().iloc[:-1])
    with pytest.raises(UserError, match="column landmark, line 2: 'nose' is no landmark's number"):
        read(tmp_path, row_for_each_landmark().assign(landmark="nose"))
    with pytest.raises(UserError, match="line 2 holds 4 numbers: x and y of 68 landmarks are needed"):
        read(tmp_path, table().iloc[:, :4].assign(landmarks="[[1, 2], [3, 4]]"))


@pytest.mark.parametrize("names", [("image_width", "image_height"), ("Width (px)", "Height (px)"), ("w", "h")])
def test_sizes_by_their_usual_names(tmp_path: Path, names: tuple[str, str]) -> None:
    rows = table().rename(columns=dict(zip(("width", "height"), names, strict=True)))
    assert read(tmp_path, rows).size_of("b") == (300, 400)


def test_other_coordinates_of_the_same_program_are_passed_over(tmp_path: Path) -> None:
    """OpenFace writes gaze and the landmarks of the eyes before those of the face."""
    eyes = pd.DataFrame({f"{name}_{axis}_{n}": [0, 0] for name in ("eye_lmk",) for axis in "xy" for n in range(56)})
    gaze = pd.DataFrame({f"gaze_{n}_{axis}": [0.1, 0.2] for n in (0, 1) for axis in "xyz"})
    stimuli = read(tmp_path, gaze.join(eyes).join(renamed("{axis}_{n}")))
    np.testing.assert_allclose(stimuli.landmarks_of("a"), POINTS)


def test_capitals_that_mean_other_coordinates_are_passed_over(tmp_path: Path) -> None:
    others = {f"{axis}_{n}": -7.0 for n in range(68) for axis in "XYZ"}
    stimuli = read(tmp_path, renamed("{axis}_{n}").assign(**others))
    np.testing.assert_allclose(stimuli.landmarks_of("a"), POINTS)


def test_a_name_tells_its_expression_where_no_column_does(tmp_path: Path) -> None:
    stimuli = read(tmp_path, table(stimulus=["f_Angry_03.png", "f07"]).drop(columns="expression"))
    assert stimuli.expression_of("f_Angry_03.png") == "anger"
    with pytest.raises(UserError, match="nothing tells the expression of stimulus f07"):
        stimuli.expression_of("f07")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stimulus": "a"}, "stimulus a stands there twice"),
        ({"stimulus": ["a", ""]}, "line 3: no stimulus is named"),
        (
            {"expression": ["anger", "hapiness"]},
            r"line 3: unknown expression word 'hapiness' \(did you mean happiness\?\)",
        ),
        ({"width": 29.6}, "line 2: width and height are whole numbers"),
        ({"width": "wide"}, "column width, line 2: 'wide' is no number"),
    ],
)
def test_what_is_wrong_with_a_row_is_told_in_one_line(tmp_path: Path, changes: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(tmp_path, table(**changes))


@pytest.mark.parametrize(
    ("lacking", "message"),
    [
        (["stimulus"], r"reference\.tiles\.stimuli=.*stimuli\.csv has no column stimulus; it has: expression, width"),
        (["width", "height"], r"needs the columns width and height, or reference\.tiles\.size=\[WIDTH,HEIGHT\]"),
        ([f"{axis}{n}" for n in range(68) for axis in "xy"], r"needs the columns x0, y0 \.\.\. x67, y67, or"),
        (["x67"], "has 135 columns of coordinates: 68 landmarks are needed"),
    ],
)
def test_columns_that_are_missing_are_told(tmp_path: Path, lacking: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(tmp_path, table().drop(columns=lacking))


def test_a_single_stimulus_without_landmarks_or_size_is_told_when_it_is_wanted(tmp_path: Path) -> None:
    stimuli = read(tmp_path, table(x5=["3", ""], width=[300, None]))
    assert stimuli.size_of("a") == (300, 400)
    with pytest.raises(UserError, match="stimulus b has no size"):
        stimuli.size_of("b")
    with pytest.raises(UserError, match="stimulus b has no landmarks"):
        stimuli.landmarks_of("b")
    with pytest.raises(UserError, match="has no stimulus c; there are: a, b"):
        stimuli.landmarks_of("c")


@pytest.mark.parametrize("scale", [1 / 400, 4.0])
def test_landmarks_in_other_units_than_pixels_are_refused(tmp_path: Path, scale: float) -> None:
    rows = table()
    rows.iloc[:, 4:] *= scale
    with pytest.raises(UserError, match=r"do not lie in its 300 x 400 pixels"):
        read(tmp_path, rows).landmarks_of("a")


def test_names_that_span_the_rows_of_their_landmarks(tmp_path: Path) -> None:
    rows = [
        {"image": name if not n else "", "expression": "fear", "width": 300, "height": 400, "point": n, "x": x, "y": y}
        for name in ("a", "b")
        for n, (x, y) in enumerate(POINTS)
    ]
    np.testing.assert_allclose(read(tmp_path, pd.DataFrame(rows)).landmarks_of("b"), POINTS)


def test_landmarks_in_two_cells(tmp_path: Path) -> None:
    x, y = (" ".join(map(str, POINTS[:, axis])) for axis in (0, 1))
    rows = table()[["stimulus", "expression", "width", "height"]]
    np.testing.assert_allclose(read(tmp_path, rows.assign(landmarks_x=x, landmarks_y=y)).landmarks_of("a"), POINTS)
    with pytest.raises(UserError, match="column landmarks_x, line 2 holds 67 numbers: one for each of 68 landmarks"):
        read(tmp_path, rows.assign(landmarks_x=x.rpartition(" ")[0], landmarks_y=y))


@pytest.mark.parametrize(
    "size",
    [
        {"size": "300x400"},
        {"Image size": "(300, 400)"},
        {"Image width (px)": 300, "Image height (px)": 400},
        {"res_x": 300, "res_y": 400},
        {"W": "300.0", "H": "400.0"},
    ],
)
def test_sizes_as_people_write_them(tmp_path: Path, size: dict) -> None:
    assert read(tmp_path, table().drop(columns=["width", "height"]).assign(**size)).size_of("b") == (300, 400)


def test_one_size_by_setting_where_nothing_else_tells(tmp_path: Path) -> None:
    file = tmp_path / "stimuli.csv"
    table().drop(columns=["width", "height"]).to_csv(file, index=False)
    assert Stimuli.read(file, KEY, size=[300, 400]).size_of("a") == (300, 400)
    table(width=[200, ""]).to_csv(file, index=False)
    stimuli = Stimuli.read(file, KEY, size=[300, 400])
    assert (stimuli.size_of("a"), stimuli.size_of("b")) == ((200, 400), (300, 400))
    for wrong in ([300], [300, -4], "300x400", [300.5, 400]):
        with pytest.raises(UserError, match=r"reference\.tiles\.size=.*width and height of the stimuli in pixels"):
            Stimuli.read(file, KEY, size=wrong)


def test_pictures_tell_sizes_and_leave_landmarks_that_a_table_has(tmp_path: Path) -> None:
    """No face is looked for: there is none in these."""
    file, folder = tmp_path / "stimuli.csv", tmp_path / "pictures"
    folder.mkdir()
    table().drop(columns=["width", "height"]).to_csv(file, index=False)
    for name in "ab":
        cv2.imwrite(str(folder / f"{name}.png"), np.zeros((400, 300, 3), np.uint8))
    stimuli = Stimuli.read(file, KEY, folder)
    assert stimuli.size_of("b") == (300, 400)
    np.testing.assert_allclose(stimuli.landmarks_of("b"), POINTS)


def test_rows_that_say_the_same_count_once(tmp_path: Path) -> None:
    assert list(read(tmp_path, pd.concat([table(), table()])).expressions) == ["a", "b"]


def test_neither_table_nor_pictures(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"reference\.tiles\.stimuli: the table of the stimuli is needed"):
        Stimuli.read(None, KEY)
    with pytest.raises(UserError, match="cannot be read: No such file"):
        Stimuli.read(tmp_path / "none.csv", KEY)


def test_pictures_tell_what_no_table_does(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    face = Picture(3, 0, 3)
    cv2.imwrite(str(folder / "one_happy.png"), face.draw(256).image[..., ::-1])
    stimuli = Stimuli.read(None, KEY, folder)
    assert dict(stimuli.expressions) == {"one_happy": "happiness"}
    assert stimuli.size_of("one_happy") == (256, 256)
    assert np.abs(stimuli.landmarks_of("one_happy") - face.landmarks(256)).mean() < 6
    file = tmp_path / "stimuli.csv"
    pd.DataFrame({"stimulus": ["one_happy.png"], "expression": ["anger"]}).to_csv(file, index=False)
    assert Stimuli.read(file, KEY, folder).size_of("one_happy.png") == (256, 256)
    cv2.imwrite(str(folder / "blank_fear.png"), np.full((256, 256, 3), 128, np.uint8))
    with pytest.raises(UserError, match=r"no face found in .*blank_fear\.png"):
        Stimuli.read(None, KEY, folder)
    pd.DataFrame({"stimulus": ["two"], "expression": ["anger"]}).to_csv(file, index=False)
    with pytest.raises(UserError, match="holds 0 pictures of stimulus two"):
        Stimuli.read(file, KEY, folder)
    with pytest.raises(UserError, match="there is no such folder"):
        Stimuli.read(None, KEY, tmp_path / "nowhere")
