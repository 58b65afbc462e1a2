"""Randomisation: a network that has forgotten what it learned should not be explained in the same way."""

import copy
import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from scipy.integrate import trapezoid
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import frozen
from fer_xai.metrics.pairs import paired_ncc
from fer_xai.trust.base import Frames, ImageFigures, Trial
from fer_xai.trust.map_likeness import arrays, spearman
from fer_xai.trust.measures import Curve, Measure

_NORMS = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm)


class Randomisation:
    """Cascading model randomisation (Adebayo et al., NeurIPS 2018, section 3.1); lower similarity is better.

    Layers are set back to random weights from the head down, and the maps are compared with those of the trained
    network. An explainer whose maps stay as they are does not show what the network has learned.

    Measures by the share of layers that are random: `ncc` and `spearman` of local maps (0 where the map of the random
    network is the same everywhere), `global_ncc` of the global ones in the canonical face. `area_ncc`, `area_spearman`
    and `area_global_ncc` are the areas under these curves, from 1 where nothing is random: 1 for an explainer that
    knows nothing of the network, near 0 for one that changes at once. The network itself is never touched: a copy is.

    Args:
        shares: of the layers, that are random; at each, as many layers (rounded up) from the head down.

    Raises:
        UserError: no share, or shares that do not rise from above 0 to 1.
    """

    title = "Randomisation"
    sentence = (
        "Area under the correlation of the maps with those of the trained network while its layers are set back to "
        "random weights; 1 means that the map does not depend on what was learned."
    )
    by_order = False
    #: Of the settings, in messages.
    key = "trust.randomisation"
    _CURVE = Curve("share of layers randomised", "NCC")
    measures = (
        Measure("area_ncc", "randomised (local maps)", higher_is_better=False),
        Measure("area_global_ncc", "randomised (global maps)", higher_is_better=False, of="global maps"),
        Measure("area_spearman", "randomised (local maps, ranks)", higher_is_better=False, shown=False),
        Measure("ncc", "Randomisation: local maps", False, _CURVE),
        Measure("global_ncc", "Randomisation: global maps", False, _CURVE, of="global maps"),
        Measure("spearman", "Randomisation: local maps, ranks", False, _CURVE, shown=False),
    )

    def __init__(self, shares: Sequence[float] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)) -> None:
        wanted = list(shares)
        if not wanted or sorted(set(wanted)) != wanted or not 0 < wanted[0] <= wanted[-1] == 1:
            raise UserError(f"{self.key}.shares={wanted}: give rising shares above 0, the last of them 1")
        self.shares = wanted

    def run(self, trial: Trial) -> Iterator[ImageFigures | Frames]:
        """See `TrustTest.run`."""
        network = copy.deepcopy(trial.network)
        layers = self.layers(network, trial.questions[0].images[:1])
        generator = torch.Generator().manual_seed(trial.seed)
        batches = self.maps(trial)
        trained = np.concatenate([arrays(batch) for batch in batches])
        curves = {"ncc": [paired_ncc(trained, trained)], "spearman": [spearman(trained, trained)]}
        frames = trial.frames(batches)
        yield Frames("global_ncc", 0.0, frames)
        done = 0
        for share in self.shares:
            wanted = math.ceil(share * len(layers))
            # A small network has the same layers at several shares.
            if wanted > done:
                for module in (module for layer in layers[done:wanted] for module in layer):
                    randomise(module, generator)
                done = wanted
                batches = self.maps(trial, network)
                maps = np.concatenate([arrays(batch) for batch in batches])
                likeness = {"ncc": paired_ncc(trained, maps), "spearman": spearman(trained, maps)}
                frames = trial.frames(batches)
            yield Frames("global_ncc", share, frames)
            for measure, values in likeness.items():
                curves[measure].append(values)
        steps = [0.0, *self.shares]
        for measure, curve in curves.items():
            for step, values in zip(steps, curve, strict=True):
                yield ImageFigures(measure, values, step)
            yield ImageFigures(f"area_{measure}", trapezoid(np.stack(curve), steps, axis=0))

    def layers(self, network: nn.Module, image: Tensor) -> list[list[nn.Module]]:
        """The layers in the order in which they are randomised, see `layers_from_head`."""
        return layers_from_head(network, image)

    def maps(self, trial: Trial, network: nn.Module | None = None) -> list[Tensor]:
        """The maps that are compared, a batch (b, h, w) per question; of the trained network where none is given."""
        return trial.maps if network is None else [trial.explain(question, network) for question in trial.questions]


def layers_from_head(network: nn.Module, image: Tensor) -> list[list[nn.Module]]:
    """The layers that have weights of their own, from the head down, by when they are called.

    Args:
        network: in any mode; left as it was found.
        image: (1, 3, h, w).

    Returns:
        Each layer as a list of modules: itself, and those within it that are used without being called.
    """
    called: dict[nn.Module, list[nn.Module]] = {}

    def note(module: nn.Module, args: object) -> None:
        called.setdefault(module, [])

    handles = [module.register_forward_pre_hook(note) for module in network.modules()]
    try:
        with frozen(network), torch.no_grad():
            network(image)
    finally:
        for handle in handles:
            handle.remove()
    names = dict(network.named_modules())
    for name, module in names.items():
        if not any(True for _ in module.parameters(recurse=False)):
            continue
        while names[name] not in called:
            name = name.rpartition(".")[0]
        called[names[name]].append(module)
    return [modules for modules in reversed(called.values()) if modules]


def randomise(module: nn.Module, generator: torch.Generator) -> None:
    """Set what a module has learned, but not the modules within it, back to random numbers, in place.

    Matrices and kernels are drawn from a normal distribution by He et al. (2015), which keeps the size of what passes
    through; biases become 0, normalisations the identity. Any other vector is shuffled. All is drawn on the CPU, so
    that every device has the same numbers.

    Args:
        module: any.
        generator: on the CPU.
    """
    if isinstance(module, _NORMS):
        module.reset_parameters()
        return
    with torch.no_grad():
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.ndim >= 2:
                fan_in = parameter[0].numel()
                drawn = torch.randn(parameter.shape, generator=generator) * math.sqrt(2 / fan_in)
            elif name.endswith("bias"):
                drawn = torch.zeros(parameter.shape)
            else:
                drawn = parameter.detach().cpu().flatten()[torch.randperm(parameter.numel(), generator=generator)]
            parameter.copy_(drawn.view(parameter.shape))
