"""Fingerprints know classes by the choices that build them: where a class lies, and what it is called, is no matter."""

import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from fer_xai.config import class_identity as module
from fer_xai.config.class_identity import class_identity
from fer_xai.config.fingerprint import run_fingerprint, training_fingerprint
from fer_xai.config.schema import register
from fer_xai.config.shared_settings import shared_settings
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.explainers.cam import GradCAM, HiResCAM
from fer_xai.explainers.lime import LIME
from fer_xai.models.augment import Augment
from fer_xai.models.weinet import WeiNet

MOVED = {
    "model.network": ("weinet", "fer_xai.models.weinet.WeiNet", WeiNet),
    "explainer.gradcam": ("gradcam", "fer_xai.explainers.cam.GradCAM", GradCAM),
    "recipe.augment": ("faces", "fer_xai.models.augment.Augment", Augment),
}


def names(*overrides: str) -> tuple[str, str]:
    """Fingerprints of the training and of the run."""
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        cfg = compose("train", ["recipe/augment=faces", "study_dir=x", *overrides])
    training = training_fingerprint(cfg, "data", "weights", "split")
    return training, run_fingerprint(cfg, training)


@pytest.fixture
def elsewhere(monkeypatch) -> ModuleType:
    """A module of this package in which a class may stand under another name."""
    there = ModuleType("fer_xai.elsewhere")
    monkeypatch.setitem(sys.modules, there.__name__, there)
    monkeypatch.setattr("fer_xai.elsewhere", there, raising=False)
    return there


@pytest.mark.parametrize("key", MOVED)
def test_class_that_is_found_elsewhere_under_another_name_retrains_nothing(elsewhere, key):
    elsewhere.Renamed = MOVED[key][2]
    assert names(f"{key}._target_=fer_xai.elsewhere.Renamed") == names()


@pytest.mark.parametrize("key", MOVED)
def test_class_that_was_moved_and_renamed_with_its_choice_retrains_nothing(elsewhere, tmp_path, monkeypatch, key):
    """As a move is done: the definition, and the shipped file that names it."""
    before = names()
    _, target, built = MOVED[key]
    elsewhere.Renamed = type("Renamed", (built,), {"__module__": "fer_xai.elsewhere"})
    conf = Path(shutil.copytree(conf_dir(), tmp_path / "conf"))
    for path in conf.rglob("*.yaml"):
        path.write_text(path.read_text().replace(f"_target_: {target}\n", "_target_: fer_xai.elsewhere.Renamed\n"))
    monkeypatch.setattr(module, "conf_dir", lambda: conf)
    module._places.cache_clear()
    try:
        assert names(f"{key}._target_=fer_xai.elsewhere.Renamed") == before
    finally:
        module._places.cache_clear()


@pytest.mark.parametrize("key", MOVED)
def test_version_of_a_class_is_in_the_fingerprint(monkeypatch, key):
    training, run = names()
    monkeypatch.setattr(MOVED[key][2], "VERSION", 2, raising=False)
    newer = names()
    assert (newer[0] == training) == key.startswith("explainer")
    assert newer[1] != run


def test_another_class_of_this_package_is_another_run():
    """Whatever the place is called, and with the same settings."""
    training, run = names()
    other = names("explainer.gradcam._target_=fer_xai.explainers.cam.HiResCAM")
    assert other[0] == training
    assert other[1] != run
    assert names("model.network._target_=fer_xai.models.songnet.SongNet")[0] != training


def test_identities():
    gradcam = f"{GradCAM.__module__}.{GradCAM.__qualname__}"
    lime = f"{LIME.__module__}.{LIME.__qualname__}"
    assert class_identity(gradcam, "explainer.mine") == "explainer/gradcam"
    assert class_identity(f"{HiResCAM.__module__}.HiResCAM", "explainer.gradcam") == "explainer/hirescam"
    # Two choices build it: each stays what it is when another one is added.
    assert class_identity(lime, "explainer.lime_designed") == "explainer/lime_designed"
    assert class_identity(lime, "explainer.mine") == "explainer/lime"
    assert class_identity("fer_xai.models.timm_backbone.TimmNetwork", "model.network", "vgg16") == "model/vgg16:network"
    assert (
        class_identity("fer_xai.models.timm_backbone.TimmNetwork", "model.network", "vit_tiny") == "model/timm:network"
    )
    # No choice builds it.
    assert class_identity("fer_xai.explainers.designs.Plain", "explainer.lime.design") == "Plain"


@pytest.mark.parametrize("target", ["torch.optim.AdamW", "mynet.Net", "fer_xai_more.cams.GradCAM"])
def test_classes_of_others_keep_their_path(target):
    assert class_identity(target, "model.network") == target


def test_what_cannot_be_imported_has_a_name_all_the_same():
    assert class_identity("fer_xai.nowhere.Nothing") == "Nothing"


def test_records_hold_no_paths_either():
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        cfg = compose("train", ["study_dir=x", "explainer=[gradcam,lime_designed]"])
    settings = shared_settings(cfg, list(cfg.explainer))
    assert settings["explainer gradcam"]["explainer.gradcam._target_"] == "explainer/gradcam"
    assert "fer_xai." not in str(OmegaConf.to_yaml(settings))
