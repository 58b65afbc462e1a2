"""Every command of the documentation is run here, small, or is told with the reason why it cannot be."""

import shlex
import shutil
from pathlib import Path

import pandas as pd
import pytest
from helpers.documentation import commands
from helpers.made_up_study import made_up_study

from fer_xai.cli import run

#: What makes a run on drawn faces one of seconds.
SMALL = (
    *("data.subjects=4", "data.per_expression=1", "prepare.crop_size=64", "split.folds=2", "recipe.batch_size=8"),
    *("trainer=cpu", "num_workers=0", "hydra.run.dir=single"),
)
#: Commands by how they begin, the longest beginning that fits: what is added to them, or why they are not run.
RUN: dict[str, tuple[str, ...]] = {
    "fer-xai train data=synthetic": (*SMALL, "debug=fdr", "model.input_size=32"),
    "fer-xai train data=synthetic model=weinet model.input_size=32": (*SMALL, "debug=fdr"),
    "fer-xai train data=synthetic model=timm model.backbone=resnet18": (*SMALL, "debug=fdr", "model.input_size=96"),
    "fer-xai train data=synthetic model=songnet debug=": (*SMALL, "model.input_size=32"),
    "fer-xai train 'reference=": (*SMALL, "debug=fdr", "model=songnet", "model.input_size=32"),
    "fer-xai data export": ("data.per_expression=1", "out=drawn"),
    "fer-xai data inspect data=folder data.root=DIR out=DIR": ("out=page", "split.folds=2"),
    "fer-xai reference build reference=observers": ("out=reference",),
    "fer-xai models": (),
    "fer-xai status": (),
    "fer-xai submit": (),
    "fer-xai power": (),
    "fer-xai analyze study_dir=": ("metrics=[ncc,iou]",),
    "fer-xai train -m study=twelve dry_run=true": (),
}
NOT_RUN: dict[str, str] = {
    "fer-xai train -m study=": "a study of many runs, whose config tests/integration/test_every_config.py tries",
    "fer-xai train -m data=": "a study of many runs, as tests/integration/test_study.py does with fewer",
    "fer-xai train -m task=identity": "as tests/integration/test_identity.py does",
    "fer-xai train data=folder data.root=DIR model=external": "needs a network of others",
    "fer-xai train data=synthetic model=timm model.backbone=vit": "a transformer at 224 pixels, minutes of a core",
    "fer-xai train data=table": "needs a table with columns of that form, as tests/data/sources make them",
    "fer-xai train data=huggingface": "needs a repository of the hub, as tests/data/sources make one",
    "fer-xai data inspect": "needs data of others, or packages that are an extra",
    "fer-xai data prepare": "needs data of others",
    "fer-xai import-heatmaps": "needs heatmaps of others, as tests/results/importing make them",
    "fer-xai reference build": "needs records of observers, as tests/commands/test_reference_build.py makes them",
    "fer-xai submit multirun/demo --out demo.zip --secret": "needs pictures, as tests/results/submission have them",
    "fer-xai analyze study_dirs=": "needs archives of others, as tests/analysis/studies make them",
    "fer-xai analyze study_dir=multirun/published": "needs the published maps",
}


def rule(command: str) -> str:
    """The longest beginning that fits."""
    fitting = [start for start in {**RUN, **NOT_RUN} if command.startswith(start)]
    assert fitting, f"{command}: say how it is run, or why it is not"
    return max(fitting, key=len)


@pytest.mark.parametrize("command", commands())
def test_it_is_known_how_a_command_is_run_or_why_it_is_not(command: str) -> None:
    rule(command)


def test_every_rule_is_of_a_command() -> None:
    assert {rule(command) for command in commands()} == {*RUN, *NOT_RUN}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a reader of the documentation might sit: a folder of own faces, and a study of each name."""
    place = tmp_path_factory.mktemp("reader")
    export = place / "export"
    assert run(["data", "export", "data=synthetic", "data.subjects=4", "data.per_expression=1", f"out={export}"]) == 0
    for row in pd.read_csv(export / "labels.csv", usecols=["image", "subject", "expression"]).itertuples():
        folder = place / "DIR" / row.subject / row.expression
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(export / row.image, folder / Path(row.image).name)
    study = made_up_study(place / "multirun" / "demo", subjects=5, replicates=20, people=True)
    assert run(["analyze", f"study_dir={study}", "metrics=[ncc]", "report=false"]) == 0
    for name in ("mine", "theirs", "twelve"):
        shutil.copytree(study, place / "multirun" / name)
    return place


@pytest.mark.slow
@pytest.mark.parametrize("command", [command for command in commands() if rule(command) in RUN])
def test_a_command_does_what_it_says(command: str, place: Path, monkeypatch: pytest.MonkeyPatch, untimed: None) -> None:
    monkeypatch.chdir(place)
    shutil.rmtree("single", ignore_errors=True)
    more = RUN[rule(command)]
    given = {word.partition("=")[0] for word in more}
    words = [word for word in shlex.split(command)[1:] if word.partition("=")[0] not in given]
    assert run([*words, *more]) == 0
