"""`data=[a,b]`: what becomes of the arguments, and what Hydra makes of them."""

from typing import Any

import pytest
from helpers.layouts import LAYOUTS, write
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_xai.cli import run
from fer_xai.config.check import check_config
from fer_xai.config.merge import merge_data
from fer_xai.config.paths import conf_dir
from fer_xai.config.quoting import quote_paths
from fer_xai.config.schema import register
from fer_xai.errors import UserError

PAPER = ["bu4dfe", "ckplus", "fega", "jaffe", "wsefep"]


def composed(*arguments: str) -> Any:
    """The node `data` that a command line means, with roots resolved."""
    register()
    rewritten = merge_data(quote_paths(list(arguments)))
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        cfg = compose("data_export", ["out=x", *rewritten])
    check_config(cfg)
    return cfg.data


@pytest.mark.parametrize(
    ("arguments", "rewritten"),
    [
        (["data=jaffe", "data.root=/x"], ["data=jaffe", "data.root=/x"]),
        (["data=synthetic", "data.subjects=50"], ["data=synthetic", "data.subjects=50"]),
        (["fold=1", "data=[jaffe]", "data.root=/x"], ["fold=1", "data=jaffe", "data.root=/x"]),
        (["data=jaffe", "data.roots.jaffe=/x"], ["data=jaffe", "data.root=/x"]),
        (["data=[ckplus,jaffe]"], ["data=ckplus+jaffe"]),
        (["data=['ckplus', \"jaffe\"]"], ["data=ckplus+jaffe"]),
        (["data=ckplus+jaffe"], ["data=ckplus+jaffe"]),
        (["data=[ckplus,jaffe],kdef"], ["data=ckplus+jaffe,kdef"]),
        (["data=choice([ckplus,jaffe],kdef)"], ["data=ckplus+jaffe,kdef"]),
        (["data=jaffe,kdef", "data.roots.jaffe=/x"], ["data=jaffe+,kdef+", "data.roots.jaffe=/x"]),
        (["data=jaffe+,kdef+", "data.roots.jaffe=/x"], ["data=jaffe+,kdef+", "data.roots.jaffe=/x"]),
        (["data=paper", "data.roots.jaffe=/x"], ["data=paper", "data.roots.jaffe=/x"]),
        (["data=[paper]"], ["data=paper"]),
        (["data=[paper,kdef]"], ["data=paper+kdef"]),
        (["data=[a"], ["data=[a"]),
        (["data=3"], ["data=3"]),
        (["model=weinet,songnet"], ["model=weinet,songnet"]),
        (["data.roots.jaffe=/x", "study=demo"], ["data.roots.jaffe=/x", "study=demo"]),
    ],
)
def test_arguments(arguments: list[str], rewritten: list[str]) -> None:
    assert merge_data(arguments) == rewritten


@pytest.mark.parametrize("path", ["/my faces/ö", "/x (2)/y", "/it's/a", "C:\\faces é", "/a[1]/{b}", "/plain/path"])
def test_paths_reach_the_source_as_they_are(path: str) -> None:
    assert composed("data=jaffe", f"data.root={path}").root == path


def test_what_hydra_refuses_for_other_reasons_stays() -> None:
    arguments = ["data=[a", "data.words={smile:happiness", "fold=0,", "--multirun", 'data.root="/ö"']
    assert quote_paths(arguments) == arguments


def test_every_source_has_its_own_node_and_its_own_folder() -> None:
    data = composed(
        "data=[ckplus,jaffe,table]",
        "data.roots.jaffe=/my faces/ö",
        "data.sources.ckplus.frames=1",
        "data.sources.table.csv=/t.csv",
    )
    assert sorted(data.sources) == ["ckplus", "jaffe", "table"]
    assert (data.sources.jaffe.root, data.sources.ckplus.root) == ("/my faces/ö", None)
    assert (data.sources.ckplus.frames, data.sources.table.csv) == (1, "/t.csv")
    source = instantiate(data)
    assert list(source.sources) == ["ckplus", "jaffe", "table"]
    assert source.sources["ckplus"].frames == 1
    assert str(source.sources["jaffe"].root) == "/my faces/ö"


