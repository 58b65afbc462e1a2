"""`fer-xai masks` draws every reference that needs no files of the user's."""

from pathlib import Path

import cv2
import pytest

from fer_xai.cli import run
from fer_xai.report.plots import masks_figure


def test_shipped_references_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    draw = masks_figure.draw_masks
    monkeypatch.setattr(
        masks_figure,
        "draw_masks",
        lambda references, out: drawn.extend(r.name for r in references) or draw(references, out),
    )
    assert run(["masks", "--out", str(tmp_path / "masks.png")]) == 0
    assert drawn == ["facs_units", "friesen_ekman", "gaussian", "observers", "shuffled"]
    assert cv2.imread(str(tmp_path / "masks.png")).shape[0] > 300
