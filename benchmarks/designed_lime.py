"""How many passes designed samples save LIME: `python -m benchmarks.designed_lime` (half an hour on one core).

SongNet at 64 px, trained a little on drawn faces, explains 20 faces of other people. What counts is how near the
weights of the superpixels come to those of 20,000 plain samples: the passes that a design needs to come as near as
1,000 plain samples do.
"""

import argparse
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.drawn_faces import HALF, faces
from fer_xai.explainers.base import Question
from fer_xai.explainers.designs import Design, Leverage, Orthogonal, Paired, Plain
from fer_xai.explainers.lime import LIME
from fer_xai.explainers.surrogate import Surrogate
from fer_xai.expressions import EXPRESSIONS
from fer_xai.models.songnet import SongNet

SIZE = 64
REFERENCE, PLAIN = 20_000, 1_000
#: name -> design, surrogate, and the numbers of passes between or near which it comes as near as the plain sample.
DESIGNS: dict[str, tuple[Design, Surrogate | None, tuple[int, int]]] = {
    "paired": (Paired(), None, (600, 850)),
    "orthogonal": (Orthogonal(), None, (600, 850)),
    "leverage": (Leverage(), None, (600, 850)),
    "paired, surrogate": (Paired(), Surrogate(), (300, 450)),
}


def trained(images: Tensor, labels: Tensor, epochs: int = 29) -> SongNet:
    """A network that has learnt most of the task."""
    torch.manual_seed(0)
    network = SongNet(SIZE)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    for _ in range(epochs):
        for rows in torch.randperm(len(images)).split(32):
            mirrored = torch.rand(len(rows))[:, None, None, None] < 0.5
            batch = torch.where(mirrored, images[rows].flip(-1), images[rows])
            loss = F.cross_entropy(network(batch), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return network.eval()


def weights(network: SongNet, one: Question, samples: int, design: Design, surrogate: Surrogate | None) -> Tensor:
    """LIME's weights of one image, with the penalty per sample that the paper's 1,000 samples have."""
    # The reference must not share its random numbers with what is compared with it.
    seed = 1 if samples == REFERENCE else 0
    lime = LIME(samples=samples, design=design, surrogate=surrogate, alpha_at=PLAIN, seed=seed, batch_size=128)
    return lime.segment_weights(network, one)[0]


def errors(network: SongNet, one: Question, reference: Tensor) -> Iterator[tuple[str, int, float]]:
    """(design, passes, mean square distance from the reference) of one image."""

    def error(samples: int, design: Design, surrogate: Surrogate | None) -> float:
        return float((weights(network, one, samples, design, surrogate) - reference).square().mean())

    yield "plain", PLAIN, error(PLAIN, Plain(), None)
    for name, (design, surrogate, numbers) in DESIGNS.items():
        for samples in numbers:
            yield name, samples, error(samples, design, surrogate)


def saving(passes: list[int], relative: list[float]) -> float:
    """How many times fewer passes: where a straight line through the logarithms meets the plain sample's error."""
    slope, at_one = np.polyfit(np.log(passes), np.log(relative), 1)
    return float(PLAIN / np.exp(-at_one / slope))


def report(found: list[dict[tuple[str, int], float]]) -> None:
    """Print what every design saves, from the errors of all images so far."""
    for name, (_, _, numbers) in DESIGNS.items():
        relative = [float(np.mean([one[name, samples] / one["plain", PLAIN] for one in found])) for samples in numbers]
        told = ", ".join(f"{value:.2f} with {samples} passes" for samples, value in zip(numbers, relative, strict=True))
        print(f"{name}: {saving(list(numbers), relative):.2f} times fewer passes; square error / plain: {told}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.designed_lime", description=__doc__)
    parser.add_argument("--images", type=int, default=20, help="faces that are explained")
    count = parser.parse_args().images
    network = trained(*faces(60, 0, SIZE)).to(memory_format=torch.channels_last)
    images, labels = faces(-(-2 * count // len(EXPRESSIONS)), 1, SIZE)
    with torch.no_grad():
        classes = network(images).argmax(dim=1)
    print(f"accuracy on other people: {(classes == labels).float().mean():.2f}", flush=True)
    # Every second face, so that there are more people among them.
    question = Question(images[: 2 * count : 2], classes[: 2 * count : 2], mean=HALF, std=HALF)
    found = []
    for i in range(count):
        one = question.one(i)
        reference = weights(network, one, REFERENCE, Plain(), None)
        found.append({(name, samples): error for name, samples, error in errors(network, one, reference)})
        print(f"image {i + 1}: error of the plain sample {found[-1]['plain', PLAIN] ** 0.5:.4f}", flush=True)
    report(found)


if __name__ == "__main__":
    main()
