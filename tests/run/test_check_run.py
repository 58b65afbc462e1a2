"""Choices of a run that contradict each other, or that this machine cannot serve."""

import pytest
import torch
from hydra import compose, initialize_config_dir

from fer_xai.config.schema import register
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError
from fer_xai.run.check_run import check_choices, check_machine


def check(*overrides: str) -> None:
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        cfg = compose("train", [*overrides, "study_dir=x"])
        check_choices(cfg)
        check_machine(cfg)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("normalise=none", "choose weights or unit"),
        ("recipe.keep=worst", "choose best or last"),
        ("recipe.balance=both", "choose none, weights or sampling"),
        ("trainer.accelerator=mps", "choose auto, cpu, gpu or cuda"),
        ("trainer.precision=bf16-true", "choose 32-true, bf16-mixed or 16-mixed"),
        ("recipe.scheduler_interval=step", "watches the validation loss"),
        ("recipe.accumulate=0", "must be 1 or more"),
        ("threads=0", "must be 1 or more"),
        ("explainer=[]", "choose at least one"),
        ("classes=[anger]", "give two or more"),
        ("classes=[anger,fear,anger]", "each of them once"),
        ("seed=-1", "must be 0 to 4294967295"),
        ("seed=4294967296", "must be 0 to 4294967295"),
        ("recipe.patience=-1", "must be 0 or more"),
        ("pretrained=3", "give false, true"),
        ("pretrained=null", "give false, true"),
        ("pretrained=[]", "give false, true"),
        ("prepare.crop_size=0", "a number of pixels from 32 to 2048"),
        ("prepare.margin=3", "a share of the face from 0 to 2"),
        ("prepare.min_face=-1", "0 for no limit"),
        ("prepare.max_yaw=0", "degrees up to 180, or null"),
        ("prepare.workers=-1", "a number of processes, or null"),
        ("model.weights.std=[0,0,0]", "3 numbers above 0, one for each of red, green and blue"),
        ("model.weights.mean=[0.5]", "3 numbers, one for each"),
        ("callbacks.explain.target=foo", "choose predicted, true, contrast, or two of anger, "),
        ("callbacks.explain.target=[anger,anger]", "or two of anger, "),
        ("callbacks.explain.expressions=foo", "choose among anger, "),
        ("callbacks.explain.images_per_expression=0", "must be 1 or more"),
        ("callbacks.explain.replicates=-1", "must be 0 or more"),
        ("callbacks.explain.batch_size=0", "must be 1 or more"),
        ("callbacks.explain.examples=-2", "must be 0 or more"),
        ("callbacks.trust.images=0", "must be 1 or more"),
        ("model.input_size=-3", "must be 1 or more"),
        ("margin=-1", "must be above 0"),
        ("margin=0", "must be above 0"),
        ("primary=nccc", "there is no such metric; those that are chosen are iou, precision"),
        ("groups=3", "name a column of the data"),
        ("groups=subject", "no group of people"),
        ("trainer.devices=null", "give a number of devices"),
        ("floor=luck", "give chance, or the accuracy to be above"),
    ],
)
def test_a_wrong_choice_names_the_right_ones(choice: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        check(choice)
    assert str(caught.value).replace(" ", "").replace("'", "").startswith(choice)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("recipe.optimizer.lr=-1", "^recipe.optimizer: torch.optim.AdamW .* Invalid learning rate: -1"),
        ("recipe.optimizer.lr=null", "^recipe.optimizer: "),
        ("recipe.optimizer.lr=[1]", "^recipe.optimizer: "),
        ("recipe.optimizer.weight_decay=-1", "^recipe.optimizer: .* weight_decay"),
        ("recipe.scheduler.factor=2", "^recipe.scheduler: .*ReduceLROnPlateau .* Factor should be < 1.0"),
    ],
)
def test_what_torch_would_refuse_after_the_work_is_refused_before(choice: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        check(choice)


@pytest.mark.parametrize("schedule", ["plateau", "cosine", "warmup_cosine", "one_cycle"])
def test_every_schedule_passes_its_trial(schedule: str) -> None:
    check(f"recipe/scheduler={schedule}")


def test_half_precision_wants_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="needs a GPU"):
        check("trainer.precision=16-mixed", "trainer=cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    check("trainer.precision=16-mixed")
    with pytest.raises(UserError, match="needs a GPU"):
        check("trainer.precision=16-mixed", "trainer.accelerator=cpu")


def test_a_gpu_that_is_not_there_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match="no CUDA device here, choose auto or cpu"):
        check("trainer.accelerator=gpu")


def test_what_only_the_time_changes_needs_no_validation_part() -> None:
    without = ("split.validation=0", "recipe.keep=last", "recipe.patience=null")
    with pytest.raises(UserError, match=r"set recipe\.scheduler=null, or a share"):
        check(*without)
    for schedule in ("recipe/scheduler=cosine", "recipe/scheduler=one_cycle", "recipe.scheduler=null"):
        check(*without, schedule)
