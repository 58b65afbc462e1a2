"""The accumulator against a literal loop over images and pixels."""

import pickle

import numpy as np
import pytest
import torch

from fer_xai.errors import UserError
from fer_xai.metrics.bootstrap import poisson_weights
from fer_xai.metrics.heatmap_mean import GlobalHeatmap

FRAME = (7, 6)  # an odd number of rows, as the canonical frame has


def made_up(n: int, seed: int = 0) -> dict[str, torch.Tensor]:
    rng = np.random.default_rng(seed)
    return {
        "warped": torch.tensor(rng.random((n, *FRAME)), dtype=torch.float32),
        "valid": torch.tensor(rng.random((n, *FRAME)) < 0.8),
        "class_index": torch.tensor(rng.integers(0, 3, n)),
        "group_ids": torch.tensor(rng.integers(-(2**40), 2**40, 4)[rng.integers(0, 4, n)]),
    }


def accumulate(*batches: dict[str, torch.Tensor], replicates: int = 20) -> GlobalHeatmap:
    metric = GlobalHeatmap(3, FRAME, replicates=replicates, seed=5)
    for batch in batches:
        metric.update(**batch)
    return metric


def part(data: dict[str, torch.Tensor], start: int, stop: int) -> dict[str, torch.Tensor]:
    return {name: values[start:stop] for name, values in data.items()}


def test_equals_the_literal_loop() -> None:
    data = made_up(25)
    result = accumulate(data).compute()
    for c in range(3):
        of_class = [i for i in range(25) if data["class_index"][i] == c]
        assert result["images"][c] == len(of_class)
        for y in range(FRAME[0]):
            for x in range(FRAME[1]):
                values = [float(data["warped"][i, y, x]) for i in of_class if data["valid"][i, y, x]]
                assert result["count"][c, y, x] == len(values)
                assert float(result["mean"][c, y, x]) == pytest.approx(np.mean(values), rel=1e-12)
                assert float(result["std"][c, y, x]) == pytest.approx(np.std(values), rel=1e-7)
        for r in range(20):
            for y in range(4):
                for x in range(3):
                    total, number = 0.0, 0
                    for i in of_class:
                        weight = int(poisson_weights(5, int(data["group_ids"][i]), 20)[r])
                        for yy, xx in np.ndindex(2, 2):
                            v, u = 2 * y + yy, 2 * x + xx
                            if v < FRAME[0] and data["valid"][i, v, u]:
                                total += weight * float(data["warped"][i, v, u])
                                number += weight
                    assert result["replicate_counts"][r, c, y, x] == number
                    found = float(result["replicates"][r, c, y, x])
                    assert np.isnan(found) if number == 0 else found == pytest.approx(total / number, rel=1e-12)


def test_batches_of_any_size_give_the_same() -> None:
    data = made_up(25)
    whole = accumulate(data).compute()
    parts = accumulate(*(part(data, i, i + 1) for i in range(25)), part(data, 0, 0)).compute()
    for name, values in whole.items():
        torch.testing.assert_close(parts[name], values, rtol=1e-12, atol=1e-12, equal_nan=True)


def test_borders_are_not_biased_low() -> None:
    """A constant heatmap stays constant, however many images miss a pixel."""
    data = made_up(30)
    data["warped"] = torch.where(data["valid"], 0.25, torch.nan)
    result = accumulate(data).compute()
    assert result["count"].min() < result["count"].max()
    torch.testing.assert_close(result["mean"], torch.full_like(result["mean"], 0.25))
    torch.testing.assert_close(result["std"], torch.zeros_like(result["std"]), rtol=0, atol=1e-8)


def test_pixels_that_no_image_reaches_are_nan() -> None:
    data = made_up(10)
    data["valid"][:, 0, 0] = False
    data["class_index"][:] = 1
    result = accumulate(data).compute()
    assert torch.isnan(result["mean"][:, 0, 0]).all()
    assert torch.isnan(result["mean"][[0, 2]]).all(), "classes without an image"
    assert result["images"].tolist() == [0, 10, 0]


def test_ranks_add_up() -> None:
    """What a sum over ranks gives is what one device gives."""
    data = made_up(24)
    one = accumulate(data)
    first, second = accumulate(part(data, 0, 11)), accumulate(part(data, 11, 24))
    for name, reduce in one._reductions.items():
        synced = reduce(torch.stack([getattr(first, name), getattr(second, name)]))
        torch.testing.assert_close(synced, getattr(one, name), rtol=1e-12, atol=1e-12)


def test_shared_states_are_not_added_to_in_place() -> None:
    """Under ddp_spawn all ranks start with states in one shared memory."""
    metric = GlobalHeatmap(3, FRAME, replicates=5)
    before = {name: getattr(metric, name) for name in metric._defaults}
    metric.update(**made_up(8))
    assert all(not values.any() for values in before.values())


@pytest.mark.filterwarnings("ignore:The ``compute`` method")
def test_sums_stay_float64_and_states_survive_a_pickle() -> None:
    metric = accumulate(made_up(9)).half().float()
    copy = pickle.loads(pickle.dumps(metric))
    assert metric.sums.dtype == torch.float64
    copy.update(**made_up(3, seed=1))
    assert copy.compute()["images"].sum() == 12
    metric.reset()
    assert metric.compute()["images"].sum() == 0


def test_small_differences_survive_many_large_sums() -> None:
    """float32 sums of this many images would lose them."""
    data = made_up(2)
    data["warped"] = torch.stack([torch.full(FRAME, 1e4), torch.full(FRAME, 1e4 + 0.0625)])
    data["valid"][:], data["class_index"][:] = True, 0
    metric = accumulate(*[data] * 300, replicates=0)
    assert float(metric.compute()["mean"][0, 0, 0]) == pytest.approx(1e4 + 0.03125, rel=1e-13)


def test_what_reset_goes_back_to_takes_no_memory_on_any_device() -> None:
    metric = GlobalHeatmap(3, FRAME, replicates=5)
    assert {stride for value in metric._defaults.values() for stride in value.stride()} == {0}
    metric.to("meta")
    assert {value.device.type for value in metric._defaults.values()} == {"meta"}
    assert {stride for value in metric._defaults.values() for stride in value.stride()} == {0}


def test_without_replicates() -> None:
    result = accumulate(made_up(5), replicates=0).compute()
    assert result["replicates"].shape == (0, 3, 4, 3)


def test_mistakes_are_told() -> None:
    metric, data = GlobalHeatmap(3, FRAME, replicates=2), made_up(4)
    with pytest.raises(UserError, match="must be"):
        metric.update(**(data | {"warped": data["warped"].transpose(1, 2)}))
    with pytest.raises(UserError, match="between 0 and 2"):
        metric.update(**(data | {"class_index": torch.tensor([0, 1, 2, 3])}))
    with pytest.raises(UserError, match="not finite"):
        metric.update(**(data | {"warped": data["warped"] * torch.inf}))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_agrees_with_the_processor() -> None:
    data = made_up(25)
    expected = accumulate(data).compute()
    metric = GlobalHeatmap(3, FRAME, replicates=20, seed=5).cuda()
    metric.update(**{name: values.cuda() for name, values in data.items()})
    for name, values in metric.compute().items():
        torch.testing.assert_close(values.cpu(), expected[name], rtol=1e-12, atol=1e-12, equal_nan=True)
