"""What the records of runs hold so that only runs of one training and one way of explaining are told of together."""

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from fer_xai.config.schema import register
from fer_xai.config.shared_settings import shared_settings
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.run import processes as ranks


def composed(*overrides: str) -> DictConfig:
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return compose("train", [*overrides, "study_dir=x"])


def settings(*overrides: str) -> dict:
    cfg = composed(*overrides)
    return shared_settings(cfg, list(cfg.explainer))


def unlike(one: dict, other: dict) -> set[str]:
    """Keys that differ within the groups that both have."""
    return {
        key
        for group in one.keys() & other.keys()
        for key in one[group].keys() | other[group].keys()
        if one[group].get(key) != other[group].get(key)
    }


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ("recipe.max_epochs=1", {"recipe.max_epochs"}),
        ("recipe.optimizer.lr=0.1", {"recipe.optimizer.lr"}),
        ("trainer.max_epochs=1", {"trainer.max_epochs"}),
        ("trainer.gradient_clip_val=1.0", {"trainer.gradient_clip_val"}),
        ("normalise=unit", {"normalise"}),
        ("classes=[anger,fear]", {"classes"}),
        ("model.input_size=32", {"model.input_size", "model.network.input_size"}),
        ("model.layer=features.0", {"model.layer"}),
        ("explainer.gradcam.positive=false", {"explainer.gradcam.positive"}),
        ("callbacks.explain.replicates=3", {"callbacks.explain.replicates"}),
    ],
)
def test_unlike_training_or_explaining_is_named(change: str, keys: set[str]) -> None:
    assert unlike(settings(), settings(change)) == keys


@pytest.mark.parametrize(
    "change",
    [
        *(
            "fold=1",
            "seed=3",
            "pretrained=true",
            "model=songnet",
            "explainer=[gradcam,occlusion]",
            "expressions=[fear]",
        ),
        *("trainer=cpu", "trainer.devices=2", "threads=1", "callbacks.explain.batch_size=2", "num_workers=1"),
        *("privacy.allow_faces=true", "callbacks.explain.examples=1", "compile=true"),
    ],
)
def test_what_may_differ_within_a_study_is_not_in_it(change: str) -> None:
    assert unlike(settings(), settings(change)) == set()


def test_what_the_recipe_takes_from_the_network_holds_for_that_network_only() -> None:
    weinet, songnet = (settings("recipe=paper", f"model={name}") for name in ("weinet", "songnet"))
    assert (weinet["network weinet"]["recipe.max_epochs"], songnet["network songnet"]["recipe.max_epochs"]) == (10, 25)
    assert unlike(weinet, songnet) == set()
    assert unlike(weinet, settings("recipe=paper", "recipe.max_epochs=10")) == {"recipe.max_epochs"}


def test_processes_of_a_distributed_run_record_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    cfg = composed("recipe=paper", "trainer.devices=2", "model=songnet")
    seen = []

    def start(command: list[str], **_: object) -> object:
        seen.append(DictConfig(OmegaConf.load(command[-1])))
        return type("Done", (), {"returncode": 0})

    monkeypatch.setattr(ranks.subprocess, "run", start)
    ranks.run_ranks(cfg)
    assert shared_settings(seen[0], ["gradcam"]) == shared_settings(cfg, ["gradcam"])
