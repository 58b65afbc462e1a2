import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.map_files import read_map
from fer_xai.results.importing.pattern import FilePattern, Match
from fer_xai.results.importing.study_of_maps import ImportReport, import_heatmaps
from fer_xai.results.pool import pool_heatmaps
from fer_xai.results.study import read_study

WORDS = ("Angry", "DISGUST", "fear", "Happy", "Sad", "Surprised")


def draw(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, FRAME_SHAPE).astype(np.uint8)


def fill(folder: Path, name: str = "{network}_{word}.png", networks: tuple[str, ...] = ("a_b",)) -> Path:
    for network in networks:
        for number, word in enumerate(WORDS):
            path = folder / name.format(network=network, word=word)
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(draw(number)).save(path)
    return folder


def run(tmp_path: Path, pattern: str = "{network}_{expression}.png", **kwargs: Path) -> ImportReport:
    return import_heatmaps(tmp_path / "maps", pattern, tmp_path / "study", **kwargs)


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("{network}_{expression}_heatmap.png", "My_Net_Angry_heatmap.png", Match("anger", "My_Net")),
        ("{expression}/{network}.npy", "SAD/Net.npy", Match("sadness", "Net")),
        ("f{fold}-{network}-{expression}.png", "f03-x-fear.png", Match("fear", "x", 3)),
        (
            "{explainer}.{pretrained}.{seed}.{expression}.{network}.{fold}.png",
            "lime.imagenet.7.joy.vgg16.0.png",
            Match("happiness", "vgg16", 0, "imagenet", "lime", 7),
        ),
        ("{network}_{expression}[1](a).png", "n_Fear[1](a).png", Match("fear", "n")),
        ("{network}/{network}_{expression}.png", "n/n_di.png", Match("disgust", "n")),
        ("{network}/{network}_{expression}.png", "n/m_di.png", None),
        ("{network}_{expression}.png", "n_bored.png", None),
        ("{network}_{expression}.png", "sub/n_fear.png", None),
        ("{expression}.png", "fear.png", Match("fear")),
    ],
)
def test_patterns(pattern: str, name: str, expected: Match | None) -> None:
    assert FilePattern(pattern).match(name) == expected


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{network}_{emotion}.png", "unknown field {emotion}"),
        ("{network}.png", "no {expression}"),
        ("{network}{expression}.png", "nothing between"),
        ("{network_{expression}.png", "cannot be read|unknown field"),
    ],
)
def test_bad_patterns(pattern: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        FilePattern(pattern)


def test_eight_bit_values_come_back_exactly(tmp_path: Path) -> None:
    fill(tmp_path / "maps")
    report = run(tmp_path)
    assert (report.runs, report.heatmaps, report.lines) == (1, 6, ())
    study = read_study(tmp_path / "study")
    maps = pool_heatmaps(study.runs, "imported", EXPRESSIONS)
    for number in range(6):
        np.testing.assert_array_equal(np.rint(maps.mean[number] * 255).astype(np.uint8), draw(number))
    assert maps.valid.all()
    assert study.runs[0].record.network == "a_b"
    assert "equal weight" in study.runs[0].record.data["note"]


def test_folds_and_factors(tmp_path: Path) -> None:
    fill(tmp_path / "maps", "fold1/{network}.{word}.png", ("x", "y"))
    fill(tmp_path / "maps", "fold2/{network}.{word}.png", ("x", "y"))
    factors = tmp_path / "factors.csv"
    factors.write_text("network,pretrained,family\nX,imagenet,small\nz,none,big\n")
    report = run(tmp_path, "fold{fold}/{network}.{expression}.png", factors=factors)
    assert report.runs == 4
    assert any("no row for network y" in line for line in report.lines)
    assert any("no heatmaps of network z" in line for line in report.lines)
    study = read_study(tmp_path / "study")
    assert study.folds == (1, 2)
    assert [network.factors for network in study.networks] == [{"pretrained": "imagenet", "family": "small"}, {}]


def test_each_fault_is_one_line(tmp_path: Path) -> None:
    maps = fill(tmp_path / "maps", networks=("a", "b"))
    (maps / "a_Angry.png").write_bytes(b"no image")
    Image.fromarray(draw().T).save(maps / "a_fear.png")
    Image.fromarray(np.stack([draw(1), draw(2), draw(3)], -1)).save(maps / "a_Happy.png")
    Image.fromarray(draw().astype(np.uint16) * 257).save(maps / "a_Sad.png")
    Image.fromarray(draw()).save(maps / "c_bored.png")
    Image.fromarray(draw()).save(maps / "c_neutral.png")
    Image.fromarray(draw()).save(maps / "stray.png")
    Image.fromarray(np.zeros(FRAME_SHAPE, np.uint8)).save(maps / "b_Sad.png")
    (maps / "read.me").write_text("")
    report = run(tmp_path)
    text = "\n".join(report.lines)
    for part in (
        "a_Angry.png: left out: cannot be read",
        "a_fear.png: left out: has 224 rows x 275 columns, expected 275 x 224; it looks transposed",
        "a_Happy.png: is in colour: converted",
        "a_Sad.png: has 16 bits: converted",
        "c_bored.png: left out: 'bored' is no known word",
        "c_neutral.png: left out: neutral is not one of the six",
        "stray.png: left out: does not fit",
        "b_Sad.png: is zero everywhere",
        "network a, explainer imported: no heatmap for anger, fear",
    ):
        assert text.count(part) == 1, part
    assert len(report.lines) == 9
    assert report.heatmaps == 10
    maps_a = pool_heatmaps(read_study(tmp_path / "study").networks[0].runs, "imported", EXPRESSIONS)
    np.testing.assert_allclose(maps_a.mean[4], draw() / 255, atol=1e-7)
    assert not maps_a.valid[0].any()


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (
            np.where(np.indices(FRAME_SHAPE)[0] == 7, np.nan, 0.5),
            "224 of 61600 values NaN or infinite, the first at row 7",
        ),
        (np.zeros((2, *FRAME_SHAPE)), "expected one map"),
        (np.full(FRAME_SHAPE, "x"), "expected numbers"),
        (np.zeros(FRAME_SHAPE, complex), "expected numbers"),
        (np.array([{}], dtype=object), "cannot be read"),
    ],
)
def test_bad_arrays(tmp_path: Path, array: np.ndarray, message: str) -> None:
    (tmp_path / "maps").mkdir()
    np.save(tmp_path / "maps" / "a_fear.npy", array)
    with pytest.raises(UserError, match=message):
        run(tmp_path, "{network}_{expression}.npy")


