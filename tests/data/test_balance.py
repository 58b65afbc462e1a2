"""Drawing every class equally often."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_xai.data.balance import balanced_order
from fer_xai.data.datamodule import PartSampler

LABELS = np.array([0] * 10 + [1] * 2 + [3] * 3)


def test_counts_by_arithmetic():
    """Fifteen draws of three classes, five each: five of ten images; of two images one thrice; of three two twice."""
    order = balanced_order(LABELS, np.random.default_rng(0))
    assert np.bincount(LABELS[order]).tolist() == [5, 5, 0, 5]
    times = np.bincount(order, minlength=15)
    assert sorted(times[:10]) == [0] * 5 + [1] * 5
    assert sorted(times[10:12]) == [2, 3]
    assert sorted(times[12:]) == [1, 2, 2]


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(0, 1000))
def test_classes_and_images_come_alike(labels, seed):
    labels = np.array(labels, dtype=np.int64)
    order = balanced_order(labels, np.random.default_rng(seed))
    assert len(order) == len(labels)
    drawn = labels[order]
    counts = [np.sum(drawn == k) for k in np.unique(labels)]
    assert max(counts, default=0) - min(counts, default=0) <= 1
    for k in np.unique(labels):
        times = np.bincount(order, minlength=len(labels))[labels == k]
        assert times.max() - times.min() <= 1


def test_classes_are_mixed_and_over_epochs_every_image_comes():
    sampler = PartSampler(len(LABELS), seed=3, labels=LABELS)
    seen = np.zeros(len(LABELS), int)
    for epoch in range(40):
        sampler.set_epoch(epoch)
        order = list(sampler)
        assert LABELS[order].tolist() != sorted(LABELS[order])
        seen += np.bincount(order, minlength=len(LABELS))
    assert seen[:10].min() > 10  # five of ten each epoch: 20 on average
    assert np.bincount(LABELS, weights=seen)[[0, 1, 3]].tolist() == [200, 200, 200]


def test_order_follows_from_seed_and_epoch_alone():
    def order(seed: int, epoch: int) -> list[int]:
        sampler = PartSampler(len(LABELS), seed, labels=LABELS)
        sampler.set_epoch(epoch)
        return list(sampler)

    np.random.seed(1)  # noqa: NPY002
    first = order(0, 2)
    np.random.seed(2)  # noqa: NPY002
    assert order(0, 2) == first
    assert order(0, 3) != first
    assert order(1, 2) != first


@pytest.mark.parametrize("world", [2, 4])
def test_processes_share_the_balanced_order(world):
    whole = list(PartSampler(len(LABELS), 5, labels=LABELS))
    shares = [list(PartSampler(len(LABELS), 5, rank, world, LABELS)) for rank in range(world)]
    assert len({len(share) for share in shares}) == 1
    assert np.array(shares).T.ravel().tolist()[: len(whole)] == whole


def test_parts_that_are_read_in_order_are_not_balanced():
    assert list(PartSampler(3, None, labels=np.array([0, 0, 1]))) == [0, 1, 2]
