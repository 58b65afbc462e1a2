"""The study of the twelve networks on drawn faces: what can be known of it without training."""

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import DictConfig

from fer_xai.config.check import check_config
from fer_xai.config.schema import register
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.run.check_run import check_choices

#: The networks of the published study.
TWELVE = (
    *("alexnet", "weinet", "songnet", "silnet", "vgg16", "vgg19", "resnet50", "resnet101v2", "inceptionv3", "xception"),
    *("mobilenetv3", "efficientnetv2"),
)


def composed(network: str, *overrides: str) -> DictConfig:
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return compose("train", ["study=twelve", f"model={network}", "study_dir=nowhere", *overrides])


@pytest.mark.parametrize("network", TWELVE)
def test_every_network_has_a_size_and_a_rate_that_it_can_be_trained_with(network):
    cfg = composed(network)
    check_config(cfg)
    check_choices(cfg)
    assert cfg.model.input_size == cfg.model.quick_size <= cfg.prepare.crop_size
    assert cfg.recipe.optimizer.lr == cfg.model.quick_lr
    model = instantiate(cfg.model.network, classes=6).eval()
    maps = model.features(torch.zeros(1, 3, cfg.model.input_size, cfg.model.input_size))
    # A map of one place shows nothing.
    assert min(maps.shape[2:]) >= 3
    assert model.head(maps).shape == (1, 6)


@pytest.mark.slow
def test_the_networks_of_the_study_are_trained_on_as_many_images_for_as_many_steps():
    own = {"optimizer"}
    configs = [composed(name) for name in TWELVE]
    recipes = [{key: value for key, value in config.recipe.items() if key not in own} for config in configs]
    assert all(recipe == recipes[0] for recipe in recipes)
    assert len({str(config.data) for config in configs}) == 1


def test_the_study_is_of_the_twelve_networks_and_two_folds():
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        sweep = compose("train", ["study=twelve"], return_hydra_config=True).hydra.sweeper.params
    assert sorted(sweep.model.split(",")) == sorted(TWELVE)
    assert sweep.fold == "0,1"
