"""What explaining costs on an accelerator: `python -m benchmarks.on_device` (minutes on a GPU).

The paper's LIME on drawn faces with ResNet50: images per second, the share of the forward passes, the largest batch;
and Grad-CAM on all twelve networks. Weights are random: they do not change what a pass costs.
"""

import argparse
import time
from collections.abc import Callable

import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import Tensor, nn

from benchmarks.drawn_faces import HALF, faces
from benchmarks.harness import Machine
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.explainers.base import Question
from fer_xai.explainers.cam import GradCAM
from fer_xai.explainers.lime import LIME
from fer_xai.expressions import EXPRESSIONS
from fer_xai.models.fast import whole_float32


class Passes(nn.Module):
    """Counts the seconds of a network's forward passes, the device's own work included."""

    def __init__(self, network: nn.Module, device: torch.device) -> None:
        super().__init__()
        self.network, self.device, self.seconds = network, device, 0.0

    def forward(self, images: Tensor) -> Tensor:
        start = now(self.device)
        logits = self.network(images)
        self.seconds += now(self.device) - start
        return logits


def now(device: torch.device) -> float:
    """The time when the device has done all that it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def timed(run: Callable[[], object], device: torch.device) -> float:
    start = now(device)
    run()
    return now(device) - start


def network_of(name: str, device: torch.device) -> tuple[nn.Module, int]:
    """One of the twelve with random weights, and its input's side."""
    model = OmegaConf.load(conf_dir() / "model" / f"{name}.yaml")
    built = instantiate(OmegaConf.create({"model": model}).model.network, classes=len(EXPRESSIONS))
    return built.eval().to(device), int(model.input_size)


def question(images: Tensor, device: torch.device) -> Question:
    classes = torch.arange(len(images), device=device) % len(EXPRESSIONS)
    return Question(images.to(device), classes, mean=HALF.to(device), std=HALF.to(device))


def largest_batch(network: nn.Module, size: int, device: torch.device) -> int:
    """The largest power of two of pictures that fit into one pass."""
    batch = 1
    try:
        while batch < 2**16:
            with torch.no_grad():
                network(torch.zeros(2 * batch, 3, size, size, device=device))
            batch *= 2
    except torch.cuda.OutOfMemoryError:
        torch.cuda.empty_cache()
    return batch


def lime(images: int, samples: int, batch_size: int, device: torch.device) -> None:
    network, size = network_of("resnet50", device)
    counted = Passes(network, device)
    asked = question(faces(-(-images // len(EXPRESSIONS)), 1, size)[0][:images], device)
    LIME(samples=2 * batch_size, batch_size=batch_size).segment_weights(counted, asked.one(0))  # what is built once
    counted.seconds = 0.0
    seconds = timed(lambda: LIME(samples=samples, batch_size=batch_size).explain(counted, "features", asked), device)
    print(
        f"LIME, {samples} samples, ResNet50 at {size} px, {images} images, {batch_size} pictures a pass: "
        f"{images / seconds:.3g} images/s, forward passes {counted.seconds / seconds:.1%} of the time",
        flush=True,
    )
    if device.type == "cuda":
        print(f"largest batch in one pass: {largest_batch(network, size, device)} pictures", flush=True)


def grad_cam(images: int, device: torch.device) -> None:
    drawn: dict[int, Tensor] = {}
    for path in sorted((conf_dir() / "model").glob("*.yaml")):
        if path.stem in {"timm", "external"}:
            continue
        network, size = network_of(path.stem, device)
        if size not in drawn:
            drawn[size] = faces(-(-images // len(EXPRESSIONS)), 1, size)[0][:images]
        batches = [question(part, device) for part in drawn[size].split(32)]

        def explain(batches: list[Question] = batches, network: nn.Module = network) -> None:
            for batch in batches:
                batch.shared.clear()
                GradCAM().explain(network, "features", batch)

        explain()
        print(f"Grad-CAM, {path.stem} at {size} px: {images / timed(explain, device):.3g} images/s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.on_device", description=__doc__)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--images", type=int, default=600, help="faces that are explained")
    parser.add_argument("--samples", type=int, default=1000, help="passes of LIME per face")
    parser.add_argument("--batch-size", type=int, default=256, help="pictures in one pass of LIME")
    told = parser.parse_args()
    device = torch.device(told.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    print(f"{name}, torch {torch.__version__}, revision {Machine.this().revision}", flush=True)
    with whole_float32():
        lime(told.images, told.samples, told.batch_size, device)
        grad_cam(told.images, device)


if __name__ == "__main__":
    main()
