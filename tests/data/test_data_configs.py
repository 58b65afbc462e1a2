"""The shipped configs of this room against the signatures that they call."""

import inspect
from pathlib import Path

import pytest
from hydra.utils import get_object, instantiate
from omegaconf import OmegaConf

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.data.preparation.prepare import prepare
from fer_xai.expressions import EXPRESSIONS

CONF = Path(conf_dir())
DATA_SETS = [file for file in sorted((CONF / "data").glob("*.yaml")) if "_target_" in OmegaConf.load(file)]
FILES = [*DATA_SETS, *sorted((CONF / "landmarks").glob("*.yaml"))]
#: What the configs of this room refer to.
AROUND = {"classes": list(EXPRESSIONS), "cache_dir": None}


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_config_names_every_default_as_the_signature_has_it(file: Path) -> None:
    config = OmegaConf.create({**AROUND, "data": OmegaConf.load(file)}).data
    target = get_object(config["_target_"])
    parameters = inspect.signature(target).parameters
    keys = {*map(str, config)} - {"_target_", "name"}
    assert keys <= parameters.keys()
    for key in keys:
        if not OmegaConf.is_missing(config, key) and not OmegaConf.is_dict(config[key]):
            default = parameters[key].default
            assert config[key] == (list(default) if isinstance(default, tuple) else default), key
    # All that can be set stands in the config.
    assert {*map(str, config)} - {"_target_"} == {*parameters}
    assert config["name"] == file.stem == getattr(target, "NAME", file.stem)


@pytest.mark.parametrize("file", DATA_SETS, ids=lambda file: file.stem)
def test_a_data_set_stands_under_its_own_name(file: Path) -> None:
    assert file.read_text(encoding="utf-8").splitlines()[0] == f"# @package data.sources.{file.stem}"


def test_words_of_a_config_reach_the_source(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("image,expression\na,smile\nb,other\nc,2\n")
    config = OmegaConf.create({**AROUND, "data": OmegaConf.load(CONF / "data" / "table.yaml")}).data
    config["csv"] = str(tmp_path / "labels.csv")
    config["words"] = {"smile": "happiness", "other": None, 2: "fear"}
    table = instantiate(config).read()
    assert table.frame["expression"].tolist() == ["happiness", "fear"]


def test_preparation_settings_of_the_schema_are_those_of_the_function() -> None:
    settings = OmegaConf.load(CONF / "prepare" / "default.yaml")
    parameters = inspect.signature(prepare).parameters
    for key in map(str, settings):
        assert settings[key] == parameters[key].default, key
