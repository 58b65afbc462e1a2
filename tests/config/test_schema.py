"""Keys that nothing reads are refused in one line, with the key that was meant; what a schema leaves free goes on."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from fer_xai.cli import run
from fer_xai.config.check import check_config
from fer_xai.config.keys import near_keys
from fer_xai.config.schema import register
from fer_xai.config.settle import settle
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError


def composed(*overrides: str, config: str = "train"):
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        cfg = compose(config, [*overrides, "study_dir=x"])
    settle(cfg)
    return cfg


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("+lr=0.1", "unknown key lr; did you mean recipe.optimizer.lr?"),
        ("+lr=${seed}", "unknown key lr; did you mean recipe.optimizer.lr?"),
        ("+learning_rate=0.1", "did you mean recipe.optimizer.lr?"),
        ("+batch_size=4", "unknown key batch_size; did you mean recipe.batch_size?"),
        ("+epochs=4", "did you mean recipe.max_epochs?"),
        ("+recipe.epochs=4", "unknown key recipe.epochs; did you mean recipe.max_epochs?"),
        ("++recipe.lr=0.1", "unknown key recipe.lr; did you mean recipe.optimizer.lr?"),
        ("+recipe.lr=[1,2]", "did you mean recipe.optimizer.lr?"),
        ("+recipe.foo={a:1}", "unknown key recipe.foo; recipe takes name, optimizer"),
        ("+model.dropout=0.9", "unknown key model.dropout; model takes name, backbone"),
        ("+model.weights.foo=1", "unknown key model.weights.foo; model.weights takes tag, mean, std"),
        ("+folds=3", "did you mean split.folds?"),
        ("+experiment=mine", r"unknown key experiment; nor is there a file experiment/mine.yaml"),
        ("+foo.bar=3", "unknown key foo"),
        ("+callbacks.foo=3", "callbacks.foo=3 names nothing to build"),
        ("+callbacks.foo=${seed}", "callbacks.foo=0 names nothing to build"),
        ("+callbacks.foo={a:1}", "callbacks.foo names nothing to build"),
        ("+callbacks.foo=null", "~callbacks.foo leaves it out"),
        ("+explainer.foo=3", r"'\+explainer.foo={_target_: package.module.Class}' adds your own"),
        ("+explainer.lime.samples=3", "explainer=lime chooses what is shipped"),
        ("+trust.foo=1", "trust.foo=1 names nothing to build"),
        ("+logger.foo=a", "logger.foo=a names nothing to build"),
        ("+data.subject=1", "unknown key data.subject; did you mean data.subjects?"),
        (
            "+reference.friesen_ekman.foo=1",
            "reference.friesen_ekman.foo; .*PolygonReference takes name, regions, masks",
        ),
        ("+privacy.x=1", "unknown key privacy.x; privacy takes allow_faces, count_unknown"),
        ("+landmarks.found.foo=1", "unknown key landmarks.found.foo"),
        ("landmarks.found=3", "landmarks.found=3 names nothing to build"),
        ("recipe.optimizer=3", "recipe.optimizer=3 names nothing to build"),
        ("recipe.optimizer=null", "recipe.optimizer=null names nothing to build"),
        ("recipe.optimizer.lr=high", "recipe.optimizer.lr=high: give a number"),
        ("recipe.optimizer.lr=nan", "recipe.optimizer.lr=nan: give a finite number"),
        ("recipe.optimizer.lr=inf", "recipe.optimizer.lr=inf: give a finite number"),
        ("+recipe.optimizer.betas=[0.9,nan]", "recipe.optimizer.betas=.*nan.*: give a finite number"),
        ("margin=nan", "margin=nan: give a finite number"),
        ("prepare.max_yaw=-inf", "prepare.max_yaw=-inf: give a finite number"),
        ("split.validation=nan", "split.validation=nan: give a finite number"),
        ("~trainer.devices", "trainer.devices is needed"),
        ("~callbacks.explain", "callbacks.explain is needed"),
        ("+trainer.foo=1", "unknown key trainer.foo; pytorch_lightning.Trainer takes"),
        ("+trainer.limit_train_batch=2", r"did you mean \+trainer.limit_train_batches?"),
        ("+trainer.max_epoch=2", "did you mean recipe.max_epochs?"),
    ],
)
def test_what_nothing_reads_is_refused(override: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        check_config(composed(override))


@pytest.mark.parametrize(
    "overrides",
    [
        ("data=folder", "data.root=x", "+data.words={smile:happiness}"),
        ("data=folder", "data.root=x", "+data.words.smile=happiness"),
        ("data=[jaffe,kdef]",),
        ("+callbacks.mine={_target_: pytorch_lightning.callbacks.Timer}",),
        ("+explainer.mine._target_=fer_xai.explainers.cam.GradCAM",),
        ("~callbacks.log", "~logger", "~trust"),
        ("+recipe.optimizer.betas=[0.9,0.99]",),
        ("+model.network.dropout=0.1", "model=timm", "model.backbone=resnet18"),
        ("+trainer.max_steps=3", "+trainer.profiler=simple"),
        ("recipe.scheduler=null", "+recipe.augment={_target_: fer_xai.models.augment.Augment}"),
        ("trust=[road]", "logger=wandb"),
        ("reference=facs_units", "+reference.units.43={name: eyes closed, covers: eyes, outlines: []}"),
    ],
)
def test_what_is_free_by_design_goes_on(overrides: tuple[str, ...]) -> None:
    check_config(composed(*overrides))


def test_keys_of_the_same_way_come_first() -> None:
    cfg = composed("explainer=lime")
    assert near_keys(cfg, "batch_size") == ["recipe.batch_size"]
    assert near_keys(cfg, "explainer.batch_size") == ["explainer.lime.batch_size"]
    assert near_keys(cfg, "callbacks.batch_size") == ["callbacks.explain.batch_size"]
    assert near_keys(cfg, "nothing_like_it") == []


def line_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(list(arguments)) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "append" not in error
    return error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "lr=0.1"], "unknown key lr; did you mean recipe.optimizer.lr?"),
        (["train", "recipe={lr:0.1}"], "unknown key recipe.lr; did you mean recipe.optimizer.lr?"),
        (["train", "trainer.max_steps=3"], "write +trainer.max_steps=VALUE"),
        (["train", "recipe=paper", "recipe.optimizer.lr=1"], "taken over from model.paper.optimizer.lr: set that"),
        (["train", "recipe=paper", "+recipe.optimizer.lr=1"], "did you mean model.paper.optimizer.lr?"),
        (["train", "explainer.lime.samples=3"], "explainer=lime chooses it"),
        (["train", "experiment=mine"], "nor is there a file experiment/mine.yaml"),
        (["train", "~recipe.optimizer"], "recipe.optimizer is needed"),
        (["train", "~fold"], "fold is needed: set it in place of taking it away"),
        (["train", "~primary"], "primary is needed: set it"),
        (["train", "~study_dir"], "study_dir is needed: set it"),
        (["train", "~cache_dir"], "cache_dir is needed: set it"),
        (["analyze", "~order", "study_dir=x"], "order is needed: set it"),
        (["train", "~reference"], "write reference=NAME to choose another"),
        (["train", "~recipe"], "recipe is needed: choose another by recipe=NAME"),
        (["train", "seed=${sede}"], "there is no key sede"),
        (["train", "modle=songnet"], "did you mean model?"),
        (["train", "exlpainer=lime"], "did you mean explainer?"),
        (["train", "~foo"], "~foo: there is no such key"),
        (["train", "+model=songnet"], "write model=NAME, without +"),
        (["train", "+seed=1"], "write seed=VALUE, without +"),
        (["train", "callbacks=null"], "callbacks=null: choose among default"),
        (["train", "hydra.foo=1"], "unknown key hydra.foo"),
        (["train", "+hydra.foo=1"], "unknown key hydra.foo"),
        (["analyze", "+foo=1", "study_dir=x"], "unknown key foo"),
        (["analyze", "+logger.foo=1", "study_dir=x"], "logger.foo=1 names nothing to build"),
        (["analyze", "-m", "+foo=1", "study_dir=x,y"], "unknown key foo"),
        (["data", "prepare", "+data.foo=1"], "unknown key data.foo"),
        (["data", "prepare", "model=songnet"], "unknown key model"),
        (["data", "inspect", "+hydra.job.foo=1", "out=x"], "unknown key hydra.job.foo"),
        (["data", "export", "subjects=3", "out=x"], "did you mean data.subjects?"),
    ],
)
def test_every_command_says_it_in_one_line(capsys, tmp_path, monkeypatch, arguments: list[str], words: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert words in line_of(capsys, *arguments)
    assert list(tmp_path.rglob("runs")) == []


@pytest.mark.parametrize("override", ["+lr=0.1,0.2", "recipe.lr=0.1,0.2", "+trainer.foo=1", "+hydra.foo=1"])
def test_a_sweep_is_refused_before_any_run(capsys, tmp_path: Path, override: str) -> None:
    assert "unknown key" in line_of(capsys, "train", "-m", override, "fold=0,1", f"hydra.sweep.dir={tmp_path}/s")
    assert not (tmp_path / "s").exists()


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of own configs beside the user."""
    for name, text in {
        "mine": "# @package _global_\nrecipe: {max_epochs: 3}\n",
        "wrong": "# @package _global_\nrecipe: {lr: 3}\n",
        "bare": "recipe: {max_epochs: 3}\n",
    }.items():
        file = tmp_path / "mine" / "experiment" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "mine" / "other.yaml").write_text("seed: 3\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "mine"


@pytest.mark.parametrize(
    "where",
    [
        ["--config-dir", "mine", "+experiment=mine", "--cfg", "job"],
        ["+experiment=mine", "seed=1", "-cd", "mine", "fold=1", "-c", "job"],
        ["--cfg=job", "seed=1", "--config-dir=mine", "+experiment=mine"],
        ["seed=1", "hydra.searchpath=[{mine}]", "--cfg", "job", "+experiment=mine"],
    ],
)
def test_own_files_are_found_wherever_the_switch_stands(capsys, mine: Path, where: list[str]) -> None:
    assert run(["train", *(text.replace("{mine}", str(mine)) for text in where)]) == 0
    assert "max_epochs: 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["+experiment=wrong"], "experiment/wrong.yaml: unknown key recipe.lr; did you mean recipe.optimizer.lr?"),
        (["+experiment=bare"], "'# @package _global_' as the file's first line"),
        (["experiment=mine"], "write +experiment=NAME"),
        (["--config-name", "other"], "has to begin with `defaults: [train]`"),
    ],
)
def test_mistakes_in_own_files_name_the_file(capsys, mine: Path, arguments: list[str], words: str) -> None:
    assert words in line_of(capsys, "train", *arguments, "--config-dir", "mine")
