"""A loss that draws a network's own map towards a reference while it learns.

The idea is that of Ross, Hughes and Doshi-Velez (IJCAI 2017), 'Right for the right reasons', who punish input gradients
where they should not be, and of Selvaraju et al. (ICCV 2019), 'Taking a HINT', who draw Grad-CAM to human attention.
Here the whole map is compared with the whole reference.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn

#: Finest grid on which maps are compared; coarser ones are compared as they are.
FINEST = 28
#: What stands for nothing in a sum or a spread that is divided by.
_LEAST = 1e-12
#: Added to every pixel of a density, so that a map without any is far from every reference, and not infinitely far.
_FLOOR = 1e-6

#: (network, images, labels, layer) -> logits (b, classes), map (b, y, x) of each image's own class.
OwnMap = Callable[[Callable[[Tensor], Tensor], Tensor, Tensor, nn.Module], tuple[Tensor, Tensor]]
#: (map, reference, known), all (b, y, x) -> distance (b,).
Distance = Callable[[Tensor, Tensor, Tensor], Tensor]


def grad_cam(
    network: Callable[[Tensor], Tensor], images: Tensor, labels: Tensor, layer: nn.Module
) -> tuple[Tensor, Tensor]:
    """Grad-CAM of each image's own class (Selvaraju et al., ICCV 2017, equations 1 and 2), to be learned through.

    One forward pass, and a backward pass through what follows the layer alone.
    """
    with _output_of(layer) as outputs:
        logits = network(images)
    maps = outputs[-1]
    # Times the number of places: gradients of a mean over them would be lost in half precision, and no scale counts.
    score = _own(logits, labels).sum() * maps[0, 0].numel()
    (gradients,) = torch.autograd.grad(score, maps, create_graph=True)
    return logits, torch.einsum("bc,bcyx->byx", gradients.float().mean(dim=(2, 3)), maps.float()).relu()


def input_gradient(
    network: Callable[[Tensor], Tensor], images: Tensor, labels: Tensor, layer: nn.Module
) -> tuple[Tensor, Tensor]:
    """The largest absolute gradient among a pixel's three channels (Simonyan et al. 2013), likewise.

    The backward pass goes through the whole network, and that of the loss through it once more.
    """
    images = images.detach().requires_grad_()
    logits = network(images)
    (gradients,) = torch.autograd.grad(_own(logits, labels).sum(), images, create_graph=True)
    return logits, gradients.float().abs().amax(dim=1)


def one_less_ncc(maps: Tensor, reference: Tensor, known: Tensor) -> Tensor:
    """1 less the normalised correlation over the known pixels, from 0 to 2; 1 where either is the same everywhere."""
    weight = known / known.sum(dim=(1, 2), keepdim=True).clamp_min(_LEAST)
    # In units of its own mean: the scale of a map must not decide what is taken for nothing.
    maps = maps / (weight * maps.abs()).sum(dim=(1, 2), keepdim=True).detach().clamp_min(_LEAST)
    one, other = (part - (weight * part).sum(dim=(1, 2), keepdim=True) for part in (maps, reference))
    spread = (weight * one**2).sum(dim=(1, 2)) * (weight * other**2).sum(dim=(1, 2))
    varies = spread > _LEAST
    # The root of what is left out must not be 0, or its gradient is none.
    root = torch.where(varies, spread, 1.0).sqrt()
    return 1 - torch.where(varies, (weight * one * other).sum(dim=(1, 2)) / root, 0.0)


def kl_divergence(maps: Tensor, reference: Tensor, known: Tensor) -> Tensor:
    """Kullback-Leibler divergence of the map from the reference over the known pixels, each scaled to the sum 1."""
    found, wanted = (_density(part, known) for part in (maps, reference))
    return (known * wanted * (wanted.log() - found.log())).sum(dim=(1, 2))


#: What is drawn, and what it is drawn by, by their names in settings.
MAPS: dict[str, OwnMap] = {"grad_cam": grad_cam, "input_gradient": input_gradient}
DISTANCES: dict[str, Distance] = {"ncc": one_less_ncc, "kl": kl_divergence}


class Alignment:
    """What a training step needs to draw maps to a reference.

    Args:
        carry: gives the reference in the places of each face: (labels (b,), landmarks (b, 68, 2), side of the crops,
            side of the grid) -> (b, 2, grid, grid), its weights and which of them are known, both in [0, 1].
        layer: dotted name of the explained layer within the network.
        strength: what the distance counts in the loss, beside the cross-entropy, above 0.
        map: a name of `MAPS`.
        distance: a name of `DISTANCES`.
    """

    def __init__(
        self,
        carry: Callable[[Tensor, Tensor, int, int], Tensor],
        layer: str,
        strength: float,
        map: str = "grad_cam",
        distance: str = "ncc",
    ) -> None:
        self.strength = strength
        self._carry, self._layer = carry, layer
        self._map, self._distance = MAPS[map], DISTANCES[distance]

    def targets(self, labels: Tensor, landmarks: Tensor, side: int) -> Tensor:
        """The reference in the places of faces, (b, 2, FINEST, FINEST): weights, and which are known.

        Args:
            labels: int64 (b,).
            landmarks: (b, 68, 2) in pixels of the crops.
            side: of the crops in pixels.
        """
        return self._carry(labels, landmarks, side, FINEST)

    def logits_and_distance(
        self, network: nn.Module, images: Tensor, labels: Tensor, targets: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Logits (b, classes) and the distance (b,) of each image's map from its target, float32, by one forward pass.

        Args:
            network: in the mode in which it learns.
            images: its input (b, 3, h, w).
            labels: int64 (b,).
            targets: (b, 2, n, n), as the images were changed.
        """
        logits, maps = self._map(network, images, labels, network.get_submodule(self._layer))
        side = min(maps.shape[-1], targets.shape[-1])
        maps = F.adaptive_avg_pool2d(maps[:, None], side)[:, 0]
        weights, known = F.adaptive_avg_pool2d(targets, side).unbind(dim=1)
        # Where a cell is known in part, its weight is that of the part.
        return logits.float(), self._distance(maps, weights / known.clamp_min(_FLOOR), known)


@contextmanager
def _output_of(layer: nn.Module) -> Iterator[list[Tensor]]:
    """What the layer gives while it is called, such that a gradient can be taken there."""
    outputs: list[Tensor] = []

    def keep(module: nn.Module, args: object, output: Tensor) -> Tensor:
        # A frozen backbone's maps have no gradient yet; the head learns by them all the same.
        outputs.append(output if output.requires_grad else output.detach().requires_grad_())
        # A copy goes on, so that a layer that works in place can follow.
        return outputs[-1].clone()

    handle = layer.register_forward_hook(keep)
    try:
        yield outputs
    finally:
        handle.remove()


def _own(logits: Tensor, labels: Tensor) -> Tensor:
    return logits.float().gather(1, labels[:, None])[:, 0]


def _density(maps: Tensor, known: Tensor) -> Tensor:
    total = (known * maps).sum(dim=(1, 2), keepdim=True)
    raised = maps / total.clamp_min(_LEAST) + _FLOOR
    return raised / (known * raised).sum(dim=(1, 2), keepdim=True).clamp_min(_LEAST)
