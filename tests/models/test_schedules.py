"""Learning rates, written out."""

import functools
import math

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR, ReduceLROnPlateau, StepLR

from fer_xai.config.schema import register
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.models.schedules import Schedule, warmup_cosine, watches_validation


def sgd(rate: float = 1.0) -> torch.optim.SGD:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)


def rates(optimizer: torch.optim.Optimizer, scheduler, number: int, *watched: float) -> list[float]:
    found = []
    for step in range(number):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(*watched[step : step + 1])
    return found


def test_warmup_cosine_by_arithmetic():
    """Ten steps, two of them rising: thirds of the rate, then half a cosine over eight steps."""
    optimizer = sgd(0.9)
    found = rates(optimizer, warmup_cosine(optimizer, 10, warmup=0.2), 11)
    falling = [0.45 * (1 + math.cos(math.pi * step / 8)) for step in range(9)]
    assert found == pytest.approx([0.3, 0.6, *falling])
    assert found[2] == pytest.approx(0.9)
    assert found[6] == pytest.approx(0.45)
    assert found[10] == pytest.approx(0.0)


def test_warmup_cosine_keeps_its_floor_and_may_rise_all_the_time():
    optimizer = sgd()
    found = rates(optimizer, warmup_cosine(optimizer, 4, warmup=0.0, floor=0.2), 7)
    assert found[0] == 1.0
    assert found[2] == pytest.approx(0.6)
    assert found[4:] == pytest.approx([0.2, 0.2, 0.2])
    optimizer = sgd()
    assert rates(optimizer, warmup_cosine(optimizer, 3, warmup=1.0), 3) == pytest.approx([0.25, 0.5, 0.75])


def test_total_steps_are_told_where_a_scheduler_asks_for_them():
    def total(schedule: Schedule) -> int:
        return schedule.configure(sgd(), epochs=7, steps=lambda: 91)["scheduler"].total_steps

    one_cycle = functools.partial(OneCycleLR, max_lr=0.1)
    assert total(Schedule(one_cycle, "step")) == 91
    assert total(Schedule(one_cycle, "epoch")) == 7
    assert total(Schedule(functools.partial(OneCycleLR, max_lr=0.1, total_steps=13), "step")) == 13


def test_only_a_plateau_is_monitored():
    plateau = Schedule(functools.partial(ReduceLROnPlateau)).configure(sgd(), 3, lambda: 9)
    step = Schedule(functools.partial(StepLR, step_size=2), "step").configure(sgd(), 3, lambda: 9)
    assert plateau["monitor"] == "val_loss"
    assert "monitor" not in step
    assert (plateau["interval"], step["interval"]) == ("epoch", "step")
    assert [watches_validation(kind) for kind in (ReduceLROnPlateau, StepLR, warmup_cosine)] == [True, False, False]


def configured(*overrides: str) -> tuple[torch.optim.Optimizer, dict]:
    """The optimizer and schedule of a composed recipe, for ten epochs of five steps."""
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        recipe = compose("train", [*overrides, "recipe.optimizer.lr=0.5", "recipe.max_epochs=10", "study_dir=x"]).recipe
    optimizer = instantiate(recipe.optimizer)([torch.nn.Parameter(torch.zeros(1))])
    schedule = Schedule(instantiate(recipe.scheduler), recipe.scheduler_interval)
    return optimizer, schedule.configure(optimizer, 10, lambda: 50)


def test_shipped_cosine():
    optimizer, found = configured("recipe/scheduler=cosine")
    assert (type(found["scheduler"]), found["interval"]) == (CosineAnnealingLR, "epoch")
    expected = [0.25 * (1 + math.cos(math.pi * epoch / 10)) for epoch in range(11)]
    assert rates(optimizer, found["scheduler"], 11) == pytest.approx(expected, abs=1e-9)


def test_shipped_plateau():
    """The best loss is the first; after more than three epochs that are no better the rate falls to three tenths."""
    optimizer, found = configured("recipe=matched")
    losses = [1.0, 2.0, 2.0, 2.0, 2.0, 2.0]
    assert rates(optimizer, found["scheduler"], 6, *losses) == pytest.approx([0.5] * 5 + [0.15])


def test_shipped_warmup_cosine():
    optimizer, found = configured("recipe/scheduler=warmup_cosine")
    assert found["interval"] == "step"
    written = rates(optimizer, found["scheduler"], 51)
    assert written[:6] == pytest.approx([0.5 * step / 6 for step in range(1, 7)])
    assert written[5] == max(written)
    assert written[50] == pytest.approx(0)


def test_shipped_one_cycle():
    """Begins at a 25th of the top rate, is there after three tenths of the steps, ends at a ten-thousandth of it."""
    optimizer, found = configured("recipe/scheduler=one_cycle")
    assert found["interval"] == "step"
    written = rates(optimizer, found["scheduler"], 49)
    assert written[0] == pytest.approx(0.5 / 25)
    assert written[14] == max(written) == pytest.approx(0.5)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.5 / 25e4)
