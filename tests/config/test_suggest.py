"""A choice that there is not: one line that names what is near."""

import pytest

from fer_xai.cli import run
from fer_xai.config.suggest import unknown_choice
from fer_xai.config.timm_facts import near_backbones
from fer_xai.errors import UserError
from fer_xai.expressions import expression_name
from fer_xai.nearest import nearest


@pytest.mark.parametrize(
    ("group", "word", "near"),
    [
        ("model", "resnet_18", "did you mean model=timm model.backbone=resnet18?"),
        ("model", "resnet18", "did you mean model=timm model.backbone=resnet18?"),
        ("model", "tf_efficientnet_b0_ns", "did you mean model=timm model.backbone=tf_efficientnet_b0.ns_jft_in1k?"),
        ("model", "efficientnet", "model=efficientnetv2 or model=timm model.backbone=efficientnet_b0"),
        ("model", "Mobile-Net-V3", "did you mean model=mobilenetv3?"),
        ("explainer", "grad-cam", "did you mean explainer=gradcam?"),
        ("explainer", "gradcam++", "did you mean explainer=gradcam_plusplus?"),
        ("data", "fer-2013", "did you mean data=fer2013?"),
        ("data", "ck", "data=ckplus or data=ckplus48"),
        ("study", "twelf", "did you mean study=twelve?"),
        ("reference", "ekman", "did you mean reference=friesen_ekman?"),
        ("trust", "deletions", "did you mean trust=deletion?"),
        ("logger", "tensor_board", "did you mean logger=tensorboard?"),
        ("split", "k_fold", "did you mean split=kfold?"),
        ("recipe/scheduler", "cosin", "recipe/scheduler=cosine"),
        ("landmarks", "openface", "choose among auto, dlib, given, mediapipe"),
    ],
)
def test_near_names(group: str, word: str, near: str) -> None:
    line = unknown_choice(group, word)
    assert line.startswith(f"{group}={word}: there is no such choice; ")
    assert near in line


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (["model=resnet_18"], "model=timm model.backbone=resnet18"),
        (["model=timm", "model.backbone=tf_efficientnet_b0_ns"], "model.backbone=tf_efficientnet_b0.ns_jft_in1k"),
        (["explainer=[gradcam,rize]"], "explainer=rise"),
        (["data=ck+"], "data=ckplus"),
        (["data=[jafe,ckplus]"], "data=jaffe"),
        (["-m", "split=kfold,k_fold"], "split=kfold"),
    ],
)
def test_on_the_command_line(arguments: list[str], near: str, capsys, tmp_path) -> None:
    folders = [f"hydra.run.dir={tmp_path}/s", f"hydra.sweep.dir={tmp_path}/s"]
    assert run(["train", *arguments, *folders]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert near in line
    assert "full_key" not in line


def test_backbones_of_a_wrong_tag() -> None:
    assert near_backbones("resnet18.a1_in1") == ["resnet18.a1_in1k"]


def test_words_unlike_any_name_suggest_nothing() -> None:
    assert nearest("xyzxyz", ["demo", "twelve"]) == []
    with pytest.raises(UserError, match=r"did you mean sadness\?"):
        expression_name("sadnes")
