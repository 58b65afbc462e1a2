"""A copy of a network that learns to do without some pixels, drawn at random."""

import copy
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError
from fer_xai.explainers.base import Question

#: Of Adam, as in the authors' code of F-Fidelity.
WEIGHT_DECAY = 1e-4


def fine_tuned(
    network: nn.Module, faces: Question, removed: float, epochs: int, lr: float, batch_size: int, seed: int
) -> nn.Module:
    """A copy of a network, trained on faces without a share of their pixels; the network stays as it is.

    Cross-entropy with the true classes, by Adam; no other augmentation. The same seed gives the same copy.

    Args:
        network: in any mode.
        faces: images and their true classes.
        removed: share of each image's pixels that is 0 in the network's input, others in every step.
        epochs: how often each face is seen.
        lr: learning rate.
        batch_size: faces per step, or a few less, so that all steps have about as many.
        seed: of the order of the faces and of what is removed.

    Returns:
        The copy in eval mode, its parameters wanting no gradients.

    Raises:
        NotApplicableError: the network has no weights that could be changed, or there are fewer than two faces.
    """
    trained = copy.deepcopy(network)
    parameters = list(trained.parameters())
    if not parameters:
        raise NotApplicableError("the network has no weights that a copy could learn with")
    if len(faces) < 2:
        raise NotApplicableError(f"a copy of the network cannot learn from {len(faces)} face of the training")
    generator = torch.Generator().manual_seed(seed)
    trained.train().requires_grad_(True)
    optimizer = torch.optim.Adam(parameters, lr=lr, weight_decay=WEIGHT_DECAY)
    device = faces.images.device
    steps = math.ceil(len(faces) / batch_size)
    # Dropout draws from the global generators.
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []), torch.enable_grad():
        torch.manual_seed(seed)
        for _ in range(epochs):
            # A step of a single face would have no variance to normalise by.
            for rows in torch.randperm(len(faces), generator=generator).tensor_split(min(steps, len(faces) // 2)):
                images = without_pixels(faces.images[rows.to(device)], removed, generator)
                loss = F.cross_entropy(trained(images).float(), faces.classes[rows.to(faces.classes.device)].to(device))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    return trained.eval().requires_grad_(False)


def without_pixels(images: Tensor, removed: float, generator: torch.Generator) -> Tensor:
    """Images (b, 3, h, w) of each of which a share of the pixels, drawn at random, is 0 in all channels.

    Args:
        images: the network's input.
        removed: the share, 0 to 1.
        generator: on the CPU.
    """
    rows, columns = images.shape[-2:]
    places = torch.rand(len(images), rows * columns, generator=generator).argsort(dim=1)
    gone = (places < round(removed * rows * columns)).view(len(images), 1, rows, columns)
    return images.masked_fill(gone.to(images.device), 0)
