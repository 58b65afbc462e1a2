import hashlib
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pandas as pd
import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.synthetic.drawn_tables import POINT_COLUMNS, UNIT_COLUMNS
from fer_xai.synthetic.export import export_dataset
from fer_xai.synthetic.picture_plan import Picture
from fer_xai.synthetic.source import SyntheticSource


def source(cache, **changes):
    return SyntheticSource(
        **{"subjects": 1, "per_expression": 1, "seed": 2, "size": 224, "workers": 1, **changes}, cache_dir=str(cache)
    )


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*.png"))}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    out = tmp_path_factory.mktemp("export")
    export_dataset(out, subjects=2, per_expression=1, seed=5, size=224, workers=1, rest=True)
    return out


def test_export_layout(exported):
    labels, landmarks = pd.read_csv(exported / "labels.csv"), pd.read_csv(exported / "landmarks.csv")
    assert list(labels.columns) == ["image", "expression", "subject", "intensity", *UNIT_COLUMNS, "drawing", "rest"]
    assert list(landmarks.columns) == ["image", *POINT_COLUMNS]
    assert {"AU01", "AU06", "AU12", "AU43"} <= set(labels.columns)
    assert list(labels["image"]) == list(landmarks["image"])
    assert labels["expression"].value_counts().to_dict() == dict.fromkeys(EXPRESSIONS, 2)
    units = labels[list(UNIT_COLUMNS)]
    assert ((units >= 0) & (units <= 1)).all(axis=None)
    assert (labels.loc[labels["expression"] == "happiness", "AU12"] > 0.3).all()
    assert (labels.loc[labels["expression"] != "happiness", "AU12"] == 0).all()
    for column in ("image", "rest"):
        for name in labels[column]:
            assert cv2.imread(str(exported / name)).shape == (224, 224, 3)


def test_exported_files_are_the_drawn_pictures(exported):
    picture = Picture(5, 1, 3)
    labels = pd.read_csv(exported / "labels.csv")
    row = labels.index[labels["image"] == f"images/{picture.name}.png"][0]
    for folder, rest in (("images", False), ("rest", True)):
        stored = cv2.imread(str(exported / folder / f"{picture.name}.png"))[..., ::-1]
        assert np.array_equal(stored, picture.draw(224, shown=() if rest else None).image)
    points = pd.read_csv(exported / "landmarks.csv").iloc[row, 1:].to_numpy(float).reshape(68, 2)
    assert points == pytest.approx(picture.landmarks(224), abs=1e-3)
    assert labels.loc[row, "subject"] == "s0001"
    assert labels.loc[row, "AU12"] == pytest.approx(picture.strength()[1][12], abs=1e-4)


def test_export_without_resting_faces(tmp_path):
    export_dataset(tmp_path, subjects=1, per_expression=1, seed=5, size=224, workers=1, rest=False)
    assert not (tmp_path / "rest").exists()
    assert "rest" not in pd.read_csv(tmp_path / "labels.csv").columns


def test_bytes_do_not_depend_on_workers_or_on_the_number_of_subjects(exported, tmp_path):
    export_dataset(tmp_path, subjects=3, per_expression=1, seed=5, size=224, workers=2, rest=False)
    many, few = digests(tmp_path / "images"), digests(exported / "images")
    assert len(many) == 18
    assert {name: many[name] for name in few} == few


def test_source_gives_a_table_with_landmarks(tmp_path):
    table = source(tmp_path).read()
    assert len(table) == 6
    assert table.landmarks.dtype == np.float32
    assert table.landmarks.shape == (6, 68, 2)
    assert sorted(table.frame["expression"]) == sorted(EXPRESSIONS)
    assert set(table.frame["dataset"]) == {"synthetic"}
    assert table.frame["image"].is_unique
    assert {"AU04", "intensity"} <= set(table.frame.columns)
    for path, points in zip(table.frame["path"], table.landmarks, strict=True):
        assert cv2.imread(path).shape == (224, 224, 3)
        assert 0 <= points.min() <= points.max() < 224


def test_cache_is_used_again_and_missing_files_are_drawn_anew(tmp_path, monkeypatch):
    table = source(tmp_path).read()
    before = digests(tmp_path)
    paths = sorted(tmp_path.rglob("*.png"))
    ages = {path.name: path.stat().st_mtime_ns for path in paths}
    paths[2].unlink()
    paths[4].write_bytes(b"")  # what a crash of the machine may leave
    again = source(tmp_path).read()
    assert digests(tmp_path) == before
    kept = [path.name for k, path in enumerate(paths) if k not in (2, 4)]
    assert {path.name: path.stat().st_mtime_ns for path in paths if path.name in kept} == {k: ages[k] for k in kept}
    pd.testing.assert_frame_equal(table.frame, again.frame)
    monkeypatch.setattr(Picture, "draw", lambda *_, **__: pytest.fail("drawn although it is in the cache"))
    source(tmp_path).read()


def test_two_at_once_draw_each_picture_once(tmp_path, monkeypatch):
    drawn = []
    draw = Picture.draw
    monkeypatch.setattr(
        Picture, "draw", lambda self, *args, **named: drawn.append(self.name) or draw(self, *args, **named)
    )
    with ThreadPoolExecutor(2) as pool:
        tables = list(pool.map(lambda _: source(tmp_path).read(), range(2)))
    assert len(drawn) == len(set(drawn)) == 6
    pd.testing.assert_frame_equal(tables[0].frame, tables[1].frame)


def test_settings_that_change_pictures_have_folders_of_their_own(tmp_path):
    folders = {source(tmp_path, **c)._folder() for c in ({}, {"seed": 3}, {"size": 256})}
    assert len(folders) == 3
    assert source(tmp_path, subjects=9)._folder() == source(tmp_path)._folder()


def test_no_half_written_file_is_left(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("fer_xai.synthetic.drawn_files.os.fsync", fail)
        with pytest.raises(UserError, match="No space left"):
            source(tmp_path).read()
    assert [path.name for path in tmp_path.rglob("*") if path.suffix in (".png", ".part")] == []


@pytest.mark.parametrize(
    "changes", [{"subjects": 0}, {"per_expression": 0}, {"size": 100}, {"seed": -1}, {"workers": 0}, {"subjects": 1.5}]
)
def test_numbers_out_of_range(tmp_path, changes):
    with pytest.raises(UserError, match=f"data.{next(iter(changes))}="):
        source(tmp_path, **changes)


def test_config_builds_the_source(tmp_path):
    cfg = OmegaConf.merge(
        {"cache_dir": str(tmp_path), "classes": ["fear", "anger"]},
        {"data": OmegaConf.load(conf_dir() / "data" / "synthetic.yaml")},
    )
    built = instantiate(cfg.data)
    assert isinstance(built, SyntheticSource)
    assert (built.cache_dir, built.expressions) == (str(tmp_path), ("fear", "anger"))


def test_only_the_expressions_of_the_study_are_listed_and_drawn(tmp_path):
    table = source(tmp_path, subjects=2, expressions=["surprise", "anger", "contempt"]).read()
    assert table.frame["expression"].tolist() == ["anger", "surprise"] * 2
    assert len(digests(tmp_path)) == len(table.landmarks) == 4
    with pytest.raises(UserError, match="no image of the expressions of the study"):
        source(tmp_path, expressions=["contempt"]).read()
