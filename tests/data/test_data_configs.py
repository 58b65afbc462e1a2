"""The shipped configs of this room against the signatures that they call."""

import inspect
from pathlib import Path

import pytest
from hydra.utils import get_object, instantiate
from omegaconf import OmegaConf

from fer_xai.config.paths import conf_dir
from fer_xai.data.prepare import prepare

CONF = Path(conf_dir())
FILES = [CONF / "data" / "table.yaml", CONF / "data" / "folder.yaml", *sorted((CONF / "landmarks").glob("*.yaml"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_config_names_every_default_as_the_signature_has_it(file: Path) -> None:
    config = OmegaConf.load(file)
    parameters = inspect.signature(get_object(config["_target_"])).parameters
    for key in {*map(str, config)} - {"_target_", *OmegaConf.missing_keys(config)}:
        if not OmegaConf.is_dict(config[key]):
            assert config[key] == parameters[key].default, key
    assert config["name"] == file.stem


def test_words_of_a_config_reach_the_source(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("image,expression\na,smile\nb,other\nc,2\n")
    config = OmegaConf.load(CONF / "data" / "table.yaml")
    config["csv"] = str(tmp_path / "labels.csv")
    config["words"] = {"smile": "happiness", "other": None, 2: "fear"}
    table = instantiate(config).read()
    assert table.frame["expression"].tolist() == ["happiness", "fear"]


def test_preparation_settings_of_the_schema_are_those_of_the_function() -> None:
    settings = OmegaConf.load(CONF / "train.yaml")["prepare"]
    parameters = inspect.signature(prepare).parameters
    for key in map(str, settings):
        assert settings[key] == parameters[key].default, key
