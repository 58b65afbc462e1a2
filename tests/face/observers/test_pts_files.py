"""Landmarks in a file for each picture."""

from pathlib import Path

import numpy as np
import pytest

from fer_xai.errors import UserError
from fer_xai.face.canonical import canonical_points
from fer_xai.face.observers.stimuli import Stimuli

KEY = "reference.fixations.stimuli"
POINTS = canonical_points((400, 300))[:68].round(2)


def write(file: Path, points: np.ndarray = POINTS) -> None:
    file.parent.mkdir(exist_ok=True)
    lines = "\n".join(f"{x + 1:.3f} {y + 1:.3f}" for x, y in points)
    file.write_text(f"version: 1\nn_points:  {len(points)}\n{{\n{lines}\n}}\n")


@pytest.mark.parametrize("stimuli", ["points", "points/*.pts", "points/a_happy.pts"])
def test_pixels_are_counted_from_one_there(tmp_path: Path, stimuli: str):
    write(tmp_path / "points" / "a_happy.pts")
    found = Stimuli.read(tmp_path / stimuli, KEY, size=[300, 400])
    assert (found.expressions, found.size_of("a_happy")) == ({"a_happy": "happiness"}, (300, 400))
    np.testing.assert_allclose(found.landmarks_of("a_happy"), POINTS)


def test_other_numbers_of_points_are_one_line(tmp_path: Path):
    write(tmp_path / "points" / "a_happy.pts", POINTS[:51])
    with pytest.raises(UserError, match=r"a_happy.pts holds 51 points: 68 landmarks are needed"):
        Stimuli.read(tmp_path / "points", KEY, size=[300, 400])