def test_paper_is_the_five_and_may_be_added_to() -> None:
    assert sorted(composed("data=paper").sources) == PAPER
    assert composed("data=paper", "data.roots.fega=/f").sources.fega.root == "/f"
    assert sorted(composed("data=[paper,kdef]", "data.skip_missing=true").sources) == sorted([*PAPER, "kdef"])


def test_the_five_are_read_as_one(tmp_path) -> None:
    roots = [f"data.roots.{name}={write(LAYOUTS[name], tmp_path / name)}" for name in PAPER]
    table = instantiate(composed("data=paper", *roots)).read()
    assert table.frame["dataset"].value_counts().to_dict() == {name: len(LAYOUTS[name].shown) for name in PAPER}
    assert len(table.left_out) == sum(sum(LAYOUTS[name].left_out.values()) for name in PAPER)


def test_every_choice_of_a_sweep_finds_its_folder() -> None:
    register()
    arguments = merge_data(["data=jaffe,kdef,[jaffe,kdef]", "data.roots.jaffe=/j", "data.roots.kdef=/k"])
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        for choice in arguments[0].removeprefix("data=").split(","):
            data = compose("data_export", ["out=x", f"data={choice}", *arguments[1:]]).data
            roots = {name: source.root for name, source in data.sources.items()}
            assert roots == {name: f"/{name[0]}" for name in choice.split("+") if name}


def test_classes_reach_every_source() -> None:
    data = composed("data=[jaffe,kdef]", "classes=[anger,neutral]")
    assert [list(source.expressions) for source in data.sources.values()] == [["anger", "neutral"]] * 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["data=[jaffe,jaffe]"], "jaffe is named twice"),
        (["data=[paper,jaffe]"], "jaffe is named twice"),
        (["data=[jaffe,kdef]", "data.roots.jafe=/x"], r"data\.roots\.jafe: that is none of the data sets chosen"),
    ],
)
def test_mistakes_before_hydra(arguments: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        merge_data(arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["data=[jaffe,nothing]"], "data=nothing: there is no such choice"),
        (["data=[jaffe,kdef]", "data.sources.kdef.angle=[S]"], "data.sources.kdef.angle"),
        (["data=[jaffe,kdef]", "+data.sources.kdef.angle=[S]"], "unknown key data.sources.kdef.angle"),
        (["data=[jaffe,table]"], "data.sources.table.csv must be set"),
        (["data=[jaffe,kdef]", "data.root=/x"], "data.root"),
        (["data=jaffe", "data.roots.kdef=/x"], "data.roots"),
        (["data=paper", "data.roots.kdef=/x"], "data.roots.kdef"),
        (["data=[jaffe,kdef]"], "is read from files already"),
    ],
)
def test_mistakes_on_the_command_line_are_one_line(arguments: list[str], message: str, capsys, tmp_path) -> None:
    assert run(["data", "export", *arguments, f"out={tmp_path}"]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert message in lines[0]


def test_cfg_job_shows_what_a_list_means(capsys) -> None:
    run(["data", "export", "data=[jaffe,kdef]", "out=x", "--cfg", "job"])
    shown = OmegaConf.to_container(OmegaConf.create(capsys.readouterr().out))
    assert sorted(shown["data"]["sources"]) == ["jaffe", "kdef"]
    assert shown["data"]["roots"] == {"jaffe": None, "kdef": None}


@pytest.mark.parametrize("value", [r"(.+)_\d+", "{:03d}.jpg", r"^([A-Z]{2})\.\d+$", r"it's_(\d+)"])
def test_patterns_need_no_quotes_of_their_own(value: str) -> None:
    (argument,) = quote_paths([f"data.subject_regex={value}"])
    assert OverridesParser.create().parse_override(argument).value() == value
