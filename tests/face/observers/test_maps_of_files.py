"""Maps of observers read from pictures, arrays and tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.made_up_gaze import SIZE, canonical, peak, write_stimuli
from PIL import Image

from fer_xai.errors import UserError
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.observers.pictures import MapsReference


def spot(row: int, column: int, shape: tuple[int, int] = FRAME_SHAPE) -> np.ndarray:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 200.0)


def write(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".npy":
        np.save(path, values)
    elif path.suffix == ".csv":
        pd.DataFrame(values).to_csv(path, index=False, header=False, sep=";", decimal=",")
    else:
        Image.fromarray((255 * values).round().astype(np.uint8)).save(path)


@pytest.mark.parametrize("ending", ["png", "npy", "csv"])
def test_a_map_for_each_observer_and_expression(tmp_path: Path, ending: str):
    for observer, shift in (("P1", 0), ("P2", 10)):
        write(tmp_path / f"{observer}_Angry.{ending}", spot(100 + shift, 60))
        write(tmp_path / f"{observer}_happiness.{ending}", spot(200, 110 + shift))
    reference = MapsReference(str(tmp_path / f"*.{ending}"))
    assert reference.expressions == ("anger", "happiness")
    observers = reference.observers_of("anger")
    assert observers.names == ("P1", "P2")
    assert [peak(one) for one in observers.maps] == [(60, 100), (60, 110)]
    np.testing.assert_allclose(np.abs(observers.maps).mean(axis=(1, 2)), 1, rtol=1e-3)


def test_observers_weigh_alike_however_their_maps_are_scaled(tmp_path: Path):
    write(tmp_path / "P1_anger.npy", spot(100, 60) - 0.1)
    write(tmp_path / "P2_anger.npy", 1000 * (spot(100, 60) - 0.1))
    first, second = MapsReference(str(tmp_path)).observers_of("anger").maps
    np.testing.assert_allclose(first, second, rtol=1e-5)
    assert first.min() < 0


def test_folders_and_patterns_name_observers(tmp_path: Path):
    for observer in ("ann", "bob"):
        write(tmp_path / "folders" / observer / "anger.npy", spot(100, 60))
        write(tmp_path / "pattern" / f"AN{observer}.npy", spot(100, 60))
    assert MapsReference(str(tmp_path / "folders")).observers_of("anger").names == ("ann", "bob")
    by_pattern = MapsReference(str(tmp_path / "pattern"), file_table=str(write_table(tmp_path)))
    assert by_pattern.observers_of("anger").names == ("ann", "bob")


def write_table(folder: Path) -> Path:
    rows = [("ANann.npy", "ann", "anger"), ("ANbob.npy", "bob", "anger")]
    pd.DataFrame(rows, columns=["file", "observer", "expression"]).to_csv(folder / "files.csv", index=False)
    return folder / "files.csv"


def test_maps_in_the_pixels_of_stimuli_are_carried_to_the_canonical_face(tmp_path: Path):
    """At half the size as well: its pixel 0 covers the pixels 0 and 1 of the stimulus."""
    stimuli = str(write_stimuli(tmp_path / "stimuli.csv", ["f_anger", "m_anger"]))
    write(tmp_path / "maps" / "P1_f_anger.npy", spot(128, 112, SIZE[::-1]))
    write(tmp_path / "maps" / "P1_m_anger.npy", spot(128, 112, SIZE[::-1]))
    write(tmp_path / "maps" / "P2_anger_f.npy", spot(64, 56, (SIZE[1] // 2, SIZE[0] // 2)))
    reference = MapsReference(str(tmp_path / "maps"), stimuli)
    observers = reference.observers_of("anger")
    assert observers.names == ("P1", "P2")
    assert peak(observers.maps[0]) == canonical(112, 128)
    assert peak(observers.maps[1]) == canonical(112.5, 128.5)


def test_unknown_pixels_stay_unknown_and_empty_maps_are_left_out(tmp_path: Path):
    half = spot(100, 60)
    half[:, 112:] = np.nan
    write(tmp_path / "P1_anger.npy", half)
    write(tmp_path / "P2_anger.npy", np.zeros(FRAME_SHAPE))
    reference = MapsReference(str(tmp_path))
    assert reference.observers_of("anger").names == ("P1",)
    np.testing.assert_array_equal(reference.known_of("anger"), np.isfinite(half))
    assert reference.reading.left_out.to_dict("records") == [
        {"observer": "P2", "stimulus": "anger", "reason": "map without a value other than 0", "n": 1}
    ]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["P1_bored.npy"], "P1_bored.npy does not tell its expression"),
        (["P1_anger.npy", "P1_angry.npy"], "two maps of the same observer and expression, such as P1_anger.npy and"),
        (["P1_anger.txt"], "there is no such file"),
    ],
)
def test_mistaken_names_are_one_line(tmp_path: Path, names: list[str], said: str):
    for name in names:
        path = tmp_path / name
        path.write_text("") if path.suffix == ".txt" else write(path, spot(100, 60))
    with pytest.raises(UserError) as error:
        MapsReference(str(tmp_path / "*.npy"))
    assert said in str(error.value)


def test_mistaken_maps_are_one_line(tmp_path: Path):
    write(tmp_path / "P1_anger.npy", spot(10, 10, (100, 100)))
    with pytest.raises(UserError, match=r"is 100 x 100 \(rows x columns\), the canonical frame is 275 x 224"):
        MapsReference(str(tmp_path))
    write(tmp_path / "P1_anger.npy", np.zeros(FRAME_SHAPE))
    with pytest.raises(UserError, match="all 1 maps are 0 everywhere"):
        MapsReference(str(tmp_path))
    (tmp_path / "P1_anger.npy").write_text("no array")
    with pytest.raises(UserError, match="cannot be read as an array"):
        MapsReference(str(tmp_path))
