"""Several data sets as one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.layouts import LAYOUTS, write
from helpers.made_up_faces import LANDMARKS, made_up_table, write_pictures

from fer_xai.data.face_table import FaceTable, count_reasons
from fer_xai.data.preparation.prepare import prepare
from fer_xai.data.sources.folder import FolderSource
from fer_xai.data.sources.merged import MergedSource
from fer_xai.data.sources.published.jaffe import JaffeReader
from fer_xai.data.sources.published.kdef import KDEFReader
from fer_xai.data.sources.published.rafdb import RAFDBReader
from fer_xai.data.sources.published.wsefep import WSEFEPReader
from fer_xai.errors import UserError
from fer_xai.face.landmarks import LocatedFace


class MadeUp:
    """A source with landmarks and a number of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self) -> FaceTable:
        table = made_up_table(self.folder, people=1, write=False)
        return FaceTable(table.frame.assign(intensity=0.5), table.landmarks)


class KnownFinder:
    """Finds the same face in every picture."""

    uses_given = False

    def find(self, image: np.ndarray, given: np.ndarray | None) -> LocatedFace:
        return LocatedFace(LANDMARKS.astype(np.float64), 1.0)

    def find_whole(self, crop: np.ndarray, given: np.ndarray | None) -> LocatedFace:
        return LocatedFace(LANDMARKS.astype(np.float64) / 2, 1.0)

    def settings(self) -> dict[str, Any]:
        return {"finder": "known"}

    def check(self) -> None:
        pass


def test_tables_follow_one_another_in_the_order_of_the_names(tmp_path: Path) -> None:
    jaffe, kdef, rafdb = (write(LAYOUTS[name], tmp_path / name) for name in ("jaffe", "kdef", "rafdb"))
    sources: dict[str, Any] = {
        "rafdb": RAFDBReader(str(rafdb)),
        "jaffe": JaffeReader(str(jaffe)),
        "made_up": MadeUp(tmp_path),
        "kdef": KDEFReader(str(kdef)),
    }
    table = MergedSource(sources).read()
    assert table.frame["dataset"].tolist() == ["jaffe"] * 36 + ["kdef"] * 24 + ["made_up"] * 6 + ["rafdb"] * 12
    assert table.frame["image"].str.split("/").str[0].tolist() == table.frame["dataset"].tolist()
    assert table.frame["image"].is_unique
    by_name = table.frame.groupby("dataset")
    assert by_name["subject"].unique().map(sorted).to_dict() == {
        "jaffe": ["KA", "YM"],
        "kdef": ["F01", "M35"],
        "made_up": ["p0"],
        "rafdb": [""],
    }
    # What one data set does not tell is empty, unknown or false.
    assert by_name["cropped"].unique().map(list).to_dict() == {
        "jaffe": [False],
        "kdef": [False],
        "made_up": [False],
        "rafdb": [True],
    }
    assert table.frame["cropped"].dtype == bool
    assert sorted(table.frame["usage"].unique()) == ["", "test", "train"]
    assert table.frame["angle"].tolist() == [""] * 36 + ["S"] * 24 + [""] * 18
    assert by_name["intensity"].count().to_dict() == {"jaffe": 0, "kdef": 0, "made_up": 6, "rafdb": 0}
    assert table.landmarks is not None
    assert np.isfinite(table.landmarks).all(axis=(1, 2)).tolist() == (table.frame["dataset"] == "made_up").tolist()
    np.testing.assert_array_equal(table.landmarks[60], LANDMARKS)
    reasons = count_reasons(table.left_out)
    assert reasons["expression not in the study"] == 6 + 1
    assert reasons["angle not in data.angles"] == 96
    assert table.left_out["image"].str.match("(jaffe|kdef|rafdb)/").all()
    backwards = MergedSource(dict(reversed(sources.items()))).read()
    assert backwards.frame.equals(table.frame)


def test_a_missing_data_set_is_an_error_unless_it_may_be_skipped(tmp_path: Path) -> None:
    root = str(write(LAYOUTS["jaffe"], tmp_path))
    for folder in (None, str(tmp_path / "nowhere")):
        sources = {"jaffe": JaffeReader(root), "wsefep": WSEFEPReader(folder)}
        with pytest.raises(UserError, match=r"^data\.sources\.wsefep\.root.*data\.skip_missing=true goes on without"):
            MergedSource(sources).read()
        table = MergedSource(sources, skip_missing=True).read()
        assert set(table.frame["dataset"]) == {"jaffe"}
        assert count_reasons(table.left_out)["data set missing"] == 1
        assert any("wsefep: missing" in note for note in table.notes)
    with pytest.raises(UserError, match=r"every data set is missing: data\.sources\.jaffe\.root must be set"):
        MergedSource({"jaffe": JaffeReader()}, skip_missing=True).read()
    with pytest.raises(UserError, match=r"no data sets to merge"):
        MergedSource({})


def test_mistakes_name_the_keys_of_the_one_data_set(tmp_path: Path) -> None:
    (tmp_path / "glee").mkdir()
    (tmp_path / "glee" / "1.png").write_bytes(b"x")
    (tmp_path / "anger").mkdir()
    (tmp_path / "anger" / "1.png").write_bytes(b"x")
    merged = MergedSource({"folder": FolderSource(str(tmp_path))}, skip_missing=True)
    with pytest.raises(UserError, match=r"unknown expression word 'glee'.*; data\.sources\.folder\.words=\{glee"):
        merged.read()
    wrong = MergedSource({"jaffe": JaffeReader(str(tmp_path))}, skip_missing=True)
    with pytest.raises(UserError, match=r"^data\.sources\.jaffe\.root=.* holds 2 images"):
        wrong.read()


def test_fingerprint_follows_contents_and_labels_not_folders(tmp_path: Path) -> None:
    def fingerprint(folder: str, rename: dict[str, str] | None = None, **settings: Any) -> str:
        names = [f"{p}_{e}_{i}_p.jpg" for p in ("AD", "KM") for i, e in enumerate(("anger", "fear", "joy"))]
        write_pictures(tmp_path / folder, names)
        for old, new in (rename or {}).items():
            (tmp_path / folder / old).rename(tmp_path / folder / new)
        sources = {"wsefep": WSEFEPReader(str(tmp_path / folder.split("/")[0]), **settings)}
        classes = ("anger", "fear", "happiness")
        return prepare(
            MergedSource(sources).read(), KnownFinder(), tmp_path / "cache", 64, workers=1, expressions=classes
        ).fingerprint

    one = fingerprint("one")
    assert fingerprint("elsewhere/inside/again") == one
    assert fingerprint("relabelled", {"AD_anger_0_p.jpg": "AD_fear_0_p.jpg"}) != one
    assert fingerprint("other_person", {"AD_anger_0_p.jpg": "XX_anger_0_p.jpg"}) != one
    assert fingerprint("cropped", cropped=True) != one
