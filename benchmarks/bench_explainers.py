"""What explaining costs: the gradient family against one plain forward pass, and what comes after it."""

import statistics
import time
from collections.abc import Callable

import torch
from torch import nn

from benchmarks.bench_warp import faces
from benchmarks.harness import Measured, row
from fer_xai.explainers.base import Question, frozen
from fer_xai.explainers.cam import CAM, EigenCAM, GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM, XGradCAM
from fer_xai.explainers.steps import averageable
from fer_xai.face.warp import CanonicalWarp
from fer_xai.metrics.heatmap_mean import GlobalHeatmap
from fer_xai.models.timm_backbone import TimmNetwork

SIZE = 224


def question(n: int) -> Question:
    torch.manual_seed(0)
    return Question(torch.rand(n, 3, SIZE, SIZE), torch.arange(n) % 6)


def turns(one: Callable[[], object], other: Callable[[], object], names: tuple[str, str], rounds: int) -> Measured:
    """How many times as long `one` takes: the median over rounds of the ratio of two runs side by side."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for run, kept in zip((one, other), times, strict=True):
            start = time.perf_counter()
            run()
            kept.append(time.perf_counter() - start)
    value = statistics.median(a / b for a, b in zip(*times, strict=True))
    return Measured(value, {name: statistics.median(kept) for name, kept in zip(names, times, strict=True)})


def against_a_pass(cams: list[CAM], rounds: int = 9) -> Measured:
    network, asked = TimmNetwork("resnet50.tv_in1k", SIZE).eval(), question(16)

    def plain() -> None:
        with frozen(network), torch.no_grad():
            network(asked.images)

    def explained() -> None:
        fresh = Question(asked.images, asked.classes)  # with nothing to share yet
        for cam in cams:
            cam.explain(network, "features", fresh)

    explained(), plain()
    return turns(explained, plain, ("explained", "plain pass"), rounds)


@row("Grad-CAM, against a plain pass (ResNet50, 16 images)", target=1.1, unit="passes", higher_is_better=False)
def grad_cam() -> Measured:
    return against_a_pass([GradCAM()])


@row("six CAMs of one batch, against a plain pass (ResNet50, 16)", target=1.3, unit="passes", higher_is_better=False)
def six_cams() -> Measured:
    return against_a_pass([GradCAM(), GradCAMPlusPlus(), HiResCAM(), LayerCAM(), XGradCAM(), EigenCAM()])


@row("explain, warp and average 600 images, against explaining", target=1.3, unit="times", higher_is_better=False)
def six_hundred() -> Measured:
    """MobileNetV3 and Grad-CAM, batches of 30, one expression, as a run does it."""
    network: nn.Module = TimmNetwork("mobilenetv3_large_100.ra_in1k", SIZE).eval()
    asked, explainer, warp = question(30), GradCAM(), CanonicalWarp()
    landmarks, groups = faces(30)[1], torch.arange(30)
    classes = torch.full((30,), 3)

    def explain() -> torch.Tensor:
        return explainer.explain(network, "features", Question(asked.images, classes))

    explain()

    def alone() -> None:
        for _ in range(20):
            explain()

    def averaged() -> None:
        mean = GlobalHeatmap()
        for batch in range(20):
            maps, _ = averageable(explain(), SIZE, explainer.positive, explainer.local_scale)
            warped, valid = warp(maps, landmarks)
            mean.update(warped, valid, classes, groups + 30 * batch)
        mean.compute()

    return turns(averaged, alone, ("averaged", "explaining alone"), rounds=4)
