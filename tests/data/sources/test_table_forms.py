"""Tables of other forms: ratings in place of expressions, images by number, text set with blanks, spreadsheets."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_xai.data.face_table import FaceTable, count_reasons
from fer_xai.data.sources.image_lookup import find_images
from fer_xai.data.sources.table import TableSource
from fer_xai.errors import UserError

#: As the semantic ratings of a well-known data set are set.
RATINGS = """\
----------------------------------------------------------
  #   HAP  SAD  SUR  ANG  DIS  FEA  PIC
----------------------------------------------------------
  1   2.87 2.52 2.10 1.97 1.97 2.06 KM-NE1
  2   4.87 2.52 2.10 1.97 1.97 2.06 KM-HA1

  3   1.58 3.01 2.10 1.97 3.01 2.06 KM-SA1
  4   1.58 1.01 1.10 4.97 3.01 2.06 KM-AN1
"""
COLUMNS = ["HAP", "SAD", "SUR", "ANG", "DIS", "FEA"]


def read(folder: Path, content: str, name: str = "ratings.txt", **settings: Any) -> FaceTable:
    (folder / name).write_text(content)
    return TableSource(str(folder / name), **settings).read()


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def test_highest_rating_gives_the_expression(tmp_path: Path) -> None:
    put(tmp_path, "001.jpg", "002.jpg", "003.jpg", "004.jpg")
    table = read(
        tmp_path,
        RATINGS,
        image_column="#",
        image_pattern="{:03d}.jpg",
        ratings=COLUMNS,
        min_rating=3,
        root=str(tmp_path),
    )
    assert table.frame["image"].tolist() == ["002.jpg", "004.jpg"]
    assert table.frame["expression"].tolist() == ["happiness", "anger"]
    assert table.frame["rating"].tolist() == [4.87, 4.97]
    assert table.left_out.to_numpy().tolist() == [
        ["001.jpg", "highest rating below data.min_rating: HAP 2.87"],
        ["003.jpg", "highest rating is shared: SAD and DIS 3.01"],
    ]
    assert table.frame["path"][1] == str(tmp_path / "004.jpg")


def test_columns_of_ratings_may_be_given_their_expressions(tmp_path: Path) -> None:
    content = "nr;glad;cross;tired\n1;2,5;1;1\n2;1;3,25;1\n3;1;1;5\n4;;;\n"
    ratings = {"glad": "happiness", "cross": "anger", "TIRED": None}
    table = read(tmp_path, content, image_column="nr", ratings=ratings)
    assert table.frame["expression"].tolist() == ["happiness", "anger"]
    assert table.frame["rating"].tolist() == [2.5, 3.25]
    assert count_reasons(table.left_out) == {"no ratings": 1, "expression not in the study": 1}


def test_ratings_of_several_people_are_averaged(tmp_path: Path) -> None:
    content = "image,rater,HA,SA\na.png,r1,5,1\na.png,r2,1,4\nb.png,r1,1,2\nb.png,r2,4,2\n"
    table = read(tmp_path, content, ratings=["HA", "SA"])
    assert table.frame[["image", "expression", "rating"]].to_numpy().tolist() == [
        ["a.png", "happiness", 3.0],
        ["b.png", "happiness", 2.5],
    ]


def test_mistakes_in_ratings_are_one_line(tmp_path: Path) -> None:
    settings = {"image_column": "#"}
    with pytest.raises(UserError, match=r"no column 'expression'.*or data\.ratings=\[HAP,SAD,SUR,ANG,DIS,FEA\]"):
        read(tmp_path, RATINGS, **settings)
    with pytest.raises(UserError, match=r"no column 'JOY'.*data\.ratings"):
        read(tmp_path, RATINGS, ratings=["JOY"], **settings)
    with pytest.raises(UserError, match=r"row 4: 'KM-NE1' in the column 'PIC' is no rating"):
        read(tmp_path, RATINGS, ratings=["HAP", "PIC"], **settings)
    with pytest.raises(UserError, match=r"data\.ratings=HAP: it is a list of columns"):
        read(tmp_path, RATINGS, ratings="HAP", **settings)
    with pytest.raises(UserError, match="unknown expression word '#'"):
        read(tmp_path, RATINGS, ratings=["#", "HAP"], **settings)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{:03d}.jpg", "007.jpg"),
        ("{}.jpg", "07.jpg"),
        ("{person}/{no:d}_{#}.png", "Ä b/7_2.png"),
    ],
)
def test_file_names_from_columns(pattern: str, name: str, tmp_path: Path) -> None:
    content = "no,person,#,expression\n07,Ä b,2,anger\n"
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    table = TableSource(str(tmp_path / "t.csv"), image_column="no", image_pattern=pattern).read()
    assert table.frame["image"].tolist() == [name]


def test_patterns_that_do_not_fit_are_one_line(tmp_path: Path) -> None:
    content = "image,expression\nx1,anger\n"
    with pytest.raises(UserError, match=r"image_pattern=\{take\}: no column 'take' \(there are: image, expression\)"):
        read(tmp_path, content, image_pattern="{take}")
    with pytest.raises(UserError, match=r"image_pattern=\{:03d\} does not fit row 2 \('x1'\)"):
        read(tmp_path, content, image_pattern="{:03d}")
    with pytest.raises(UserError, match=r"image_pattern=\{ does not fit row 2"):
        read(tmp_path, content, image_pattern="{")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("a.jpg", "a.jpg"),
        ("A.JPG", "a.jpg"),
        ("a", "a.jpg"),
        ("KM-NE1.1", "sub/KM.NE1.1.tiff"),
        ("12", "sub/img_012.png"),
        ("12.0", "sub/img_012.png"),
        ("b", "b"),
        ("c", "c"),
        ("13", "13"),
    ],
)
def test_images_under_nearly_their_names(name: str, file: str, tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", "sub/KM.NE1.1.tiff", "sub/img_012.png", "c.jpg", "C.png", "x/13.png", "y/13.png")
    found = find_images(pd.Series([name]), tmp_path)
    assert found.names.tolist() == [file]
    assert found.paths.tolist() == [str(tmp_path / file)]
    assert bool(found.notes) == (file not in {name, "b", "c", "13"})


def test_tables_say_that_names_were_mended(tmp_path: Path) -> None:
    put(tmp_path, "img1.png", "img2.png")
    table = read(tmp_path, "image,expression\nimg1,anger\nIMG2.PNG,fear\nimg3.png,sad\n")
    assert table.frame["image"].tolist() == ["img1.png", "img2.png", "img3.png"]
    assert table.notes == ("table: 2 images were found under other names than the table's",)


def test_two_rows_that_mean_one_file_are_one_image(tmp_path: Path) -> None:
    put(tmp_path, "1.png")
    table = read(tmp_path, "image,expression\n1.png,anger\n1,anger\n")
    assert table.frame["image"].tolist() == ["1.png"]
    assert count_reasons(table.left_out) == {"listed twice": 1}


def test_landmarks_are_matched_by_the_names_of_either_table(tmp_path: Path) -> None:
    put(tmp_path, "a.png", "b.png")
    points = np.arange(272, dtype=np.float32).reshape(2, 136)
    frame = pd.DataFrame(points, columns=[f"{axis}{i}" for i in range(68) for axis in "xy"])
    frame.assign(image=["b.png", "a"]).to_csv(tmp_path / "landmarks.csv", index=False)
    landmarks = read(tmp_path, "image,expression\na,anger\nb,fear\n").landmarks
    assert landmarks is not None
    np.testing.assert_array_equal(landmarks.reshape(2, 136), points[::-1])


def test_official_split_and_cropped_images(tmp_path: Path) -> None:
    content = "image,expression,Split,cropped\na,anger,Training,True\nb,fear,val,0\nc,sad,PrivateTest,yes\nd,sad,?,\n"
    table = read(tmp_path, content, usage_column="split")
    assert table.frame["usage"].tolist() == ["train", "validation", "test", ""]
    assert table.frame["cropped"].tolist() == [True, False, True, False]
    assert table.frame["cropped"].dtype == bool
    assert read(tmp_path, content, cropped=True).frame["cropped"].tolist() == [True] * 4
    assert "usage" not in read(tmp_path, content).frame
    with pytest.raises(UserError, match=r"no column 'part'.*data\.usage_column"):
        read(tmp_path, content, usage_column="part")


def test_text_set_with_blanks(tmp_path: Path) -> None:
    frame = read(tmp_path, "image   expression subject\n\n a.png  anger  S1  \nb.png\tfear S2\n").frame
    assert frame[["image", "expression", "subject"]].to_numpy().tolist() == [
        ["a.png", "anger", "S1"],
        ["b.png", "fear", "S2"],
    ]
    with pytest.raises(UserError, match=r"no proper csv file \(separator blanks\).*line 3"):
        read(tmp_path, "image expression\na anger\nb c fear\n")


@pytest.mark.parametrize(("ending", "package"), [(".xlsx", "openpyxl"), (".ods", "odf")])
def test_spreadsheets(ending: str, package: str, tmp_path: Path) -> None:
    pytest.importorskip(package)
    file = tmp_path / f"ratings{ending}"
    frame = pd.DataFrame({"No": [1, 2], "HAP": [4.5, 1.25], "SAD": [1, 3], "note": ["x", None]})
    with pd.ExcelWriter(file) as book:
        pd.DataFrame({"about": ["text"]}).to_excel(book, sheet_name="about", index=False)
        frame.to_excel(book, sheet_name="means", index=False)
    put(tmp_path, "img/0001.jpg", "img/0002.jpg")
    settings = {"image_column": "no", "ratings": ["HAP", "SAD"], "root": str(tmp_path / "img")}
    for sheet in ("means", 1):
        table = TableSource(str(file), sheet=sheet, **settings).read()
        assert table.frame["image"].tolist() == ["0001.jpg", "0002.jpg"]
        assert table.frame["expression"].tolist() == ["happiness", "sadness"]
        assert table.frame["note"].tolist() == ["x", ""]
    with pytest.raises(UserError, match="no column 'no'"):
        TableSource(str(file), **settings).read()
    with pytest.raises(UserError, match=r"sheet other.*is no proper"):
        TableSource(str(file), sheet="other", **settings).read()
    file.write_bytes(b"no spreadsheet")
    with pytest.raises(UserError, match="is no proper"):
        TableSource(str(file), **settings).read()


def test_a_spreadsheet_without_its_package_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(UserError, match=r"takes a package: pip install openpyxl, or save it as csv"):
        TableSource(str(tmp_path / "t.xlsx")).read()
