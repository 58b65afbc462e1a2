"""Every option of Lightning's trainer works, or is refused in one line that says what to do."""

import inspect

import pytest
import pytorch_lightning as pl
from hydra import compose, initialize_config_dir

from fer_xai.config.schema import register
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.config.trainer_options import REFUSED
from fer_xai.errors import UserError
from fer_xai.run.check_run import check_choices, check_machine

#: A value for every option that may be given.
ALLOWED = {
    "accelerator": "cpu",
    "strategy": "ddp",
    "devices": 2,
    "num_nodes": 1,
    "precision": "bf16-mixed",
    "min_epochs": 1,
    "max_steps": 3,
    "min_steps": 2,
    "limit_train_batches": 0.5,
    "limit_val_batches": 1,
    "val_check_interval": 0.5,
    "check_val_every_n_epoch": 1,
    "num_sanity_val_steps": 2,
    "log_every_n_steps": 5,
    "enable_progress_bar": "false",
    "enable_model_summary": "true",
    "gradient_clip_val": 1.0,
    "gradient_clip_algorithm": "value",
    "deterministic": "true",
    "benchmark": "false",
    "inference_mode": "false",
    "profiler": "simple",
    "detect_anomaly": "true",
    "sync_batchnorm": "true",
}


def check(*overrides: str) -> None:
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        cfg = compose("train", [*overrides, "study_dir=x"])
        check_choices(cfg)
        check_machine(cfg)


def test_every_option_is_known() -> None:
    assert set(inspect.signature(pl.Trainer).parameters) <= set(ALLOWED) | set(REFUSED)


@pytest.mark.parametrize("name", ALLOWED)
def test_options_that_work(name: str) -> None:
    check(f"++trainer.{name}={ALLOWED[name]}")


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("max_epochs=3", "set recipe.max_epochs"),
        ("max_epochs=null", "set recipe.max_epochs"),
        ("accumulate_grad_batches=2", "set recipe.accumulate"),
        ("fast_dev_run=true", "keeps no network"),
        ("fast_dev_run=3", "keeps no network"),
        ("max_time='00:01:00:00'", "the machine's speed"),
        ("limit_test_batches=2", "callbacks.explain.images_per_expression"),
        ("limit_predict_batches=2", "no effect"),
        ("overfit_batches=1", r"\+trainer.limit_train_batches"),
        ("callbacks=[]", "group callbacks"),
        ("logger=true", "group logger"),
        ("plugins=[]", "trainer.precision"),
        ("default_root_dir=x", "hydra.run.dir"),
        ("enable_checkpointing=false", "always kept"),
        ("barebones=true", "trainer.enable_progress_bar=false"),
        ("use_distributed_sampler=true", "shared out"),
        ("reload_dataloaders_every_n_epochs=1", "no effect"),
        ("model_registry=x", "study's folder"),
        ("enable_autolog_hparams=false", "no effect"),
        ("limit_train_batches=0", "nothing would be learned"),
        ("max_steps=0", "nothing would be learned"),
        ("limit_val_batches=0", "split.validation=0"),
        ("limit_train_batches=-1", "trainer: "),
        ("check_val_every_n_epoch=99", "up to recipe.max_epochs"),
        ("check_val_every_n_epoch=2", "recipe/scheduler=cosine"),
        ("val_check_interval='00:00:10:00'", "a share of an epoch"),
        ("gradient_clip_algorithm=most", "trainer: "),
        ("profiler=none", "trainer: "),
        ("devices=[0]", "a list names GPUs"),
        ("devices=[0,1]", "a list names GPUs"),
        ("devices='0,1'", "a list names GPUs"),
        ("devices=0", "trainer: "),
    ],
)
def test_options_that_are_refused(override: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        check(f"++trainer.{override}")
    assert str(caught.value).startswith("trainer")
