"""Data sets of the hub: parquet files with numbers or words for labels, image folders, and what cannot be had."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_xai.data.sources.huggingface import HuggingFaceSource, fetched
from fer_xai.data.sources.merged import MergedSource
from fer_xai.data.sources.reader import MissingDataSet
from fer_xai.errors import UnavailableError, UserError
from fer_xai.expressions import EXPRESSIONS

NAMES = ["happy", "sad", "angry", "disgust", "fear", "surprise", "neutral"]
MEANS = ["happiness", "sadness", "anger", "disgust", "fear", "surprise", "neutral"]


def picture(number: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.full((8, 8, 3), number, np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def write_parquet(path: Path, labels: list, as_bytes: bool = False, told: bool = True, **columns: list) -> Path:
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra: hub)")
    pq = pytest.importorskip("pyarrow.parquet")
    pictures = [picture(number) for number in range(len(labels))]
    images = pictures if as_bytes else [{"bytes": data, "path": "x.png"} for data in pictures]
    table = pa.table({"image": images, "label": labels, **columns})
    features = {"image": {"_type": "Image"}, "label": {"names": NAMES, "_type": "ClassLabel"}}
    if told:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)
    return path


def read(root: Path, **settings) -> HuggingFaceSource:
    return HuggingFaceSource(root=str(root), cache_dir=str(root.parent / "cache"), **settings).read()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "repo"


@pytest.mark.parametrize("as_bytes", [False, True])
def test_numbers_mean_what_the_file_tells(root, as_bytes):
    people = [f"p{number}" for number in range(7)]
    write_parquet(root / "data" / "train-00000-of-00001.parquet", [*range(7)], as_bytes, subject=people)
    write_parquet(root / "data" / "test-00000-of-00001.parquet", [2, -1], as_bytes, subject=["p9", "p9"])
    table = read(root)
    frame = table.frame.set_index("image")
    train = frame.loc[[f"data/train-00000-of-00001/{row:06d}.png" for row in range(6)]]
    assert train["expression"].tolist() == MEANS[:6]
    assert train["subject"].tolist() == people[:6]
    assert frame["usage"].value_counts().to_dict() == {"train": 6, "test": 1}
    assert frame.loc["data/test-00000-of-00001/000000.png", "expression"] == "anger"
    for row, path in enumerate(train["path"]):
        assert Path(path).read_bytes() == picture(row)
    assert sorted(table.left_out["reason"]) == ["expression not in the study: neutral", "no expression given"]


def test_words_are_words(root):
    write_parquet(root / "default" / "validation" / "0000.parquet", NAMES, told=False)
    write_parquet(root / "default" / "train" / "0000.parquet", NAMES[:2], told=False)
    frame = read(root).frame
    assert sorted(frame["expression"]) == sorted([*MEANS[:6], *MEANS[:2]])
    # A part for validation and none for test.
    assert set(frame["usage"]) == {"train", "test"}
    assert read(root, files="default/train/*").frame["expression"].tolist() == MEANS[:2]


def test_numbers_that_nothing_tells_of(root):
    write_parquet(root / "a.parquet", [0, 1], told=False)
    with pytest.raises(UserError, match=r"a.parquet, row 0: unknown expression word '0'"):
        read(root)
    table = read(root, label_names=["angry", "happy"])
    assert table.frame["expression"].tolist() == ["anger", "happiness"]
    assert "usage" not in table.frame
    with pytest.raises(UserError, match=r"row 1: label 1 has no name, there are 1 \(angry\): set data.label_names"):
        read(root, label_names=["angry"])


def test_columns_have_other_names(root):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    root.mkdir()
    pq.write_table(pa.table({"face": [picture(1)], "mood": ["sad"], "who": [7]}), root / "a.parquet")
    with pytest.raises(
        UserError, match=r"has no column 'image' \(it has: face, mood, who\): set data.image_column=NAME"
    ):
        read(root)
    with pytest.raises(UserError, match="has no column of labels"):
        read(root, image_column="face")
    with pytest.raises(UserError, match="has no column 'moods'"):
        read(root, image_column="face", label_column="moods")
    table = read(root, image_column="face", label_column="mood", subject_column="who")
    assert table.frame[["expression", "subject"]].to_numpy().tolist() == [["sadness", "7"]]
    with pytest.raises(UserError, match=r"data.sources.mine.image_column"):
        MergedSource({"mine": HuggingFaceSource(root=str(root))}).read()


def test_rows_without_a_picture_are_left_out(root):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    root.mkdir()
    pq.write_table(pa.table({"image": [picture(1), None, b"no picture"], "label": ["sad"] * 3}), root / "a.parquet")
    table = read(root)
    assert len(table) == 1
    assert table.left_out["reason"].tolist() == ["no picture in this row"] * 2


def test_pictures_may_lie_beside_and_not_outside(root):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    (root / "data" / "images").mkdir(parents=True)
    (root / "data" / "images" / "a.png").write_bytes(picture(5))
    (root / "b.png").write_bytes(picture(6))
    paths = ["images/a.png", "images/none.png", "../b.png", str(root / "b.png")]
    for cells in (paths, [{"bytes": None, "path": path} for path in paths]):
        pq.write_table(pa.table({"image": cells, "label": ["sad"] * 4}), root / "data" / "a.parquet")
        table = read(root)
        assert [Path(path).read_bytes() for path in table.frame["path"]] == [picture(5)]
        assert table.left_out["reason"].tolist() == ["no picture in this row"] * 3


def test_names_of_numbers_may_be_a_dictionary(root):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    root.mkdir()
    label = {"names": {str(number): name for number, name in enumerate(NAMES)}, "_type": "ClassLabel"}
    table = pa.table({"image": [picture(1)] * 2, "label": [2, 0]})
    told = {"huggingface": json.dumps({"info": {"features": {"label": label}}})}
    pq.write_table(table.replace_schema_metadata(told), root / "a.parquet")
    assert read(root).frame["expression"].tolist() == ["anger", "happiness"]


def test_file_that_is_no_parquet_is_one_line(root):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra: hub)")
    root.mkdir()
    (root / "a.parquet").write_text("no parquet")
    with pytest.raises(UserError, match=r"a.parquet: no parquet file that can be read"):
        read(root)


def test_missing_package_is_one_line(root, monkeypatch):
    root.mkdir()
    (root / "a.parquet").write_bytes(b"")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(UserError, match=r"pip install 'fer_xai\[hub\]'"):
        read(root)


def test_folder_of_images_is_read_as_data_folder_does(root):
    for part in ("train", "test"):
        for word in EXPRESSIONS:
            (root / part / word).mkdir(parents=True)
            (root / part / word / "1.png").write_bytes(picture(1))
    frame = read(root).frame
    assert set(frame["usage"]) == {"train", "test"}
    assert set(frame["dataset"]) == {"huggingface"}
    assert set(frame["expression"]) == set(EXPRESSIONS)


def test_folder_with_a_list(root):
    (root / "train").mkdir(parents=True)
    rows = ["file_name,label,subject"]
    for number, _ in enumerate(NAMES):
        (root / "train" / f"{number}.png").write_bytes(picture(number))
        rows.append(f"{number}.png,{number},p{number}")
    (root / "train" / "metadata.csv").write_text("\n".join(rows))
    frame = read(root, label_names=NAMES).frame
    assert frame["expression"].tolist() == MEANS[:6]
    assert frame["subject"].tolist() == [f"p{number}" for number in range(6)]
    (root / "test").mkdir()
    (root / "test" / "metadata.csv").write_text("\n".join(rows))
    with pytest.raises(UserError, match=r"2 files metadata.csv: choose one, data.files=test/metadata.csv"):
        read(root, label_names=NAMES)


def test_nothing_to_read_is_one_line(root, tmp_path):
    root.mkdir()
    (root / "script.py").write_text("")
    with pytest.raises(UserError, match="revision=refs/convert/parquet"):
        read(root)
    for settings in ({}, {"repo": "a/b", "root": str(root)}):
        with pytest.raises(MissingDataSet, match=r"data.repo=OWNER/NAME"):
            HuggingFaceSource(**settings).read()
    with pytest.raises(MissingDataSet, match="is no folder"):
        read(tmp_path / "nowhere")


def hub_error(name: str, status: int = 403) -> Exception:
    import httpx
    from huggingface_hub import errors

    request = httpx.Request("GET", "https://huggingface.co/api/datasets/a/b")
    return getattr(errors, name)("no", response=httpx.Response(status, request=request))


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("GatedRepoError", UserError, "data.repo=a/b is gated: ask for access"),
        ("RepositoryNotFoundError", UserError, "no such data set, or it is private"),
        ("RevisionNotFoundError", UserError, "data.revision=x: a/b has no such branch"),
        ("HfHubHTTPError", UnavailableError, "cannot be fetched"),
    ],
)
def test_what_the_hub_refuses_is_one_line(monkeypatch, name, kind, message):
    def refuse(*args, **settings):
        raise hub_error(name)

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(kind, match=message):
        fetched("a/b", "x", None)


def test_hub_is_read_from_its_cache_without_a_network(tmp_path, monkeypatch):
    """As the hub lays it out: a reference, and the files of its commit."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(UnavailableError, match=r"not in the hub's cache \(HF_HOME\) .* give data.root=DIR"):
        fetched("a/b", None, None)
    with pytest.raises(UserError, match="it is OWNER/NAME"):
        fetched("a/b/c d", None, None)
    repo, commit = tmp_path / "datasets--a--b", "0" * 40
    (repo / "refs").mkdir(parents=True)
    (repo / "refs" / "main").write_text(commit)
    for word in EXPRESSIONS:
        (repo / "snapshots" / commit / "train" / word).mkdir(parents=True)
        (repo / "snapshots" / commit / "train" / word / "1.png").write_bytes(picture(1))
    assert len(HuggingFaceSource(repo="a/b").read()) == 6
