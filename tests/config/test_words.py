"""`classes=[Happy,pain]`, `data.words={Ärger:anger}`: words of the command line become names of expressions."""

from typing import Any

import pytest
from hydra import compose, initialize_config_dir

from fer_xai.config.quoting import quote_paths
from fer_xai.config.schema import register
from fer_xai.config.settle import settle
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError
from fer_xai.run.remarks import remarks


def composed(*arguments: str) -> Any:
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        cfg = compose("train", ["study_dir=x", *quote_paths(list(arguments))])
    settle(cfg)
    return cfg


def test_classes_and_what_is_chosen_of_them() -> None:
    cfg = composed(
        "classes=[being bored,Sad,Ärger,Happy]", "expressions=[sad,Ärger]", "callbacks.explain.target=[Happy,SAD]"
    )
    assert cfg.classes == ["happiness", "sadness", "being bored", "ärger"]
    assert cfg.expressions == ["sadness", "ärger"]
    assert cfg.callbacks.explain.target == ["happiness", "sadness"]
    assert cfg.callbacks.explain.expressions == ["sadness", "ärger"]


def test_what_is_no_class_is_left_for_its_own_check() -> None:
    cfg = composed("classes=[sad,happy]", "expressions=Fearful")
    assert cfg.expressions == "Fearful"
    assert cfg.callbacks.explain.target == "predicted"


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("data.words={Ärger:anger,smile:null}", {"Ärger": "anger", "smile": None}),
        ("data.words={smile:happiness}", {"smile": "happiness"}),
        ("data.words={'to be bored':Ärger}", {"to be bored": "Ärger"}),
        ("data.words={l'ennui:sadness}", {"l'ennui": "sadness"}),
        ("data.words={怒: anger}", {"怒": "anger"}),
    ],
)
def test_mappings_of_any_words(argument: str, words: dict) -> None:
    assert composed("data=table", "data.csv=x", argument).data.words == words


def test_mappings_of_several_data_sets(tmp_path) -> None:
    cfg = composed("data=paper", "data.sources.jaffe.words={Ärger:anger}", "classes=[Ärger,fear]")
    assert cfg.data.sources.jaffe.words == {"Ärger": "anger"}
    assert cfg.classes == ["anger", "fear"]


def test_a_mapping_that_is_none_is_one_line() -> None:
    with pytest.raises(UserError, match=r"^data\.words=smile: it is a mapping, e\.g\. 'data\.words="):
        composed("data=table", "data.csv=x", "data.words=smile")
    with pytest.raises(UserError, match=r"^data\.sources\.jaffe\.words=smile: it is a mapping, .* 'data\.sources\."):
        composed("data=[jaffe,kdef]", "data.sources.jaffe.words=smile")


def test_undefined_masks_are_said_once() -> None:
    masks, people = remarks(composed("classes=[fear,sad,pain,boredom,neutral]"))
    assert "reference=friesen_ekman has nothing for neutral, pain, boredom" in masks
    assert "reference=observers has nothing for pain, boredom" in people
    assert "undefined" in masks
    (line,) = remarks(composed("classes=[fear,pain]"))
    assert "reference=friesen_ekman,observers has nothing for pain" in line
    assert remarks(composed()) == []
