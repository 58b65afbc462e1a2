from pathlib import Path

import cv2
import hydra
import numpy as np
import pytest
from omegaconf import OmegaConf

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.masks import Reference
from fer_xai.report.plots.masks_figure import PART_COLOURS, draw_masks

CONF = Path(__file__).parents[3] / "conf" / "reference"


def references() -> list[Reference]:
    return [hydra.utils.instantiate(OmegaConf.load(CONF / f"{name}.yaml")) for name in ("friesen_ekman", "facs_units")]


def test_every_reference_and_expression_is_drawn_and_named(tmp_path: Path) -> None:
    path = draw_masks(references(), tmp_path / "masks.svg")
    text = path.read_text()
    for word in (*EXPRESSIONS, "friesen ekman", "facs units", "25 % of the frame"):
        assert f"<!-- {word} -->" in text, word
    for colour in PART_COLOURS.values():
        assert colour.lower() in text


def test_pictures_have_the_colours_of_the_parts(tmp_path: Path) -> None:
    path = draw_masks(references()[:1], tmp_path / "masks.png")
    picture = cv2.imread(str(path))
    assert picture.shape[1] > 2000
    forehead = np.array([int(PART_COLOURS["forehead"][i : i + 2], 16) for i in (5, 3, 1)])
    pale = np.rint(0.6 * forehead + 0.4 * 255)
    assert (np.abs(picture - pale).max(axis=2) <= 2).mean() > 0.01


def test_references_without_regions_are_drawn_as_maps(tmp_path: Path) -> None:
    weights = np.zeros((6, 55, 45))
    weights[:, 10:20, 10:20] = 1
    path = draw_masks([Reference("people", weights)], tmp_path / "people.png")
    assert (cv2.imread(str(path)).std(axis=2) > 30).any()


def test_mistakes_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no reference"):
        draw_masks([], tmp_path / "masks.png")
    with pytest.raises(UserError, match="there is no folder"):
        draw_masks(references(), tmp_path / "nowhere" / "masks.png")
    with pytest.raises(UserError, match="name ends in one of"):
        draw_masks(references(), tmp_path / "masks.doc")
