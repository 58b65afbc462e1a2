"""Training by Lightning against a bare loop, in time and memory; and loading against computing."""

import functools
import logging
import multiprocessing
import statistics
import time
import warnings
from collections.abc import Callable, Iterable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import RichProgressBar
from torch.utils.data import DataLoader

from benchmarks.harness import Measured, peak_memory_gib, row
from fer_xai.data.datamodule import FacesDataset, PartSampler
from fer_xai.models.module import Batch, ExpressionModule
from fer_xai.models.network import Network
from fer_xai.models.songnet import SongNet
from fer_xai.models.timm_backbone import TimmNetwork

BATCH = 16


def faces(n: int, size: int) -> SimpleNamespace:
    """What a data set of prepared faces holds, of noise and in memory."""
    rng = np.random.default_rng(0)
    names = [str(i) for i in range(n)]
    return SimpleNamespace(
        crops=rng.integers(0, 256, (n, size, size, 3), dtype=np.uint8),
        landmarks=rng.random((n, 68, 2), dtype=np.float32),
        labels=np.arange(n) % 6,
        frame=pd.DataFrame({"image": names, "dataset": "noise", "subject": names}),
    )


def loader(n: int, size: int) -> DataLoader:
    data = FacesDataset(faces(n, size), np.arange(n))  # type: ignore[arg-type]
    return DataLoader(data, batch_size=BATCH, sampler=PartSampler(n, 0))


def songnet() -> ExpressionModule:
    return _module(SongNet(64), 64)


def mobilenet() -> ExpressionModule:
    return _module(TimmNetwork("mobilenetv3_large_100", 112), 112)


def _module(network: Network, size: int) -> ExpressionModule:
    torch.manual_seed(0)
    return ExpressionModule(network, size, functools.partial(torch.optim.AdamW, lr=1e-4))


def bare_epoch(module: ExpressionModule, optimizer: torch.optim.Optimizer, batches: Iterable[Batch]) -> None:
    """The loop that a tutorial of PyTorch shows: the same preparation, network, loss and steps, and nothing else."""
    module.network.train()
    for batch in batches:
        loss = torch.nn.functional.cross_entropy(module.network(module.preprocess(batch["image"])), batch["label"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


class Epochs(pl.Callback):
    """Notes how long each epoch of training takes, and does something between them."""

    def __init__(self, between: Callable[[], object]) -> None:
        self.between = between
        self.seconds: list[float] = []

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._start = time.perf_counter()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.seconds.append(time.perf_counter() - self._start)
        self.between()


def lightning(module: ExpressionModule, batches: DataLoader, epochs: int, *callbacks: pl.Callback) -> None:
    """Train as a run does, with its progress bar."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = pl.Trainer(
            accelerator="cpu",
            max_epochs=epochs,
            callbacks=[RichProgressBar(refresh_rate=20), *callbacks],
            logger=False,
            enable_checkpointing=False,
            enable_model_summary=False,
            use_distributed_sampler=False,
        )
        trainer.fit(module, batches)


def _overhead(make: Callable[[], ExpressionModule], n: int, size: int, rounds: int) -> Measured:
    """Median over rounds of Lightning's epoch to the bare one right after it; the first round warms up."""
    batches, other = loader(n, size), make()
    optimizer = other.make_optimizer(other.parameters())
    bare: list[float] = []

    def time_bare() -> None:
        start = time.perf_counter()
        bare_epoch(other, optimizer, batches)
        bare.append(time.perf_counter() - start)

    epochs = Epochs(time_bare)
    lightning(make(), batches, rounds + 1, epochs)
    ratios = [ours / theirs for ours, theirs in zip(epochs.seconds[1:], bare[1:], strict=True)]
    steps = len(batches)
    seconds = {
        "Lightning's step": statistics.median(epochs.seconds[1:]) / steps,
        "bare step": statistics.median(bare[1:]) / steps,
    }
    return Measured(statistics.median(ratios), seconds)


@row("training step of SongNet at 64 px, Lightning against a bare loop", 1.05, "times as long", higher_is_better=False)
def songnet_step() -> Measured:
    return _overhead(songnet, n=10 * BATCH, size=64, rounds=7)


@row("training step of MobileNetV3 at 112 px, Lightning against bare", 1.05, "times as long", higher_is_better=False)
def mobilenet_step() -> Measured:
    return _overhead(mobilenet, n=2 * BATCH, size=112, rounds=5)


def _added_memory(by_lightning: bool) -> float:
    """GiB that two epochs of training add to a process that has everything but the training."""
    torch.set_num_threads(1)
    module, batches = mobilenet(), loader(3 * BATCH, 112)
    before = peak_memory_gib()
    if by_lightning:
        lightning(module, batches, 2)
    else:
        optimizer = module.make_optimizer(module.parameters())
        for _ in range(2):
            bare_epoch(module, optimizer, batches)
    return peak_memory_gib() - before


@row("peak memory of training MobileNetV3, Lightning against a bare loop", 1.05, "times", higher_is_better=False)
def memory() -> Measured:
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        ours, bare = (pool.apply(_added_memory, (by_lightning,)) for by_lightning in (True, False))
    return Measured(ours / bare, {})


def _loading(make: Callable[[], ExpressionModule], n: int, size: int) -> Measured:
    """Images per second that one process loads, over those that the network learns from; medians of rounds."""
    batches, module = loader(n, size), make()
    optimizer = module.make_optimizer(module.parameters())
    times: dict[str, list[float]] = {"loading": [], "learning": []}
    for _ in range(4):
        start = time.perf_counter()
        kept = list(batches)
        middle = time.perf_counter()
        bare_epoch(module, optimizer, kept)
        times["loading"].append(middle - start)
        times["learning"].append(time.perf_counter() - middle)
    ratios = [learning / loading for loading, learning in zip(*times.values(), strict=True)][1:]
    return Measured(statistics.median(ratios), {f"{key} an image": min(t) / n for key, t in times.items()})


@row("loading crops of 224 px, against training SongNet at 64 px", target=2)
def songnet_loading() -> Measured:
    return _loading(songnet, n=6 * BATCH, size=224)


@row("loading crops of 224 px, against training MobileNetV3 at 112 px", target=5)
def mobilenet_loading() -> Measured:
    return _loading(mobilenet, n=2 * BATCH, size=224)
