"""Prepared faces as the batches of one fold of the cross-validation."""

from collections.abc import Iterator

import numpy as np
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from fer_xai.data.balance import balanced_order
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.splits.base import Parts
from fer_xai.data.splits.folds import group_ids
from fer_xai.errors import UserError

Batch = dict[str, torch.Tensor]


class FacesDataset(Dataset[Batch]):
    """Rows of prepared faces, read from the disk as they are asked for.

    Args:
        faces: the faces.
        rows: (m,) row numbers of `faces` that belong to this part, in order.
        soft: (n, expressions) soft labels of all faces, see `soft_labels`; None for none.
    """

    def __init__(self, faces: PreparedFaces, rows: np.ndarray, soft: np.ndarray | None = None) -> None:
        self._soft = soft
        self._crops, self._rows = faces.crops, rows
        self._landmarks, self._labels = faces.landmarks, faces.labels
        self._groups = group_ids(faces.frame)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, i: int) -> Batch:
        """Item i: image uint8 (3, S, S), label, landmarks float32 (68, 2), index (row of the faces), group.

        With soft labels, also `shares` float32 (expressions,).
        """
        row = int(self._rows[i])
        shares = {} if self._soft is None else {"shares": torch.from_numpy(self._soft[row].copy())}
        return shares | {
            "image": torch.from_numpy(np.ascontiguousarray(self._crops[row].transpose(2, 0, 1))),
            "label": torch.tensor(self._labels[row]),
            "landmarks": torch.from_numpy(self._landmarks[row].copy()),
            "index": torch.tensor(row),
            "group": torch.tensor(self._groups[row]),
        }


class PartSampler(Sampler[int]):
    """The order in which a part is read: shuffled anew in each epoch by the seed, or as it is; shared out to processes.

    A run that is taken up again at some epoch sees the order that an uninterrupted run would have seen: Lightning tells
    the epoch.

    Args:
        length: number of items.
        seed: of the order; None reads in order.
        rank: which of the processes this is.
        world: number of processes. In order, each item goes to exactly one of them. When shuffled, the last few items
            are repeated so that all take equally many steps.
        labels: (length,) classes that are to come equally often in every epoch when shuffled, see `balanced_order`;
            None reads every item once.
    """

    def __init__(
        self, length: int, seed: int | None, rank: int = 0, world: int = 1, labels: np.ndarray | None = None
    ) -> None:
        self._length, self._seed, self._rank, self._world = length, seed, rank, world
        self._labels = labels
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch, numbered from 0."""
        self._epoch = epoch

    def __len__(self) -> int:
        rest = self._length - self._rank if self._seed is None else self._length
        return max(0, -(-rest // self._world))

    def __iter__(self) -> Iterator[int]:
        order = np.arange(self._length)
        if self._seed is not None:
            rng = np.random.default_rng((self._seed, self._epoch))
            order = rng.permutation(self._length) if self._labels is None else balanced_order(self._labels, rng)
            order = np.resize(order, len(self) * self._world)
        yield from order[self._rank :: self._world].tolist()


class FacesDataModule(pl.LightningDataModule):
    """Training, validation and test part of one fold, as a `Splitter` makes them.

    It shares the items out to the processes of a distributed run itself (test images are never repeated), so the
    trainer is made with `use_distributed_sampler=False`.

    Args:
        faces: the prepared faces.
        parts: rows of the faces to learn from, to choose by and to test on.
        batch_size: images per batch, of all processes together: a step is the same however many share it.
        num_workers: processes that read; 0 reads in the training process.
        seed: of the order of the training images.
        balanced: draw training images so that every expression comes equally often in each epoch.
        soft: soft labels of all faces, that training images bring along; None for none.
    """

    def __init__(
        self,
        faces: PreparedFaces,
        parts: Parts,
        batch_size: int = 128,
        num_workers: int = 0,
        seed: int = 0,
        balanced: bool = False,
        soft: np.ndarray | None = None,
    ) -> None:
        super().__init__()
        self.balanced, self.soft = balanced, soft
        self.faces, self.seed = faces, seed
        self.batch_size, self.num_workers = batch_size, num_workers
        self.parts = parts

    def train_dataloader(self) -> DataLoader[Batch]:
        """Training part, in an order of its own in each epoch."""
        return self._loader(self.parts.train, self.seed)

    def val_dataloader(self) -> DataLoader[Batch] | list[DataLoader[Batch]]:
        """Validation part, in order; an empty list where there is none."""
        return self._loader(self.parts.val, None) if len(self.parts.val) else []

    def test_dataloader(self) -> DataLoader[Batch]:
        """Test part, in the order of the table."""
        return self._loader(self.parts.test, None)

    def _loader(self, rows: np.ndarray, seed: int | None) -> DataLoader[Batch]:
        rank, world = (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        if self.batch_size % world:
            raise UserError(
                f"recipe.batch_size={self.batch_size} cannot be shared out evenly to {world} devices: choose a multiple"
            )
        sampler = PartSampler(len(rows), seed, rank, world, self.faces.labels[rows] if self.balanced else None)
        # Lightning tells the epoch only after worker processes have begun to read the first one.
        sampler.set_epoch(self.trainer.current_epoch if self.trainer else 0)
        return DataLoader(
            # Networks are chosen and judged by the expression that most people named.
            FacesDataset(self.faces, rows, None if seed is None else self.soft),
            batch_size=self.batch_size // world,
            sampler=sampler,
            num_workers=self.num_workers,
            persistent_workers=self.num_workers > 0,
            pin_memory=torch.cuda.is_available(),
        )