def test_arrays_of_floats_stay_as_they_are(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[1e-6, 3e-6]]))
    np.save(tmp_path / "b.npy", np.array([[0, 255]], np.uint8))
    assert read_map(tmp_path / "a.npy").values.tolist() == [[1e-6, 3e-6]]
    assert read_map(tmp_path / "b.npy").values.tolist() == [[0, 1]]


def test_nothing_to_import(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no folder"):
        run(tmp_path)
    (tmp_path / "maps").mkdir()
    with pytest.raises(UserError, match="is empty"):
        run(tmp_path)
    fill(tmp_path / "maps")
    with pytest.raises(UserError, match=r"nearest: a_b_\w+.png, a_b_\w+.png, a_b_\w+.png$"):
        run(tmp_path, "{network}_{expression}_heatmap.png")


def test_two_files_for_one_place(tmp_path: Path) -> None:
    maps = fill(tmp_path / "maps")
    Image.fromarray(draw()).save(maps / "a_b_anger.png")
    with pytest.raises(UserError, match=r"a_b_Angry\.png and .*a_b_anger\.png"):
        run(tmp_path)


def test_importing_again_replaces(tmp_path: Path) -> None:
    fill(tmp_path / "maps", networks=("a", "b"))
    run(tmp_path)
    Image.fromarray(draw(9)).save(tmp_path / "maps" / "a_fear.png")
    for path in (tmp_path / "maps").glob("b_*"):
        path.unlink()
    report = run(tmp_path)
    assert report.lines == (f"{tmp_path / 'study'}: 1 runs of earlier imports stay in the study",)
    assert [network.name for network in read_study(tmp_path / "study").networks] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,family\na,b\n", "expected network"),
        ("network,family\na,b\nA,c\n", "line 3: a second row"),
        ("", "cannot read"),
    ],
)
def test_bad_factors(tmp_path: Path, text: str, message: str) -> None:
    fill(tmp_path / "maps")
    factors = tmp_path / "factors.csv"
    factors.write_text(text)
    with pytest.raises(UserError, match=message):
        run(tmp_path, factors=factors)


def test_no_warnings(tmp_path: Path) -> None:
    fill(tmp_path / "maps")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(tmp_path)
        pool_heatmaps(read_study(tmp_path / "study").runs, "imported", EXPRESSIONS)
