"""References of observers as they are chosen on the command line."""

from pathlib import Path

import numpy as np
import pytest
from helpers.made_up_tiles import weights_table, write
from hydra import compose, initialize_config_dir

from fer_xai.config.check import check_config
from fer_xai.config.schema import register
from fer_xai.config.settle import settle
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError
from fer_xai.face.chosen_references import chosen_references
from fer_xai.face.masks import Reference


def chosen(*overrides: str) -> list[Reference]:
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        cfg = compose("analyze", ["study_dir=somewhere", *overrides])
    settle(cfg)
    check_config(cfg, unbuilt=["logger"])
    return list(chosen_references(cfg.reference))


def test_tiles_and_the_shipped_observers_stand_beside_masks(tmp_path: Path) -> None:
    weights = {("a", "s"): np.arange(12) - 5.5}
    tables = write(tmp_path, {"s": "sad"}, weights_table(weights))
    settings = [f"reference.tiles.{key}={value}" for key, value in {**tables, "rows": 4, "columns": 3}.items()]
    built = chosen("reference=[friesen_ekman,observers,tiles]", *settings, "reference.observers.share=0.1")
    assert [reference.name for reference in built] == ["friesen_ekman", "observers", "tiles"]
    assert built[1].mask("anger").mean() < 0.13
    assert built[2].expressions == ("sadness",)
    assert built[2].observers_of("sadness").names == ("a",)


def test_tiles_without_files_are_told_in_one_line() -> None:
    with pytest.raises(UserError, match=r"reference\.tiles\.files"):
        chosen("reference=tiles")
