"""How a network is trained: steps of several batches, precision, memory layout, compiled form, taking up again."""

import functools
import math
from pathlib import Path

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from fer_xai.callbacks.resuming import BestWeights, EarlyStop, LastCheckpoint
from fer_xai.data.datamodule import PartSampler
from fer_xai.errors import DivergedError, UserError
from fer_xai.models import fast
from fer_xai.models.augment import Augment
from fer_xai.models.module import ExpressionModule
from fer_xai.models.network import Network
from fer_xai.models.schedules import Schedule, warmup_cosine
from fer_xai.models.songnet import SongNet
from fer_xai.results.weights import read_weights
from fer_xai.run.trained_network import WholeCheckpoints, read_state

IMAGES = torch.randint(0, 256, (10, 3, 20, 20), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
LABELS = torch.arange(10) % 6


def loader(batch_size: int, seed: int | None = None) -> DataLoader:
    items = [{"image": IMAGES[i], "label": LABELS[i], "index": torch.tensor(i)} for i in range(10)]
    return DataLoader(items, batch_size=batch_size, sampler=PartSampler(10, seed))  # type: ignore[arg-type]


def module(rate: float = 0.05, network: Network | None = None, **options) -> ExpressionModule:
    torch.manual_seed(0)
    optimizer = functools.partial(torch.optim.SGD, lr=rate, momentum=0.9)
    return ExpressionModule(network or SongNet(20, dropout=0.0), input_size=20, optimizer=optimizer, **options)


def trainer(**options) -> pl.Trainer:
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    defaults = {"enable_checkpointing": False, "max_epochs": 2, "accelerator": "cpu", "num_sanity_val_steps": 0}
    return pl.Trainer(**{**quiet, **defaults, "use_distributed_sampler": False, **options})


def weights(trained: ExpressionModule) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in trained.parameters()])


def fitted(batch_size: int = 4, accumulate: int = 1, options: dict | None = None, **settings) -> ExpressionModule:
    built = module(accumulate=accumulate, **settings)
    trainer(accumulate_grad_batches=accumulate, **(options or {})).fit(built, loader(batch_size), loader(10))
    return built


@pytest.mark.parametrize(("batch_size", "accumulate"), [(4, 2), (2, 4), (1, 8), (3, 3)])
def test_several_batches_make_the_step_of_a_large_one(batch_size, accumulate):
    """Ten images: the last step of an epoch has fewer and smaller batches, and is still their plain mean."""
    torch.testing.assert_close(
        weights(fitted(batch_size, accumulate)), weights(fitted(batch_size * accumulate)), rtol=1e-5, atol=1e-7
    )


def test_clipping_bounds_the_norm_of_a_step():
    before = weights(module(rate=1.0))
    free = fitted(10, rate=1.0, options={"max_epochs": 1})
    held = fitted(10, rate=1.0, options={"max_epochs": 1, "gradient_clip_val": 1e-3})
    assert (weights(free) - before).norm() > 1e-2
    assert (weights(held) - before).norm().item() == pytest.approx(1e-3, rel=1e-2)
    together = fitted(5, accumulate=2, rate=1.0, options={"max_epochs": 1, "gradient_clip_val": 1e-3})
    torch.testing.assert_close(weights(together), weights(held), rtol=1e-5, atol=1e-7)


class Watch(pl.Callback):
    """Notes the types of what the network computes in each stage, and whether its weights have channels last."""

    def __init__(self) -> None:
        self.dtypes: dict[str, torch.dtype] = {}
        self.last: dict[str, bool] = {}

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        self.module = pl_module
        pl_module.network.features[0].register_forward_hook(self._note)

    def _note(self, layer: nn.Module, images: tuple[Tensor, ...], output: Tensor) -> None:
        stage = self.module.trainer.state.stage or "none"
        self.dtypes[stage] = output.dtype
        self.last[stage] = images[0].is_contiguous(memory_format=torch.channels_last)


def test_mixed_precision_trains_in_bfloat16_and_tests_in_float32():
    watch, built = Watch(), module()
    mixed = trainer(precision="bf16-mixed", callbacks=[watch])
    mixed.fit(built, loader(5), loader(5))
    mixed.test(built, loader(5), verbose=False)
    assert watch.dtypes == {"train": torch.bfloat16, "validate": torch.bfloat16, "test": torch.float32}
    assert {parameter.dtype for parameter in built.parameters()} == {torch.float32}
    assert mixed.callback_metrics["test_accuracy"].dtype == torch.float32


