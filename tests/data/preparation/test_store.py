import multiprocessing
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from fer_xai.data.preparation.crop import pack
from fer_xai.data.preparation.records import Crops, Face
from fer_xai.data.preparation.store import FaceStore, open_store
from fer_xai.errors import UserError

SIZE = 8


def crop_of(i: int) -> np.ndarray:
    return np.random.default_rng(i).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)


def face(i: int) -> Face:
    landmarks = np.full((68, 2), i, np.float32)
    quality = {"score": i, "size": 2 * i, "sharpness": 3.5, "inside": 1.0, "turned": -4.0, "outside": 2}
    return Face(pack(crop_of(i)), landmarks, **quality, crop_left=-3, crop_top=5, crop_side=90)


def ends(n: int) -> list[int]:
    """Where the crops of the first n faces end in a file that holds them in order."""
    return np.cumsum([len(pack(crop_of(i))) for i in range(n)]).tolist()


def fill(folder: Path, rows: range) -> None:
    with FaceStore(folder) as store:
        for i in rows:
            store.add(f"key{i}", face(i))


def crops_of(store: FaceStore, keys: list[str]) -> list[np.ndarray]:
    found = store.read(keys)
    crops = Crops(store.crops_path, found.start, found.length, SIZE)
    return [crops[i] for i in range(len(crops))]


def test_what_was_added_is_read_back_in_the_order_asked_for(tmp_path: Path) -> None:
    fill(tmp_path, range(5))
    with FaceStore(tmp_path) as store:
        store.add("bad", Face(reason="no face found"))
        keys = ["key3", "bad", "", "key0", "key3"]
        found = store.read(keys)
        assert found.start.tolist() == [ends(3)[-1], -1, -1, 0, ends(3)[-1]]
        assert (found.start + found.length)[[0, 3]].tolist() == [ends(4)[-1], ends(1)[0]]
        assert found.reason.tolist() == ["", "no face found", "", "", ""]
        np.testing.assert_array_equal(found.landmarks[[0, 3, 4], 5, 1], [3, 0, 3])
        assert np.isnan(found.landmarks[1:3]).all()
        assert found.figures[0].tolist() == [3, 6, 3.5, 1, -4, 2, -3, 5, 90]
        assert all((a == crop_of(i)).all() for a, i in zip(crops_of(store, ["key4", "key1"]), (4, 1), strict=True))
        assert store.missing(["key2", "x", "", "bad", "y"]) == ["x", "y"]
        with pytest.raises(KeyError):
            store.read(["x"])


def test_a_key_keeps_what_it_has(tmp_path: Path) -> None:
    fill(tmp_path, range(2))
    with FaceStore(tmp_path) as store:
        store.add("key0", face(9))
        assert (crops_of(store, ["key0"])[0] == crop_of(0)).all()
    assert (tmp_path / "crops.bin").stat().st_size == ends(2)[-1]


def test_a_crop_without_its_row_is_overwritten(tmp_path: Path) -> None:
    """As a process leaves it that is killed between the two."""
    fill(tmp_path, range(3))
    with (tmp_path / "crops.bin").open("ab") as file:
        file.write(b"\xff" * 100)
    fill(tmp_path, range(3, 5))
    with FaceStore(tmp_path) as store:
        assert all((crop == crop_of(i)).all() for i, crop in enumerate(crops_of(store, [f"key{i}" for i in range(5)])))


def unsealed(folder: Path, rows: range) -> None:
    """Add faces without closing the store, as a killed process does."""
    store = FaceStore(folder)
    for i in rows:
        store.add(f"key{i}", face(i))


@pytest.mark.parametrize("harm", ["lost", "zeros"])
def test_crops_that_did_not_reach_the_disk_are_forgotten(tmp_path: Path, harm: str) -> None:
    fill(tmp_path, range(2))
    unsealed(tmp_path, range(2, 6))
    content = (tmp_path / "crops.bin").read_bytes()
    keep = ends(4)[-1] + 10
    (tmp_path / "crops.bin").write_bytes(content[:keep] + (b"" if harm == "lost" else bytes(len(content) - keep)))
    keys = [f"key{i}" for i in range(6)]
    with FaceStore(tmp_path) as store:
        assert store.missing(keys) == keys[4:]
    fill(tmp_path, range(6))
    with FaceStore(tmp_path) as store:
        assert all((crop == crop_of(i)).all() for i, crop in enumerate(crops_of(store, keys)))


def test_damaged_index_is_built_anew_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_store(tmp_path, {"a": 1}, SIZE) as store:
        store.add("key0", face(0))
    index = store.crops_path.with_name("index.sqlite")
    index.write_bytes(b"no database at all" * 100)
    with open_store(tmp_path, {"a": 1}, SIZE) as store:
        assert store.missing(["key0"]) == ["key0"]
    assert "damaged" in caplog.text


def test_settings_have_folders_of_their_own(tmp_path: Path) -> None:
    with open_store(tmp_path, {"a": 1}, SIZE) as one, open_store(tmp_path, {"a": 2}, SIZE) as two:
        assert one.crops_path != two.crops_path
    with open_store(tmp_path, {"a": 1}, SIZE) as again:
        assert again.crops_path == one.crops_path
    assert '"a": 1' in one.crops_path.with_name("settings.json").read_text()


def test_files_are_known_until_they_change(tmp_path: Path) -> None:
    with FaceStore(tmp_path) as store:
        store.add_contents([("/é/a", 1, 2, "x"), ("/b", 3, 4, "y"), ("/bad\udce9", 5, 6, "z")])
        asked = [("/é/a", 1, 2), ("/b", 3, 5), ("/bad\udce9", 5, 6), ("/c", 0, 0)]
        assert store.contents(asked) == {"/é/a": "x", "/bad\udce9": "z"}
        store.add_contents([("/b", 3, 5, "new")])
        assert store.contents([("/b", 3, 5)]) == {"/b": "new"}


def test_processes_may_add_at_the_same_time(tmp_path: Path) -> None:
    fill(tmp_path, range(1))
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=fill, args=(tmp_path, range(start, start + 60))) for start in (0, 40)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    with FaceStore(tmp_path) as store:
        crops = crops_of(store, [f"key{i}" for i in range(100)])
        assert all((crop == crop_of(i)).all() for i, crop in enumerate(crops))


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    fill(tmp_path, range(2))
    store = FaceStore(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(UserError, match=r"cannot write a crop to .*: No space left on device"):
            store.add("key2", face(2))
    store.add("key2", face(2))
    assert (crops_of(store, ["key2"])[0] == crop_of(2)).all()
    store._database.execute("PRAGMA query_only=ON")
    with pytest.raises(UserError, match="cannot write to the cache"):
        store.add("key3", face(3))
    assert isinstance(store._database, sqlite3.Connection)
