import inspect

import numpy as np
import pytest
import torch

from fer_xai.metrics import classes
from fer_xai.metrics.classes import HeatmapMetric
from fer_xai.metrics.registry import METRICS
from fer_xai.metrics.scores import score_map

CLASSES = [c for _, c in inspect.getmembers(classes, inspect.isclass) if issubclass(c, HeatmapMetric)]
CLASSES.remove(HeatmapMetric)


def made_up() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    maps, weights = torch.rand((2, 6, 12, 9), generator=generator, dtype=torch.float64)
    maps[4] = 0.5
    return maps, weights, torch.rand((6, 12, 9), generator=generator) < 0.9


def test_every_measure_has_a_class() -> None:
    assert sorted(c.measure for c in CLASSES) == sorted(METRICS)


@pytest.mark.parametrize("metric_class", CLASSES)
def test_mean_skips_and_counts_what_is_undefined(metric_class: type[HeatmapMetric]) -> None:
    name = metric_class.measure
    assert metric_class.higher_is_better == METRICS[name].higher_is_better
    assert metric_class.bounds == METRICS[name].bounds
    maps, weights, valid = made_up()
    metric = metric_class()
    metric.update(maps[:2], weights[:2], valid[:2])
    metric.update(maps[2:], weights[2:], valid[2:])
    result = metric.compute()
    singles = [score_map(*(part[i].numpy() for part in (maps, valid, weights)), [name])[name].value for i in range(6)]
    assert np.isnan(singles[4])
    assert float(result["mean"]) == pytest.approx(np.nanmean(singles), rel=1e-9)
    assert (int(result["n"]), int(result["skipped"])) == (5, 1)
    shared = metric_class()
    shared.update(maps, weights[0])
    singles = [score_map(one.numpy(), None, weights[0].numpy(), [name])[name].value for one in maps]
    assert float(shared.compute()["mean"]) == pytest.approx(np.nanmean(singles), rel=1e-9)


def test_no_defined_score_at_all() -> None:
    metric = classes.IoU()
    metric.update(torch.zeros(3, 5, 5), torch.eye(5))
    result = metric.compute()
    assert torch.isnan(result["mean"])
    assert (int(result["n"]), int(result["skipped"])) == (0, 3)
    metric.update(torch.zeros(0, 5, 5), torch.zeros(0, 5, 5))
    assert int(metric.compute()["skipped"]) == 3
