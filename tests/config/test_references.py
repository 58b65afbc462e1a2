"""References stand side by side by their names; the keys of the only one may be written without it."""

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from fer_xai.config.check import check_config
from fer_xai.config.schema import register
from fer_xai.config.settle import settle
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError
from fer_xai.face.chosen_references import chosen_references


def composed(*overrides: str, program: str = "analyze") -> DictConfig:
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        cfg = compose(program, ["study_dir=somewhere", *overrides])
    settle(cfg)
    check_config(cfg, unbuilt=["logger"])
    return cfg


@pytest.mark.parametrize("program", ["analyze", "train"])
def test_several_references_keep_their_order(program: str) -> None:
    for names in (["friesen_ekman", "facs_units"], ["facs_units", "friesen_ekman"]):
        cfg = composed(f"reference=[{','.join(names)}]", "reference.facs_units.name=units", program=program)
        assert list(cfg.reference) == names
        built = chosen_references(cfg.reference)
        assert [reference.name for reference in built] == [{"facs_units": "units"}.get(name, name) for name in names]
        before = OmegaConf.to_container(cfg)
        settle(cfg)
        assert OmegaConf.to_container(cfg) == before, "a settled config stays as it is"


@pytest.mark.parametrize("key", ["reference", "reference.images"])
def test_keys_of_the_only_reference_need_no_name(key: str) -> None:
    cfg = composed("reference=images", f"{key}.root=/masks")
    assert list(cfg.reference) == ["images"]
    assert cfg.reference.images.root == "/masks"
    cfg = composed("reference=facs_units", "+reference.units.43={name: eyes closed, covers: eyes, outlines: []}")
    assert len(cfg.reference.facs_units.units) > 1
    assert cfg.reference.facs_units.units["43"].name == "eyes closed"


def test_one_of_a_user_s_own_stands_beside_others() -> None:
    cfg = composed(
        "reference=friesen_ekman",
        "+reference.mine._target_=fer_xai.face.masks.ImagesReference",
        "+reference.mine.root=/x",
    )
    assert list(cfg.reference) == ["friesen_ekman", "mine"]


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["reference=[images,facs_units]", "reference.root=/x"], r"there are 2 references.*: reference\.images\.root$"),
        (
            ["reference=[friesen_ekman,facs_units]", "reference.name=x"],
            r"reference\.friesen_ekman\.name or reference\.facs_units\.name$",
        ),
        (["reference=[friesen_ekman,facs_units]", "+reference._target_=a.B"], r"write \+reference\.NAME\._target_="),
        (["reference=[]"], r"reference: none is chosen; .* reference=\["),
        (["reference=friesen_ekman", "reference.foo=1"], r"unknown key reference\.friesen_ekman\.foo"),
        (["reference=[images,facs_units]", "reference.imags.root=/x"], r"unknown key|reference\.imags"),
    ],
)
def test_mistakes_are_one_line(overrides: list[str], words: str) -> None:
    with pytest.raises(UserError, match=words) as told:
        composed(*overrides)
    assert "\n" not in str(told.value)


def test_two_references_of_one_name_are_refused() -> None:
    cfg = composed("reference=[friesen_ekman,facs_units]", "reference.facs_units.name=friesen_ekman")
    with pytest.raises(UserError, match=r"set reference\.facs_units\.name"):
        chosen_references(cfg.reference)
