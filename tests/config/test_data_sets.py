"""`data=[a,b]`, `data.root`, `data.sources.NAME.root`: what the node `data` becomes."""

from pathlib import Path
from typing import Any

import pytest
from helpers.layouts import LAYOUTS, write
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from fer_xai.cli import run
from fer_xai.config.check import check_config
from fer_xai.config.data_sets import MERGED, settle_data
from fer_xai.config.schema import register
from fer_xai.config.settle import settle
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.data.configured_faces import build_source
from fer_xai.data.sources.merged import MergedSource
from fer_xai.data.sources.published.jaffe import JaffeReader
from fer_xai.errors import UserError

PAPER = ["bu4dfe", "ckplus", "fega", "jaffe", "wsefep"]
#: As a user writes them; `beside` is what a file for one data set looks like that names no place for it.
FILES = {
    "data/smiles.yaml": """
        # @package data.sources.smiles
        _target_: fer_xai.data.sources.folder.FolderSource
        name: smiles
        root: /smiles
    """,
    "data/beside.yaml": """
        _target_: fer_xai.data.sources.folder.FolderSource
        name: beside
        root: /beside
    """,
    "experiment/two.yaml": """
        # @package _global_
        defaults:
          - /data@data.sources.second: folder
          - override /data: [jaffe, folder]
        data:
          sources:
            jaffe: {root: /jaffe}
            second: {root: /second, cropped: true}
    """,
    "experiment/one.yaml": """
        # @package _global_
        defaults:
          - override /data: jaffe
        data:
          root: /jaffe
    """,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's configs."""
    for name, text in FILES.items():
        path = tmp_path / "conf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(line[8:] for line in text.strip("\n").splitlines()))
    return tmp_path / "conf"


def composed(*arguments: str, config: str = "data_export", folder: Path | None = None, mode: str = "") -> Any:
    """The node `data` that a command line means."""
    register()
    own = [f"hydra.searchpath=[{folder.as_uri()}]"] if folder else []
    own += [f"hydra.mode={mode}"] if mode else []
    place = [f"{'study_dir' if config == 'train' else 'out'}=x"]
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        cfg = compose(config, [*place, *own, *arguments], return_hydra_config=bool(mode))
    settle(cfg)
    if not mode:
        check_config(cfg)
    return cfg.data


@pytest.mark.parametrize("config", ["train", "data_export", "data_inspect", "data_prepare"])
def test_keys_of_the_only_data_set_need_no_name(config: str) -> None:
    short = composed("data=jaffe", "data.root=/x", "data.words.smile=happiness", config=config)
    assert short == composed(
        *("data=[jaffe]", "data.sources.jaffe.root=/x", "data.sources.jaffe.words={smile:happiness}"), config=config
    )
    assert (short.root, short.words, short.name) == ("/x", {"smile": "happiness"}, "jaffe")
    assert "sources" not in short
    assert isinstance(build_source(short), JaffeReader)


def test_a_study_s_data_set_takes_its_keys_as_well() -> None:
    assert composed("study=smoke", "data.subjects=3", config="train").subjects == 3
    assert composed("study=smoke", "data.sources.synthetic.subjects=3", config="train").subjects == 3


def test_every_data_set_has_its_own_node() -> None:
    arguments = [
        *("data=[ckplus,jaffe,table]", "data.sources.jaffe.root=/faces", "data.sources.ckplus.frames=1"),
        *("data.sources.table.csv=/t.csv", "data.sources.jaffe.cropped=true", "data.skip_missing=true"),
    ]
    data = composed(*arguments)
    assert sorted(data.sources) == ["ckplus", "jaffe", "table"]
    assert (data.sources.jaffe.root, data.sources.ckplus.root) == ("/faces", None)
    assert (data.sources.ckplus.frames, data.sources.table.csv) == (1, "/t.csv")
    assert data.name == "ckplus+jaffe+table"
    assert (data.sources.jaffe.cropped, data.sources.ckplus.cropped, data.skip_missing) == (True, None, True)
    source = build_source(data)
    assert isinstance(source, MergedSource)
    assert source.skip_missing
    assert list(source.sources) == ["ckplus", "jaffe", "table"]
    assert source.sources["ckplus"].frames == 1
    assert str(source.sources["jaffe"].root) == "/faces"
    assert composed(*arguments, "data=[table,jaffe,ckplus]").sources == data.sources


def test_what_is_settled_stays() -> None:
    for arguments in (["data=jaffe", "data.root=/x"], ["data=[jaffe,kdef]"], ["data=paper"]):
        data = composed(*arguments)
        cfg = OmegaConf.create({"data": OmegaConf.to_container(data, resolve=False), "classes": [], "cache_dir": None})
        settle_data(cfg)
        assert cfg.data == OmegaConf.create({"data": OmegaConf.to_container(data, resolve=False), **cfg}).data
        assert ("sources" in cfg.data) == (cfg.data._target_ == MERGED)


def test_paper_is_the_five_and_may_be_added_to() -> None:
    assert sorted(composed("data=paper").sources) == PAPER
    assert composed("data=paper", "data.sources.fega.root=/f").sources.fega.root == "/f"
    assert sorted(composed("data=[paper,kdef]", "data.skip_missing=true").sources) == sorted([*PAPER, "kdef"])
    assert sorted(composed("data=[paper,jaffe]").sources) == PAPER


def test_the_five_are_read_as_one(tmp_path: Path) -> None:
    roots = [f"data.sources.{name}.root={write(LAYOUTS[name], tmp_path / name)}" for name in PAPER]
    table = build_source(composed("data=paper", *roots)).read()
    assert table.frame["dataset"].value_counts().to_dict() == {name: len(LAYOUTS[name].shown) for name in PAPER}
    assert len(table.left_out) == sum(sum(LAYOUTS[name].left_out.values()) for name in PAPER)


def test_two_of_one_kind_stand_side_by_side(tmp_path: Path, folder: Path) -> None:
    for place, person in (("first", "P1"), ("other", "P1")):
        (tmp_path / place / person / "anger").mkdir(parents=True)
        (tmp_path / place / person / "anger" / "1.png").write_bytes(b"")
    data = composed(
        *("data=folder", "+data@data.sources.second=folder", f"data.sources.folder.root={tmp_path / 'first'}"),
        f"data.sources.second.root={tmp_path / 'other'}",
    )
    table = build_source(data).read()
    assert table.frame["image"].tolist() == ["folder/P1/anger/1.png", "second/P1/anger/1.png"]
    # So the two who are called P1 are two people.
    assert table.frame["dataset"].tolist() == ["folder", "second"]
    assert table.settings == {"folder": "data.sources.folder", "second": "data.sources.second"}
    two = composed("+experiment=two", folder=folder).sources
    assert {name: source.root for name, source in two.items()} == {
        **{"jaffe": "/jaffe", "folder": None, "second": "/second"}
    }
    assert (two.second.cropped, two.folder.cropped) == (True, None)


def test_a_table_beside_a_folder() -> None:
    data = composed("data=[table,folder]", "data.sources.table.csv=/t.csv", "data.sources.folder.root=/f")
    assert (data.sources.table.csv, data.sources.table.root, data.sources.folder.root) == ("/t.csv", None, "/f")


def test_files_of_a_user_s_own(folder: Path) -> None:
    assert composed("+experiment=one", folder=folder).root == "/jaffe"
    assert composed("data=smiles", folder=folder).root == "/smiles"
    assert composed("data=smiles", "data.root=/x", folder=folder).root == "/x"
    merged = composed("data=[smiles,jaffe]", "data.sources.smiles.root=/x", folder=folder)
    assert {name: source.root for name, source in merged.sources.items()} == {"smiles": "/x", "jaffe": None}
    alone = composed("data=beside", folder=folder)
    assert (alone.root, alone.name, "sources" in alone) == ("/beside", "beside", False)
    with pytest.raises(UserError, match=r"no name to stand beside jaffe, kdef: .*'# @package data\.sources\.NAME'"):
        composed("data=[jaffe,kdef,beside]", folder=folder)
    with pytest.raises(UserError, match=r"no name to stand beside jaffe: .*'# @package data\.sources\.NAME'"):
        composed("data=[jaffe,beside]", folder=folder, mode="RUN")


def test_the_only_data_set_may_be_built_by_a_class_of_one_s_own() -> None:
    target = "data._target_=fer_xai.data.sources.published.jaffe.JaffeReader"
    assert composed("data=kdef", target, "~data.sources.kdef.angles", "data.root=/x").root == "/x"


@pytest.mark.parametrize("choice", ["jaffe", "kdef", "[jaffe,kdef]"])
def test_each_run_of_a_sweep_finds_its_folders(choice: str) -> None:
    both = ["data.sources.jaffe.root=/j", "data.sources.kdef.root=/k"]
    data = composed(f"data={choice}", *both, mode="MULTIRUN")
    nodes = data.sources if choice.startswith("[") else {choice: data}
    assert {name: node.root for name, node in nodes.items()} == {name: f"/{name[0]}" for name in nodes}
    assert set(nodes) == set(choice.strip("[]").split(","))
    if not choice.startswith("["):
        with pytest.raises(UserError, match="is none of the data sets chosen"):
            composed(f"data={choice}", *both, mode="RUN")
    with pytest.raises(UserError, match=r"data\.sources\.jafe\.root: .*did you mean data=jaffe"):
        composed(f"data={choice}", "data.sources.jafe.root=/j", mode="MULTIRUN")


def test_classes_reach_every_source() -> None:
    data = composed("data=[jaffe,kdef]", "classes=[anger,neutral]")
    assert [list(source.expressions) for source in data.sources.values()] == [["anger", "neutral"]] * 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["data=[jaffe,nothing]"], "data=nothing: there is no such choice"),
        (["data=ckplus+jaffe"], "data=ckplus+jaffe: several data sets are chosen as a list: data=[ckplus,jaffe]"),
        (["data=jaffe+"], "data=[jaffe]"),
        (["data=[jaffe,kdef]", "data.sources.kdef.angle=[S]"], "unknown key data.sources.kdef.angle; did you mean"),
        (["data=[jaffe,kdef]", "+data.sources.kdef.angle=[S]"], "unknown key data.sources.kdef.angle"),
        (["data=[jaffe,kdef]", "data.sources.kdf.angles=[S]"], "data.sources.kdf.angles: "),
        (["data=[jaffe,table]"], "data.sources.table.csv must be set"),
        (["data=table"], "data.csv must be set"),
        (
            ["data=[jaffe,kdef]", "data.root=/x"],
            "data.root: there are 2 data sets, say of which: data.sources.jaffe.root",
        ),
        (["data=[jaffe,kdef]", "data.angles=[S]"], "say of which: data.sources.kdef.angles"),
        (["data=[jaffe,kdef]", "data.skip_mising=true"], "data.skip_mising"),
        (["data=[jaffe,kdef]", "data.skip_missing=some"], "data.skip_missing=some"),
        (["data=jaffe", "data.rot=/x"], "unknown key data.rot; did you mean data.root?"),
        (["data=jaffe", "data.sources.jaffe.rot=/x"], "unknown key data.rot; did you mean data.root?"),
        (["data=jaffe", "data.roots.jaffe=/x"], "data.roots is no longer read: write data.sources.jaffe.root=/x"),
        (["data=[jaffe,kdef]", "data.roots.kdef=/x"], "write data.sources.kdef.root=/x"),
        (["data=paper", "data.roots.kdef=/x"], "write data.sources.kdef.root=/x"),
        (["data=jaffe", "data.sources.kdef.root=/x"], "kdef is none of the data sets chosen (jaffe)"),
        (["data=jaffe", "data.sources.kdef=3"], "data.sources.kdef=3 names nothing to build"),
        (["data=[]"], "no data set is chosen"),
        (["data=[jaffe,kdef]"], "data=[jaffe,kdef] is read from files already"),
        (["data=jaffe"], "data=jaffe is read from files already"),
        (
            ["data=[table,jaffe]", "data.sources.table.csv=x", "data.sources.table.header=x"],
            "data.sources.table.header=x",
        ),
        (["data=[kdef,jaffe]", "data.sources.kdef.angles=[X]"], "data.sources.kdef.angles=['X']"),
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


def test_the_command_line_is_stronger_than_a_file(folder: Path) -> None:
    for arguments in (["data.root=/x"], ["data.sources.jaffe.root=/x"]):
        assert composed("+experiment=one", *arguments, folder=folder, mode="RUN").root == "/x"