def test_loss_is_taken_in_float32_of_the_logits(monkeypatch):
    seen = []
    original = torch.nn.functional.cross_entropy

    def note(logits, *args, **kwargs):
        seen.append(logits.dtype)
        return original(logits, *args, **kwargs)

    monkeypatch.setattr(torch.nn.functional, "cross_entropy", note)
    fitted(options={"precision": "bf16-mixed", "max_epochs": 1})
    assert set(seen) == {torch.float32}


def test_a_step_in_mixed_precision_is_that_of_full_precision_but_for_rounding():
    """Numbers of bfloat16 have 8 binary digits, each is right to 0.4 %; a smooth network jumps nowhere."""

    def changed(precision: str) -> Tensor:
        torch.manual_seed(0)
        features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.SiLU())
        built = module(network=Network(features, nn.Sequential(nn.AvgPool2d(18), nn.Flatten(), nn.Linear(4, 6))))
        before = weights(built)
        trainer(max_epochs=1, precision=precision).fit(built, loader(10), loader(10))
        return weights(built) - before

    full, mixed = changed("32-true"), changed("bf16-mixed")
    assert 0 < (mixed - full).norm() / full.norm() < 0.03


def test_probabilities_of_a_test_are_those_of_the_plain_network_in_float32():
    built = module()
    tester = trainer(precision="bf16-mixed")
    tester.test(built, loader(4), verbose=False)
    expected = built(IMAGES).softmax(1)
    torch.testing.assert_close(built.test_probabilities.compute(), expected, rtol=1e-6, atol=1e-7)


def test_channels_last_while_training_and_plain_afterwards():
    watch, built = Watch(), module(channels_last=True)
    both = trainer(callbacks=[watch])
    both.fit(built, loader(4), loader(4))
    both.test(built, loader(4), verbose=False)
    assert watch.last["train"]
    assert watch.last["validate"]
    assert not watch.last["test"]
    assert all(parameter.is_contiguous() for parameter in built.parameters())
    torch.testing.assert_close(weights(built), weights(fitted()), rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_compiled_form_learns_the_same_and_leaves_names_hooks_and_layers_alone(tmp_path):
    keep, plugins = BestWeights(tmp_path / "kept.safetensors"), [WholeCheckpoints()]
    options = {"enable_checkpointing": True, "callbacks": [keep], "plugins": plugins, "max_epochs": 1}
    built = fitted(compile=True, options=options)
    torch.testing.assert_close(weights(built), weights(fitted(options={"max_epochs": 1})), rtol=1e-4, atol=1e-6)
    assert list(built.state_dict()) == list(module().state_dict())
    assert type(built.network) is SongNet
    plain = module()
    plain.network.load_state_dict(read_weights(tmp_path / "kept.safetensors"))
    torch.testing.assert_close(plain.eval()(IMAGES), built.eval()(IMAGES), rtol=0, atol=0)


def test_no_compiler_is_one_line(monkeypatch):
    def fail(function):
        raise RuntimeError("Failed to find C compiler.\nmore")

    monkeypatch.setattr(torch, "compile", fail)
    with pytest.raises(UserError, match=r"\(Failed to find C compiler.\).* compile=false"):
        fast.compiled(SongNet(20), torch.device("cpu"))


class Normed(Network):
    """A network with statistics of its own beside its weights."""

    def __init__(self) -> None:
        features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        super().__init__(
            features, nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(4, 6))
        )


class Shuffled(pl.LightningDataModule):
    """Four batches of the ten images, in another order in every epoch."""

    def train_dataloader(self) -> DataLoader:
        return loader(3, seed=1)

    def val_dataloader(self) -> DataLoader:
        return loader(10)


