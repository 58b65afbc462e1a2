from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_xai.data.face_table import FaceTable
from fer_xai.data.sources.table import POINTS, TableSource
from fer_xai.errors import UserError


def read(folder: Path, content: str | bytes, **settings: Any) -> FaceTable:
    file = folder / "labels.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return TableSource(str(file), **settings).read()


def test_rows_become_a_table(tmp_path: Path) -> None:
    table = read(tmp_path, "image,expression,subject,take\nà b/1.png,Happy,S1,3\n2.png, sad ,,4\n")
    row = table.frame.to_dict("records")
    assert row[0] == {
        "image": "à b/1.png",
        "path": str(tmp_path / "à b" / "1.png"),
        "expression": "happiness",
        "subject": "S1",
        "dataset": "table",
        "take": "3",
    }
    assert (row[1]["expression"], row[1]["subject"]) == ("sadness", "")
    assert table.landmarks is None


TEXT = "image,expression,subject\nZoë.png,anger,Zoë\nb.png,fear,Öz\n"
VARIANTS = {
    "bom": TEXT.encode("utf-8-sig"),
    "latin": TEXT.encode("latin-1"),
    "utf16": TEXT.encode("utf-16"),
    "crlf": TEXT.replace("\n", "\r\n").encode(),
    "semicolons": TEXT.replace(",", ";").encode(),
    "tabs": TEXT.replace(",", "\t").encode("latin-1"),
    "quotes": '"image","expression","subject"\n"Zoë.png","anger","Zoë"\n"b.png","fear","Öz"'.encode(),
    "capitals and spaces": "Image, Expression ,SUBJECT\nZoë.png, Anger,Zoë\n\nb.png,FEAR ,Öz\n\n".encode(),
    "all at once": ("﻿" + TEXT.replace(",", ";").replace("\n", "\r\n")).encode(),
    "old Macintosh": TEXT.replace("\n", "\r").encode(),
    "comma at the end": TEXT.replace("\n", ",\n").encode(),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_files_as_people_have_them(tmp_path: Path, variant: str) -> None:
    frame = read(tmp_path, VARIANTS[variant]).frame
    assert frame["image"].tolist() == ["Zoë.png", "b.png"]
    assert frame["expression"].tolist() == ["anger", "fear"]
    assert frame["subject"].tolist() == ["Zoë", "Öz"]


def test_names_in_quotes_may_hold_commas_and_windows_separators(tmp_path: Path) -> None:
    frame = read(tmp_path, 'image,expression\n"Doe, J.png",anger\na\\b.png,fear\n').frame
    assert frame["image"].tolist() == ["Doe, J.png", "a/b.png"]


def test_subject_from_the_file_name(tmp_path: Path) -> None:
    content = "image,expression\nx/Al_Gore_0002.jpg,anger\ny/Al_Gore_0003.jpg,fear\nx/other.jpg,fear\n"
    for expression in (r"^(.+)_\d+", r"^(.+)_\d+$", r"(?P<subject>\w+)_\d+\.jpg", r".*(?=_\d+)"):
        assert read(tmp_path, content, subject_regex=expression).frame["subject"].tolist() == ["Al_Gore", "Al_Gore", ""]
    assert read(tmp_path, content, subject_regex="^([^/]+)/").frame["subject"].tolist() == ["x", "y", "x"]
    with pytest.raises(UserError, match=r"matches no file name, e\.g\. not 'Al_Gore_0002\.jpg'"):
        read(tmp_path, content, subject_regex="^S(.)")
    with pytest.raises(UserError, match="no regular expression"):
        read(tmp_path, content, subject_regex="(")


def test_what_the_study_does_not_use_is_left_out_with_the_reason(tmp_path: Path) -> None:
    lines = [
        "a.png,anger",
        "b.png,neutral",
        "a.png,angry",
        "c.png,fear",
        "c.png,sad",
        "d.png,",
        ",fear",
        "e.png,contempt",
    ]
    table = read(tmp_path, "image,expression\n" + "\n".join(lines))
    assert table.frame["image"].tolist() == ["a.png"]
    assert table.left_out.to_numpy().tolist() == [
        ["b.png", "expression not in the study: neutral"],
        ["a.png", "listed twice"],
        ["c.png", "listed with different expressions"],
        ["c.png", "listed with different expressions"],
        ["d.png", "no expression given"],
        ["", "no file name"],
        ["e.png", "expression not in the study: contempt"],
    ]
    kept = read(tmp_path, "image,expression\nb.png,neutral\n", expressions=("anger", "neutral"))
    assert kept.frame["expression"].tolist() == ["neutral"]


def test_words_can_be_added_and_dropped(tmp_path: Path) -> None:
    content = "image,expression\na.png,smile\nb.png,3\nc.png,other\nd.png,sad\n"
    with pytest.raises(UserError, match=r"labels\.csv, row 2: unknown expression word 'smile'"):
        read(tmp_path, content)
    table = read(tmp_path, content, words={"Smile": "happy", 3: "fear", "other": None, "sad": "anger"})
    assert table.frame["expression"].tolist() == ["happiness", "fear", "anger"]
    assert table.left_out["reason"].tolist() == ["expression not in the study: other"]
    with pytest.raises(UserError, match=r"data\.words: 'smile' is said to mean 'joyous'"):
        read(tmp_path, content, words={"smile": "joyous"})


def test_mistakes_name_file_row_and_key(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"data\.csv=.*none\.csv cannot be read: No such file"):
        TableSource(str(tmp_path / "none.csv")).read()
    with pytest.raises(UserError, match=r"no column 'expression' \(it has: image, label\).*data\.expression_column"):
        read(tmp_path, "image,label\na,anger\n")
    with pytest.raises(UserError, match="no column 'person'"):
        read(tmp_path, "image,expression\na,anger\n", subject_column="person")
    with pytest.raises(UserError, match=r"row 4: unknown expression word 'glee'"):
        read(tmp_path, "image,expression\na,anger\n\nb,glee\nc,glee\n")
    with pytest.raises(UserError, match=r"no proper csv file.*line 3"):
        read(tmp_path, "image,expression\na,anger\nb, c,fear\n")
    with pytest.raises(UserError, match="first line must name the columns"):
        read(tmp_path, "")
    with pytest.raises(UserError, match="no image of the expressions of the study"):
        read(tmp_path, "image,expression\n")
    with pytest.raises(UserError, match="Is a directory"):
        TableSource(str(tmp_path)).read()


def test_other_names_of_columns_and_another_root(tmp_path: Path) -> None:
    settings = {"image_column": "file", "expression_column": "emotion", "subject_column": "person"}
    table = read(tmp_path, "file,emotion,person\na,anger,p\n", root=str(tmp_path / "r"), name="mine", **settings)
    assert list(table.frame.columns) == ["image", "path", "expression", "subject", "dataset"]
    assert table.frame.iloc[0].tolist() == ["a", str(tmp_path / "r" / "a"), "anger", "p", "mine"]


def landmark_lines(images: list[str], seed: int = 0) -> tuple[np.ndarray, pd.DataFrame]:
    points = np.random.default_rng(seed).uniform(0, 200, (len(images), 68, 2)).round(2).astype(np.float32)
    frame = pd.DataFrame(points.reshape(len(images), 136), columns=list(POINTS))
    return points, frame.assign(image=images)


def test_landmarks_in_the_table_follow_its_rows(tmp_path: Path) -> None:
    points, frame = landmark_lines(["a", "b", "c"])
    frame["expression"] = ["anger", "neutral", "fear"]
    frame.loc[2, "y67"] = np.nan
    table = read(tmp_path, frame.to_csv(index=False))
    assert table.landmarks is not None
    assert table.landmarks.dtype == np.float32
    np.testing.assert_array_equal(table.landmarks[0], points[0])
    assert np.isnan(table.landmarks[1]).sum() == 1
    assert list(table.frame.columns) == ["image", "path", "expression", "subject", "dataset"]
    german = frame.to_csv(index=False, sep=";", decimal=",")
    np.testing.assert_array_equal(read(tmp_path, german).landmarks[0], points[0])


def test_landmarks_in_a_file_of_their_own_are_matched_by_image(tmp_path: Path) -> None:
    points, frame = landmark_lines(["c", "a"])
    content = "image,expression\na,anger\nb,fear\nc,sad\n"
    frame.to_csv(tmp_path / "landmarks.csv", index=False)
    (tmp_path / "points").mkdir()
    frame.rename(columns=str.upper).to_csv(tmp_path / "points" / "p.csv", index=False)
    for settings in ({}, {"landmarks": str(tmp_path / "points" / "p.csv")}):
        found = read(tmp_path, content, **settings).landmarks
        assert found is not None
        np.testing.assert_array_equal(found[[0, 2]], points[[1, 0]])
        assert np.isnan(found[1]).all()
    with pytest.raises(UserError, match=r"data\.landmarks=.*none\.csv cannot be read"):
        read(tmp_path, content, landmarks=str(tmp_path / "none.csv"))
    pd.concat([frame, frame]).to_csv(tmp_path / "landmarks.csv", index=False)
    with pytest.raises(UserError, match="lists the image 'c' twice"):
        read(tmp_path, content)
    frame.drop(columns="x67").to_csv(tmp_path / "landmarks.csv", index=False)
    with pytest.raises(UserError, match="no column 'x67'"):
        read(tmp_path, content)
    frame.astype({"x3": object}).assign(x3="left").to_csv(tmp_path / "landmarks.csv", index=False)
    with pytest.raises(UserError, match=r"landmarks\.csv is no proper csv file"):
        read(tmp_path, content)
