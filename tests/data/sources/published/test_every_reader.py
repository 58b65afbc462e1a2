"""Every reader on a tiny copy of its data set: as published, as copies of copies look, and what is wrong with it."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from helpers.layouts import LAYOUTS, Layout, write, write_messy
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.data.face_table import FaceTable, count_reasons
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS

READERS = sorted({layout.reader for layout in LAYOUTS.values()})
every_layout = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))


def read(name: str, folder: Path | None, **settings: Any) -> FaceTable:
    """Build the reader as its config says, and read."""
    config = OmegaConf.load(conf_dir() / "data" / f"{name}.yaml")
    whole = OmegaConf.create({"data": config, "classes": list(EXPRESSIONS), "cache_dir": f"{folder}_cache"})
    for key, value in {"root": folder and str(folder), **settings}.items():
        OmegaConf.update(whole, f"data.{key}", value, force_add=False)
    return instantiate(whole.data).read()


def labels(table: FaceTable) -> Counter[tuple[str, str]]:
    return Counter(zip(table.frame["expression"], table.frame["subject"], strict=True))


def expected(layout: Layout) -> Counter[tuple[str, str]]:
    return Counter((item.expression, item.subject) for item in layout.shown)


@every_layout
def test_every_image_label_subject_and_reason(layout: Layout, tmp_path: Path) -> None:
    table = read(layout.reader, write(layout, tmp_path / "data"))
    rows = {row["path"]: row for row in table.frame.to_dict("records")}
    assert len(rows) == len(layout.shown)
    for item in layout.shown:
        row = rows[str(tmp_path / "data" / item.path)]
        told = {key: row[key] for key in item.told}
        assert (row["expression"], row["subject"], told) == (item.expression, item.subject, item.told), item.path
        assert item.path.endswith(row["image"])
        assert (row["dataset"], row["cropped"]) == (layout.reader, layout.cropped)
    assert count_reasons(table.left_out) == layout.left_out


@every_layout
def test_a_messy_copy_gives_the_same_and_says_so(layout: Layout, tmp_path: Path) -> None:
    clean = read(layout.reader, write(layout, tmp_path / "clean"))
    messy = read(layout.reader, write_messy(layout, tmp_path / "messy"))
    assert labels(messy) == expected(layout)
    assert count_reasons(messy.left_out) == layout.left_out
    # Each picture holds the path that it had: the same ones were chosen.
    contents = [[Path(path).read_bytes() for path in table.frame["path"]] for table in (clean, messy)]
    assert sorted(contents[0]) == sorted(contents[1])
    assert any("no images" in note for note in messy.notes)


@every_layout
def test_the_inner_folder_will_do_as_well(layout: Layout, tmp_path: Path) -> None:
    table = read(layout.reader, write(layout, tmp_path / "data") / layout.inner)
    assert labels(table) == expected(layout)


@pytest.mark.parametrize("name", READERS)
def test_a_folder_of_something_else_is_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "beach.jpg").write_bytes(b"x")
    with pytest.raises(
        UserError, match=rf"data\.root=.* holds 1 images, e\.g\. holiday/beach\.jpg, but {name} is"
    ) as caught:
        read(name, tmp_path)
    assert "\n" not in str(caught.value)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"holds no image \(0 other files\)"):
        read(name, tmp_path / "empty")


@pytest.mark.parametrize("name", READERS)
def test_no_folder_names_the_key_and_the_layout(name: str, tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=rf"data\.root must be set to the folder of {name}: .*\.(jpg|JPG|jpeg|png|tiff)"
    ):
        read(name, None)
    with pytest.raises(UserError, match=rf"data\.root=.*nowhere is no folder; {name} needs one with"):
        read(name, tmp_path / "nowhere")


@pytest.mark.parametrize("name", READERS)
def test_neutral_and_contempt_are_kept_where_the_classes_name_them(name: str, tmp_path: Path) -> None:
    layout = LAYOUTS[name if name in LAYOUTS else f"{name} folders"]
    others = {"affectnet": 3, "adfes": 2}.get(name, 0)
    dropped = layout.left_out.get("expression not in the study", 0) - others
    table = read(name, write(layout, tmp_path / "data"), expressions=[*EXPRESSIONS, "neutral", "contempt"])
    kept = table.frame["expression"].isin(["neutral", "contempt"]).sum()
    assert kept == dropped
    assert count_reasons(table.left_out).get("expression not in the study", 0) == others


def test_an_image_in_two_formats_is_taken_once_without_losses(tmp_path: Path) -> None:
    root = write(LAYOUTS["jaffe"], tmp_path / "data")
    (root / "jaffe" / "ka.an1.1.jpg").write_bytes(b"lossy")
    table = read("jaffe", root)
    assert labels(table) == expected(LAYOUTS["jaffe"])
    assert not table.frame["path"].str.endswith(".jpg").any()
    reasons = table.left_out[table.left_out["image"].str.endswith(".jpg")]["reason"].tolist()
    assert reasons == ["another file of the same image: KA.AN1.1.tiff"]


def test_words_of_the_user_are_stronger(tmp_path: Path) -> None:
    root = write(LAYOUTS["jaffe"], tmp_path / "data")
    table = read("jaffe", root, words={"NE": "fear", "fe": None})
    assert (table.frame["expression"] == "fear").sum() == 6
    assert count_reasons(table.left_out) == {"expression not in the study": 6}
    assert not table.frame["image"].str.contains("FE").any()


def test_order_does_not_depend_on_the_folder_that_is_given(tmp_path: Path) -> None:
    for name, layout in LAYOUTS.items():
        root = write(layout, tmp_path / name)
        outer, inner = read(layout.reader, root), read(layout.reader, root / layout.inner)
        assert outer.frame["path"].tolist() == inner.frame["path"].tolist(), name


def test_a_circle_of_links_and_a_link_to_nothing(tmp_path: Path) -> None:
    root = write(LAYOUTS["wsefep"], tmp_path / "data")
    (root / "WSEFEP" / "again").symlink_to(root)
    (root / "WSEFEP" / "XX_fear_1_p.jpg").symlink_to(root / "WSEFEP" / "XX_fear_1_p.jpg")
    table = read("wsefep", root)
    assert len(table) == len(LAYOUTS["wsefep"].shown) + 1
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(UserError, match="is no folder"):
        read("wsefep", tmp_path / "loop")
