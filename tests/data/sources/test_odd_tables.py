"""Tables and trees as they come from other machines: read as what they show, or said in one line."""

import unicodedata
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fer_xai import expressions
from fer_xai.data.face_table import FaceTable
from fer_xai.data.sources import image_lookup
from fer_xai.data.sources.file_listing import list_files
from fer_xai.data.sources.image_lookup import find_images
from fer_xai.data.sources.table import TableSource


def read(folder: Path, content: str, **settings: Any) -> FaceTable:
    (folder / "t.csv").write_text(content, encoding="utf-8")
    return TableSource(str(folder / "t.csv"), **settings).read()


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def test_one_person_written_as_several_numbers_is_one_person(tmp_path: Path) -> None:
    rows = "a.png,anger,7.0\nb.png,fear,7\nc.png,sad,007\nd.png,sad,70\ne.png,sad,S7\nf.png,sad,NA\ng.png,sad,nan\n"
    table = read(tmp_path, f"image,expression,subject\n{rows}")
    assert table.frame["subject"].tolist() == ["7.0", "7.0", "7.0", "70", "S7", "NA", ""]
    assert table.warnings[0] == (
        "table: 2 subjects are written in another way elsewhere in the table ('7' is taken for '7.0'): one person each"
    )


def test_columns_of_a_table_have_no_say_in_what_readers_note(tmp_path: Path) -> None:
    table = read(tmp_path, "image,expression,rest_only\na.png,anger,True\n")
    assert table.frame["image"].tolist() == ["a.png"]
    assert "rest_only" not in table.frame


def test_an_empty_name_of_a_data_set_is_the_tables_own(tmp_path: Path) -> None:
    table = read(tmp_path, "image,expression,dataset\na.png,anger,\nb.png,fear,mine\n")
    assert table.frame["dataset"].tolist() == ["table", "mine"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_may_be_letters_of_their_own(tmp_path: Path, form: Any) -> None:
    folder, name = unicodedata.normalize("NFC", "Zoë"), unicodedata.normalize("NFD", "é.png")
    put(tmp_path, f"{folder}/{name}")
    asked = unicodedata.normalize(form, "Zoë/é.png")
    for wanted in (asked, f"D:/data/{asked}"):
        found = find_images(pd.Series([wanted]), tmp_path)
        assert found.names.tolist() == [f"{folder}/{name}"]


def test_the_disk_is_not_searched_where_images_are_strewn_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "x/a.png", "x/c.png", "y/deep/table/b.png")
    listed: list[Path] = []
    monkeypatch.setattr(image_lookup, "list_files", lambda folder: listed.append(folder) or list_files(folder))
    folder = tmp_path / "y" / "deep" / "table"
    names = pd.Series([str(tmp_path / "x" / "a.png"), "b.png"])
    assert find_images(names, folder).warnings == []
    assert listed == []
    # Images that lie in one place are counted, wherever that is.
    found = find_images(names[:1], folder)
    assert found.warnings == [f"1 images below {tmp_path / 'x'} are not in the table, e.g. {tmp_path / 'x' / 'c.png'}"]


def test_links_to_what_holds_a_folder_are_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "other/z.png", "data/anger/a.png", "elsewhere/fear/b.png")
    data = tmp_path / "data"
    for name, target in {"up": "..", "root": "/", "loop": ".", "fear": "../elsewhere/fear", "gone": "x"}.items():
        (data / name).symlink_to(target, target_is_directory=True)
    images = [Path(path).relative_to(data).as_posix() for path in list_files(data).images]
    assert images == [
        "anger/a.png",
        "fear/b.png",
    ]


def test_thousands_of_columns_take_no_look_at_what_each_may_have_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(expressions, "nearest", lambda word, *_, **__: looked.append(word) or [])
    names = ",".join(f"feature_number_{i}" for i in range(200))
    table = read(tmp_path, f"image,expression,{names}\na.png,anger,{',' * 199}\n")
    assert len(table.frame.columns) > 200
    assert looked == []