class Kill(pl.Callback):
    """Ends a training in the middle of an epoch, as a signal would."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, trainer: pl.Trainer, *args: object) -> None:
        if trainer.current_epoch == self.epoch:
            raise KeyboardInterrupt


#: Each with a state of its own.
SCHEDULES = {
    "step": Schedule(functools.partial(warmup_cosine, warmup=0.2), "step"),
    "epoch": Schedule(functools.partial(torch.optim.lr_scheduler.StepLR, step_size=2)),
    "plateau": Schedule(functools.partial(torch.optim.lr_scheduler.ReduceLROnPlateau, patience=0, threshold=1.0)),
}


def train_into(folder: Path, schedule: Schedule, kill: int | None = None) -> dict:
    """Train with everything on that has a state, in `folder`, and return the state of its last checkpoint."""
    torch.manual_seed(0)
    built = module(network=Normed(), augment=Augment(), freeze_epochs=2, accumulate=2, schedule=schedule)
    last = folder / "last.ckpt"
    keep = [BestWeights(folder / "best.safetensors"), LastCheckpoint(last)]
    callbacks = [*keep, EarlyStop("val_loss", patience=50), *([Kill(kill)] if kill is not None else [])]
    options = {
        "enable_checkpointing": True,
        "callbacks": callbacks,
        "max_epochs": 5,
        "accumulate_grad_batches": 2,
        "plugins": [WholeCheckpoints()],
    }
    fit = trainer(**options).fit
    arguments = {"ckpt_path": last if last.exists() else None}
    if kill is None:
        fit(built, datamodule=Shuffled(), **arguments)
    else:
        with pytest.raises((KeyboardInterrupt, SystemExit)):
            fit(built, datamodule=Shuffled(), **arguments)
    state = read_state(last)
    assert state is not None
    return state


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("epoch", [1, 3])
def test_training_taken_up_again_is_bit_for_bit_the_uninterrupted_one(tmp_path, schedule, epoch):
    """Frozen epochs, augmentation, dropout, running statistics, momentum, a schedule, steps of two batches."""
    whole = train_into(tmp_path / "whole", SCHEDULES[schedule])
    train_into(tmp_path / "killed", SCHEDULES[schedule], kill=epoch)
    again = train_into(tmp_path / "killed", SCHEDULES[schedule])
    assert again["epoch"] == whole["epoch"]
    assert again["lr_schedulers"] == whole["lr_schedulers"]
    for name, tensor in whole["state_dict"].items():
        assert torch.equal(again["state_dict"][name], tensor), name
    best = [read_weights(tmp_path / name / "best.safetensors") for name in ("whole", "killed")]
    assert all(torch.equal(best[0][name], best[1][name]) for name in best[0])


def test_training_ends_at_the_first_loss_that_is_not_finite():
    with pytest.raises(DivergedError, match=r"training loss is (nan|inf) in epoch 1, batch 2; .*recipe.optimizer.lr"):
        fitted(rate=1e30)


def test_validation_loss_that_is_not_finite_ends_training_too():
    """One step, whose loss is that of the first weights."""
    with pytest.raises(DivergedError, match=r"the validation loss is (nan|inf) in epoch 1, batch 1"):
        fitted(10, rate=1e30, options={"max_epochs": 1})


def test_first_loss_that_is_not_finite_is_no_fault_of_the_rate():
    with pytest.raises(DivergedError, match="before any step: the first weights"):
        fitted(std=(0.0, 1.0, 1.0), mean=(0.0, 0.0, 0.0))


def test_predictions_that_are_not_finite_are_no_result():
    built = module()
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.fill_(1e30)
    with pytest.raises(DivergedError, match="gives test images numbers that are not finite"):
        trainer().test(built, loader(4), verbose=False)


def test_schedule_by_steps_is_told_the_steps_of_the_whole_training():
    """Four batches, two to a step, five epochs: ten steps, two of them rising."""
    built = module(network=Normed(), accumulate=2, schedule=SCHEDULES["step"], rate=1.0)
    seen: list[float] = []

    class Rates(pl.Callback):
        def on_train_batch_end(self, trainer: pl.Trainer, *args: object) -> None:
            seen.append(trainer.optimizers[0].param_groups[0]["lr"])

    trainer(max_epochs=5, accumulate_grad_batches=2, callbacks=[Rates()]).fit(built, datamodule=Shuffled())
    cosine = [(1 + math.cos(math.pi * step / 8)) / 2 for step in range(9)]
    assert seen[1::2] == pytest.approx([2 / 3, *cosine], abs=1e-9)


def test_training_that_ended_early_does_not_go_on(tmp_path):
    """Killed between its last epoch and its record, it would otherwise train one epoch more when it is taken up."""

    def train() -> tuple[int, ...]:
        last = tmp_path / "last.ckpt"
        keep, stop = LastCheckpoint(last), EarlyStop("val_loss", patience=2)
        built = module(rate=0.0)
        fit = trainer(enable_checkpointing=True, callbacks=[keep, stop], max_epochs=9, plugins=[WholeCheckpoints()])
        fit.fit(built, loader(5), loader(10), ckpt_path=last if last.exists() else None)
        kept = read_state(last)
        assert kept is not None
        return fit.current_epoch, fit.global_step, kept["epoch"], kept["global_step"]

    assert train() == (3, 6, 3, 6)
    assert train() == (3, 6, 3, 6)
