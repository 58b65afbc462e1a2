"""Heatmaps of single images become a study: places, means, people and intervals; each fault is one line."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import fer_xai
from fer_xai.cli import run
from fer_xai.data.sources.table import POINTS
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import CANONICAL_POINTS, FRAME_SHAPE
from fer_xai.results.importing.local_study import import_local_heatmaps
from fer_xai.results.pool import pool_heatmaps
from fer_xai.results.study import read_study

ROWS, COLUMNS = FRAME_SHAPE
#: A frame that is taken as its own picture is mapped onto itself.
ITSELF = CANONICAL_POINTS[:68]


def table(folder: Path, rows: list[dict], points: np.ndarray | None = ITSELF) -> Path:
    frame = pd.DataFrame(rows)
    if points is not None:
        places = np.broadcast_to(points.reshape(-1), (len(frame), 136))
        frame = pd.concat([frame, pd.DataFrame(places, columns=list(POINTS))], axis=1)
    frame.to_csv(folder / "maps.csv", index=False)
    return folder / "maps.csv"


def rows_of(folder: Path, people: int = 6, **given: object) -> tuple[list[dict], np.ndarray]:
    """A map for each person and expression, as arrays."""
    maps = np.random.default_rng(0).random((people, 6, ROWS, COLUMNS)).astype(np.float32)
    rows = []
    for person in range(people):
        for number, word in enumerate(EXPRESSIONS):
            name = f"p{person}_{word}.npy"
            np.save(folder / name, maps[person, number])
            rows.append(
                {"heatmap": name, "image": f"{person}{word}", "expression": word, "subject": f"p{person}", **given}
            )
    return rows, maps


def test_maps_are_averaged_as_those_of_a_run_and_have_intervals(tmp_path):
    rows, maps = rows_of(tmp_path, network="net", explainer="theirs")
    report = import_local_heatmaps(table(tmp_path, rows), tmp_path / "study", replicates=20)
    assert (report.runs, report.heatmaps, report.lines) == (1, 36, ())
    study = read_study(tmp_path / "study")
    pooled = pool_heatmaps(study.runs, "theirs", EXPRESSIONS)
    expected = (maps / maps.sum(axis=(2, 3), keepdims=True)).mean(axis=0)
    np.testing.assert_allclose(pooled.mean, expected, rtol=1e-4)
    assert pooled.images.tolist() == pooled.people.tolist() == [6] * 6
    assert study.runs[0].record.images == dict.fromkeys(EXPRESSIONS, 6)
    scores = fer_xai.score(fer_xai.study_heatmaps(study, "net"), metrics=["ncc"])
    assert (scores["low"] < scores["high"]).all()
    assert (scores["people"] == 6).all()


def test_pictures_of_another_size_and_stacks_and_named_arrays_give_the_same(tmp_path):
    """Twice as large, each pixel four times: landmarks in pixels of the image are those of the heatmap, scaled."""
    maps = np.random.default_rng(1).integers(0, 256, (2, ROWS, COLUMNS)).astype(np.uint8)
    np.save(tmp_path / "stack.npy", maps)
    np.savez(tmp_path / "named.npz", a=maps[0], other=maps[1])
    (tmp_path / "images").mkdir()
    for name in "ab":
        Image.new("RGB", (2 * COLUMNS, 2 * ROWS)).save(tmp_path / "images" / f"{name}.png")
    kinds = {
        "stack": [{"heatmap": "stack.npy", "part": k} for k in range(2)],
        "named": [{"heatmap": "named.npz", "part": part} for part in ("", "other")],
        "files": [{"heatmap": f"{name}.png"} for name in "ab"],
    }
    for k, name in enumerate("ab"):
        Image.fromarray(maps[k]).save(tmp_path / f"{name}.png")
    for kind, rows in kinds.items():
        rows = [{**row, "image": name, "expression": "fear"} for row, name in zip(rows, "ab", strict=True)]
        listed = table(tmp_path, rows, 2 * (ITSELF + 0.5) - 0.5)
        import_local_heatmaps(listed, tmp_path / kind, images=tmp_path / "images", replicates=0, scale="none")
        mean = pool_heatmaps(read_study(tmp_path / kind).runs, "imported", ("fear",)).mean[0]
        np.testing.assert_allclose(mean, maps.mean(axis=0) / 255, atol=1e-6)


def test_landmarks_come_from_a_table_of_images_or_from_the_pictures(tmp_path):
    face = fer_xai.draw_face("happiness")
    Image.fromarray(face.image).save(tmp_path / "smile.png")
    rows, columns = np.indices((256, 256))
    mouth = face.landmarks[48:].mean(axis=0)
    np.save(tmp_path / "map.npy", np.exp(-((columns - mouth[0]) ** 2 + (rows - mouth[1]) ** 2) / 200))
    listed = table(tmp_path, [{"heatmap": "map.npy", "image": "smile.png", "expression": "joy"}], None)
    given = pd.DataFrame([["smile.png", *face.landmarks.reshape(-1)]], columns=["image", *POINTS])
    given.to_csv(tmp_path / "landmarks.csv", index=False)
    import_local_heatmaps(listed, tmp_path / "given", landmarks=tmp_path / "landmarks.csv", replicates=0)
    import_local_heatmaps(listed, tmp_path / "found", images=tmp_path, replicates=0)
    for study in ("given", "found"):
        mean = pool_heatmaps(read_study(tmp_path / study).runs, "imported", ("happiness",)).mean[0]
        y, x = np.unravel_index(np.nanargmax(mean), mean.shape)
        assert np.hypot(*(CANONICAL_POINTS[48:68].mean(axis=0) - (x, y))) < 12


def test_what_cannot_be_used_is_left_out_by_a_line(tmp_path):
    rows, _ = rows_of(tmp_path, people=1)
    (tmp_path / "p0_anger.npy").write_bytes(b"no array")
    np.save(tmp_path / "p0_fear.npy", np.zeros((3, 4, 5)))
    np.save(tmp_path / "p0_disgust.npy", np.full((40, 30), 0.5))
    rows.append({"heatmap": "neutral.npy", "image": "n", "expression": "neutral", "subject": "p0"})
    rows[3] |= {"heatmap": "missing.npy"}
    report = import_local_heatmaps(table(tmp_path, rows), tmp_path / "study", replicates=0)
    text = "\n".join(report.lines)
    for part in (
        "line 8: left out: neutral is not one of the six",
        "p0_anger.npy: left out: cannot be read as an array",
        "p0_fear.npy: left out: has shape (3, 4, 5), expected one map",
        "p0_disgust.npy: left out: the landmarks of image 0disgust do not lie in its 40 rows x 30 columns",
        "missing.npy: left out: cannot be read as an array",
        "network all, explainer imported: no heatmap for anger, disgust, fear, happiness",
    ):
        assert text.count(part) == 1, part
    assert report.heatmaps == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expression": "bored"}, "line 2: .*bored"),
        ({"fold": "1.5"}, "line 2: fold 1.5 has to be a whole number"),
        ({"fold": "first"}, "'first' is no number"),
        ({"part": "first"}, "part 'first' has to be a number"),
        ({"heatmap": ""}, "line 2: no heatmap is named"),
        ({"heatmap": "nothing.npy"}, "none of the 1 heatmaps of .* can be used: .*nothing.npy: left out"),
        ({"x3": None}, "no column x3: 68 landmarks are needed"),
    ],
)
def test_bad_tables_are_one_line(tmp_path, change, message):
    np.save(tmp_path / "map.npy", np.random.default_rng(0).random(FRAME_SHAPE))
    listed = table(tmp_path, [{"heatmap": "map.npy", "expression": "fear", "fold": "1", "part": ""}])
    frame = pd.read_csv(listed, dtype=str, keep_default_na=False)
    for name, value in change.items():
        frame = frame.drop(columns=name) if value is None else frame.assign(**{name: value})
    frame.to_csv(listed, index=False)
    with pytest.raises(UserError, match=message):
        import_local_heatmaps(listed, tmp_path / "study")
    assert not (tmp_path / "study").exists()


def test_two_maps_of_one_image_and_unknown_landmarks_are_refused(tmp_path):
    np.save(tmp_path / "map.npy", np.random.default_rng(0).random(FRAME_SHAPE))
    twice = [{"heatmap": "map.npy", "image": "a", "expression": "fear"}] * 2
    with pytest.raises(UserError, match="lines 2 and 3: two heatmaps of image a"):
        import_local_heatmaps(table(tmp_path, twice), tmp_path / "study")
    with pytest.raises(
        UserError, match=r"landmarks of image a are not known: columns x0 ... y67, --landmarks or --images"
    ):
        import_local_heatmaps(table(tmp_path, twice[:1], None), tmp_path / "study")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give --source and --pattern for global heatmaps, or --table"),
        (["--table", "{table}", "--pattern", "x"], "--pattern is for global heatmaps"),
        (
            ["--source", ".", "--pattern", "{{expression}}.png", "--local-scale", "mass"],
            "--local-scale is for heatmaps of",
        ),
        (["--table", "{table}", "--local-scale", "much"], "--local-scale=much: choose one of none, mass, maximum"),
        (["--table", "nowhere.csv"], "--table=nowhere.csv"),
        (["--table", "{table}", "--images", "nowhere"], "--images=nowhere: there is no such folder"),
    ],
)
def test_the_command_tells_the_two_ways_apart(tmp_path, capsys, arguments, message):
    listed = table(tmp_path, [{"heatmap": "map.npy", "expression": "fear"}])
    words = [text.format(table=listed) for text in arguments]
    assert run(["import-heatmaps", "--out", str(tmp_path / "study"), *words]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_the_command_imports_and_names_what_is_next(tmp_path, capsys):
    rows, _ = rows_of(tmp_path, people=1)
    listed = table(tmp_path, rows)
    assert run(["import-heatmaps", "--table", str(listed), "--out", str(tmp_path / "study"), "--replicates", "2"]) == 0
    assert "6 heatmaps of 1 runs" in capsys.readouterr().err
    (found,) = read_study(tmp_path / "study").runs
    assert found.paths.replicates.exists()
