from types import SimpleNamespace

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from helpers.made_up_faces import made_up_table
from torch.utils.data import DataLoader

from fer_xai.data.datamodule import FacesDataModule, PartSampler
from fer_xai.data.preparation.prepare import prepare
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.splits.folds import group_ids
from fer_xai.data.splits.kfold import KFold
from fer_xai.face.landmarks import GivenFinder


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> PreparedFaces:
    folder = tmp_path_factory.mktemp("faces")
    return prepare(made_up_table(folder, people=6), GivenFinder(), folder, crop_size=48, workers=1)


def module_of(faces: PreparedFaces, fold: int = 0, validation: float = 0.0, **settings: int) -> FacesDataModule:
    """One of three folds."""
    return FacesDataModule(faces, KFold(3, validation).parts(faces.frame, fold), **settings)


def indices(loader: DataLoader[dict[str, torch.Tensor]]) -> list[int]:
    return [int(i) for batch in loader for i in batch["index"]]


def test_batches_hold_what_the_faces_hold(faces: PreparedFaces) -> None:
    data = module_of(faces, 1, 0.25, batch_size=5)
    for batch in data.test_dataloader():
        assert batch["image"].dtype == torch.uint8
        for image, label, points, index, group in zip(*batch.values(), strict=True):
            row = int(index)
            assert (image.numpy() == faces.crops[row].transpose(2, 0, 1)).all()
            assert int(label) == faces.labels[row]
            assert (points.numpy() == faces.landmarks[row]).all()
            assert int(group) == group_ids(faces.frame)[row]
    assert batch["label"].dtype == batch["index"].dtype == batch["group"].dtype == torch.int64
    assert batch["landmarks"].dtype == torch.float32


def test_parts_of_all_folds_cover_the_faces(faces: PreparedFaces) -> None:
    tested = []
    for fold in range(3):
        data = module_of(faces, fold, 0.25, batch_size=7)
        parts = [indices(loader) for loader in (data.train_dataloader(), data.val_dataloader(), data.test_dataloader())]
        assert sorted(i for part in parts for i in part) == list(range(36))
        people = [set(faces.frame["subject"].iloc[part]) for part in parts]
        assert people[0].isdisjoint(people[1] | people[2])
        assert people[1].isdisjoint(people[2])
        assert parts[2] == sorted(parts[2])
        tested += parts[2]
    assert sorted(tested) == list(range(36))


def test_order_of_training_depends_on_seed_and_epoch_alone(faces: PreparedFaces) -> None:
    def order(seed: int, epoch: int) -> list[int]:
        loader = module_of(faces, seed=seed, batch_size=4).train_dataloader()
        loader.sampler.set_epoch(epoch)
        return indices(loader)

    torch.manual_seed(1)
    first = order(0, 3)
    torch.manual_seed(2)
    assert order(0, 3) == first
    assert order(0, 4) != first
    assert sorted(order(0, 4)) == sorted(first)


class Recorder(pl.LightningModule):
    """Learns nothing; notes which rows each epoch brought."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.seen: list[list[int]] = []

    def on_train_epoch_start(self) -> None:
        self.seen.append([])

    def training_step(self, batch: dict[str, torch.Tensor], number: int) -> torch.Tensor:
        self.seen[-1] += batch["index"].tolist()
        return self.weight.sum()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def test_trainer_brings_the_order_of_each_epoch(faces: PreparedFaces) -> None:
    data, module = module_of(faces, batch_size=8, seed=4), Recorder()
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    pl.Trainer(max_epochs=3, accelerator="cpu", use_distributed_sampler=False, **quiet).fit(module, data)
    sampler = PartSampler(len(data.parts.train), 4)
    for epoch, seen in enumerate(module.seen):
        sampler.set_epoch(epoch)
        assert seen == data.parts.train[list(sampler)].tolist()
    assert len({tuple(seen) for seen in module.seen}) == 3


def test_loader_that_is_made_in_a_later_epoch_begins_with_its_order(faces: PreparedFaces) -> None:
    """Worker processes begin to read before Lightning tells the epoch of a training that is taken up again."""
    data = module_of(faces, batch_size=4, seed=4)
    data.trainer = SimpleNamespace(global_rank=0, world_size=1, current_epoch=2)  # type: ignore[assignment]
    sampler = PartSampler(len(data.parts.train), 4)
    sampler.set_epoch(2)
    assert indices(data.train_dataloader()) == data.parts.train[list(sampler)].tolist()


def test_without_validation_there_is_no_loader_for_it(faces: PreparedFaces) -> None:
    assert module_of(faces).val_dataloader() == []


@pytest.mark.parametrize(("length", "world"), [(10, 3), (9, 3), (2, 4), (1, 1)])
def test_processes_share_a_part_without_repeating_tested_items(length: int, world: int) -> None:
    shares = [PartSampler(length, None, rank, world) for rank in range(world)]
    assert sorted(i for share in shares for i in share) == list(range(length))
    assert [len(list(share)) for share in shares] == [len(share) for share in shares]
    shuffled = [PartSampler(length, 5, rank, world) for rank in range(world)]
    assert len({len(list(share)) for share in shuffled}) == 1
    assert [len(list(share)) for share in shuffled] == [len(share) for share in shuffled]
    assert {i for share in shuffled for i in share} == set(range(length))


def test_one_process_and_two_see_the_same_order_of_an_epoch() -> None:
    whole = list(PartSampler(10, 5))
    halves = [list(PartSampler(10, 5, rank, 2)) for rank in range(2)]
    assert np.array(halves).T.ravel().tolist() == whole
