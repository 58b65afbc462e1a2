"""What names a trained network: all that changes what is learned, and nothing else."""

import pytest
from hydra import compose, initialize_config_dir

from fer_xai.config.fingerprint import config_fingerprint, training_fingerprint
from fer_xai.config.schema import register
from fer_xai.config.shipped_configs import conf_dir


def name(*overrides: str) -> str:
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return training_fingerprint(compose("train", [*overrides, "study_dir=x"]), "data", "weights", "split")


@pytest.mark.parametrize(
    "change",
    [
        "trainer.precision=bf16-mixed",
        "trainer.gradient_clip_val=1.0",
        "recipe.accumulate=2",
        "recipe.balance=sampling",
        "recipe/scheduler=cosine",
        "recipe.freeze_epochs=1",
        "+trainer.limit_train_batches=3",
    ],
)
def test_what_is_learned_by_is_in_it(change: str) -> None:
    assert name(change) != name()


def test_where_and_in_what_order_is_computed_is_not() -> None:
    same = ("threads=1", "channels_last=true", "compile=true", "num_workers=2", "trainer=cpu", "trainer.devices=2")
    assert name(*same, "trainer.log_every_n_steps=5", "trainer.enable_progress_bar=false") == name()


def absence(*overrides: str) -> str:
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return config_fingerprint(compose("train", list(overrides)))


@pytest.mark.parametrize(
    "change",
    [
        "task=identity",
        "trainer.devices=many",
        "classes=[anger,fear]",
        "expressions=fear",
        "explainer=saliency",
        "callbacks.explain.replicates=7",
        "model.input_size=${no.such.key}",
    ],
)
def test_settings_without_a_result_are_told_apart_by_all_that_is_said(change: str) -> None:
    assert absence(change) != absence()


def test_how_a_sweep_is_gone_about_names_no_settings() -> None:
    said = ("job=abc", "wait=false", "strict=true", "study_dir=x", "cache_dir=y", "prepare.workers=3")
    assert absence(*said) == absence()
