"""Nothing of a person's face is sent to loggers, or shown in a report, unless it is asked for."""

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import h5py
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_xai.cli import run
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import CANONICAL_POINTS

#: In proportion, so that a face looks alike in its picture and in the canonical frame.
LANDMARKS = CANONICAL_POINTS[:68] * 0.3 + (26, 10)
#: Correlation with a part of a picture at which that part is taken for the face. The mean of many different faces of
#: noise correlates little with any of them.
ALIKE = 0.8
PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff"}


def write_noise_faces(folder: Path, people: int) -> list[np.ndarray]:
    """A table data set of which no two pictures are alike, and its grey pictures, one of each person."""
    rng = np.random.default_rng(3)
    folder.mkdir()
    rows, kept = [], []
    for person in range(people):
        for expression in EXPRESSIONS:
            small = Image.fromarray(rng.integers(0, 256, (25, 30, 3), dtype=np.uint8))
            picture = small.resize((120, 100), Image.Resampling.BICUBIC)
            picture.save(folder / f"{person}_{expression}.png")
            rows.append((f"{person}_{expression}.png", expression, f"p{person}"))
            kept.append(np.asarray(picture.convert("L")))
    columns = [f"{axis}{i}" for i in range(68) for axis in "xy"]
    points = pd.DataFrame(np.tile(LANDMARKS.reshape(-1), (len(rows), 1)), columns=columns)
    pd.DataFrame(rows, columns=["image", "expression", "subject"]).join(points).to_csv(
        folder / "labels.csv", index=False
    )
    return kept


def pictures_in(folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Every picture below a folder, as a file or inside a page or a drawing: its name and its grey pixels."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.suffix in PICTURES:
            yield str(path.relative_to(folder)), np.asarray(Image.open(path).convert("L"))
        elif path.suffix in {".html", ".svg"}:
            text = path.read_text()
            # Drawings inside a page hold pictures of their own.
            for inner in re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=\s]+)", text):
                text += base64.b64decode(inner).decode()
            for inner in re.findall(r"data:image/(?:png|jpeg);base64,([A-Za-z0-9+/=\s]+)", text):
                picture = Image.open(io.BytesIO(base64.b64decode(inner)))
                yield f"inside {path.relative_to(folder)}", np.asarray(picture.convert("L"))


def shows(picture: np.ndarray, face: np.ndarray) -> bool:
    """Whether a face (its inner part, at any of some sizes) can be found in a picture."""
    scale = min(1.0, 700 / max(picture.shape))
    where = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    inner = face[35:85, 35:85]
    for side in np.geomspace(18, 140, 20).round().astype(int).tolist():
        if side > min(where.shape):
            break
        part = cv2.resize(inner, (side, side), interpolation=cv2.INTER_AREA if side < 50 else cv2.INTER_LINEAR)
        found = cv2.matchTemplate(where, part, cv2.TM_CCOEFF_NORMED)
        if np.nanmax(np.where(np.isfinite(found), found, -1)) > ALIKE:
            return True
    return False


def test_a_face_is_found_where_it_is_shown(tmp_path: Path) -> None:
    """The search below would find a face that leaks, large or small, on a figure of a report."""
    faces = write_noise_faces(tmp_path / "faces", 2)
    sheet = np.full((900, 1500), 255, np.uint8)
    for side, left in ((120, 30), (200, 250), (400, 600)):
        shown = sheet.copy()
        shown[40 : 40 + side, left : left + round(side * 1.2)] = cv2.resize(faces[0], (round(side * 1.2), side))
        assert shows(shown, faces[0])
        assert not shows(shown, faces[7])
    assert not shows(sheet, faces[0])


@pytest.mark.slow
@pytest.mark.parametrize("people", [9, 12])
def test_no_face_leaves_the_study(people: int, tmp_path: Path) -> None:
    """wandb's and TensorBoard's files and the report hold heatmaps, and a mean face of ten people or more only."""
    faces = write_noise_faces(tmp_path / "faces", people)
    study = tmp_path / "study"
    settings = [
        *("data=table", f"data.csv={tmp_path / 'faces' / 'labels.csv'}", "landmarks=given"),
        *("prepare.crop_size=64", "prepare.workers=1", "split.folds=2", "model.input_size=32"),
        *("recipe.max_epochs=1", "callbacks.explain.replicates=5", "trainer.accelerator=cpu"),
        *("callbacks.explain.images_per_expression=4", "logger=[wandb,tensorboard]", f"cache_dir={tmp_path / 'cache'}"),
    ]
    assert run(["train", *settings, f"hydra.run.dir={study}"]) == 0
    assert run(["analyze", f"study_dir={study}"]) == 0
    media = [path.as_posix() for path in study.rglob("media/images/**/*") if path.is_file()]
    assert media
    assert all("/media/images/heatmap/" in path for path in media)
    pictures = list(pictures_in(study))
    assert any(name.startswith("inside report") for name, _ in pictures)
    for name, picture in pictures:
        seen = [number for number, face in enumerate(faces[:: len(EXPRESSIONS) + 1]) if shows(picture, face)]
        assert not seen, f"{name} shows pictures {seen}"
    for path in study.glob("runs/*/heatmaps.nc"):
        with h5py.File(path) as file:
            assert ("mean_face" in file) == (people >= 10)
