"""What every explainer of the configs promises, found by glob, on three kinds of networks."""

import gc
import itertools
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import torch
from helpers.drawn_faces import drawn_faces
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import Tensor, nn

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Explainer, Question
from fer_xai.explainers.steps import SCALES
from fer_xai.models.timm_backbone import TimmNetwork
from fer_xai.models.weinet import WeiNet
from fer_xai.synthetic.interventions import Interventions

NAMES = sorted(path.stem for path in (conf_dir() / "explainer").glob("*.yaml"))
NETWORKS = {
    "weinet": lambda: WeiNet(16),
    # At 32 px its map would be of one place.
    "mobilenetv3": lambda: TimmNetwork("mobilenetv3_large_100.ra_in1k", 64),
    "vit": lambda: TimmNetwork("vit_tiny_patch16_224", 32),
}
#: Explainers of transformers.
BY_ATTENTION = {"attention_rollout", "chefer", "legrad"}
#: Pairs that have no meaning.
DOES_NOT_FIT = {(name, kind) for name in BY_ATTENTION for kind in ("weinet", "mobilenetv3")} | {
    ("deeplift", "mobilenetv3"),
    ("deeplift", "vit"),
}
#: What makes an explainer cheap enough to be asked dozens of times.
QUICK = {"samples": 10, "n_steps": 8, "max_steps": 8, "stride": 0.2, "segments": 6, "exact_up_to": 2}
QUICK |= {"orders": 8, "columns": 3, "rows": 4, "steps": 8, "cells": 7, "areas": [0.2]}
#: Explainers that do not look at the network, or not at the class.
NO_CLASS = {"difference", "noise", "gaussian", "edges", "landmark_density"}


def explainer_of(name: str) -> Explainer:
    cfg = OmegaConf.load(conf_dir() / "explainer" / f"{name}.yaml")
    return instantiate(OmegaConf.merge(cfg, {key: value for key, value in QUICK.items() if key in cfg}))


@pytest.fixture(scope="module")
def networks() -> dict[str, nn.Module]:
    torch.manual_seed(0)
    return {name: build().eval() for name, build in NETWORKS.items()}


@cache
def interventions() -> tuple[Interventions, tempfile.TemporaryDirectory]:
    """Twelve drawn faces, and the folder where they are kept for as long as somebody holds it."""
    folder = tempfile.TemporaryDirectory()
    return Interventions(drawn_faces(Path(folder.name)), Path(folder.name), workers=1), folder


def ask(network: nn.Module, n: int = 2, index: list[int] | None = None, **given) -> Question:
    """About smooth pictures, preprocessed as those of ImageNet, with landmarks all over them."""
    generator = torch.Generator().manual_seed(0)
    size = getattr(network, "input_size", 16)
    pixels = nn.functional.interpolate(torch.rand(n, 3, 5, 5, generator=generator), size=(size, size), mode="bilinear")
    mean, std = (
        torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1),
        torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1),
    )
    return Question(
        (pixels - mean) / std,
        torch.tensor([5, 2, 0])[:n],
        mean=mean,
        std=std,
        landmarks=size * (0.1 + 0.8 * torch.rand(n, 68, 2, generator=generator)),
        index=torch.tensor(index or [11, 3, 0])[:n],
        interventions=interventions()[0],
        **given,
    )


#: Explainers that see no more of a network than its answers, or nothing: one kind of network tells most of it.
FROM_OUTSIDE = NO_CLASS | {
    "intervention",
    "kernelshap",
    "lime",
    "lime_designed",
    "occlusion",
    "region_shap",
    "rise",
    "uncovering",
}
#: A pass, or a change of the head's input, for each of 960 channels and every image; many passes with gradients.
SLOW = {("scorecam", "mobilenetv3"), ("ablationcam", "mobilenetv3")} | {
    (name, kind) for name in {*FROM_OUTSIDE, "extremal_perturbations"} for kind in ("mobilenetv3", "vit")
}
#: Untrained, this network never names the classes that it is asked about, and the map says nothing.
NEVER_NAMED = {("uncovering", "weinet")}
FITS = [
    pytest.param(*pair, marks=[pytest.mark.slow] if pair in SLOW else [])
    for pair in itertools.product(NAMES, NETWORKS)
    if pair not in DOES_NOT_FIT
]


@pytest.mark.parametrize(("name", "kind"), FITS)
def test_maps_are_float32_finite_the_same_again_and_whatever_the_batch(name, kind, networks):
    network, explainer = networks[kind], explainer_of(name)
    question = ask(network, 3)
    maps = explainer.explain(network, "features", question)
    assert maps.dtype == torch.float32
    assert maps.ndim == 3
    assert len(maps) == 3
    assert min(maps.shape[1:]) > 1
    assert maps.isfinite().all()
    assert not maps.requires_grad
    assert torch.equal(maps, explainer_of(name).explain(network, "features", ask(network, 3)))
    alone = torch.cat([explainer.explain(network, "features", question.one(i)) for i in range(3)])
    # Rounding differs with the size of a batch, and where a rectifier is at its kink a gradient jumps.
    assert maps.norm() > 0 or (name, kind) in NEVER_NAMED
    assert ((maps - alone).flatten(1).norm(dim=1) <= 2e-3 * maps.flatten(1).norm(dim=1)).all()


@pytest.mark.parametrize(("name", "kind"), sorted(DOES_NOT_FIT))
def test_explainers_that_do_not_fit_say_so_in_one_line(name, kind, networks):
    with pytest.raises(NotApplicableError) as caught:
        explainer_of(name).explain(networks[kind], "features", ask(networks[kind]))
    assert "\n" not in str(caught.value)


def kind_for(name: str) -> str:
    return "vit" if name in BY_ATTENTION else "weinet"


def state_of(network: nn.Module) -> list:
    """All that an explainer could leave behind."""
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    modules = [
        (name, id(module), module.training, getattr(module, "inplace", None), *(len(getattr(module, h)) for h in hooks))
        for name, module in network.named_modules()
    ]
    parameters = [
        (name, id(p), p.requires_grad, None if p.grad is None else p.grad.tolist(), p.detach().sum().item())
        for name, p in network.named_parameters()
    ]
    return [modules, parameters, [(name, b.sum().item()) for name, b in network.named_buffers()]]


def unusual(kind: str) -> nn.Module:
    """A network in training, with one module in eval mode, one frozen parameter and one gradient."""
    torch.manual_seed(0)
    network = NETWORKS[kind]().train()
    network.head.eval()
    first, *_, last = network.parameters()
    first.requires_grad_(False)
    last.grad = torch.ones_like(last)
    return network


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("outside", [torch.no_grad, torch.enable_grad, torch.inference_mode])
def test_network_and_question_are_left_as_found(name, outside):
    network = unusual(kind_for(name))
    question, before = ask(network), state_of(network)
    images = question.images.clone()
    with outside():
        explainer_of(name).explain(network, "features", question)
    assert state_of(network) == before
    assert torch.equal(question.images, images)
    assert not question.images.requires_grad


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("name", sorted(set(NAMES) - NO_CLASS))
def test_network_is_left_as_found_after_an_exception(name):
    """The head fails, when all hooks are set."""

    class Failing(nn.Module):
        def forward(self, maps: Tensor) -> Tensor:
            raise Interrupted

    network = unusual(kind_for(name))
    network.head = Failing()
    before = state_of(network)
    with pytest.raises(Interrupted):
        explainer_of(name).explain(network, "features", ask(network))
    assert state_of(network) == before


@pytest.mark.parametrize("name", sorted(set(NAMES) - NO_CLASS))
@pytest.mark.parametrize("wrong", [6, -1])
def test_class_out_of_range_is_one_line(name, wrong, networks):
    network = networks[kind_for(name)]
    question = ask(network)
    question.classes[1] = wrong
    with pytest.raises(UserError, match=f"class {wrong} cannot be explained: the network has the classes 0 to 5"):
        explainer_of(name).explain(network, "features", question)


#: Class-blind by definition.
SAME_FOR_ALL = NO_CLASS | {"eigencam", "attention_rollout"}


@pytest.mark.parametrize("name", [name for name in NAMES if (name, kind_for(name)) not in NEVER_NAMED])
def test_contrast_and_class_make_a_difference(name, networks):
    network = networks[kind_for(name)]
    own = explainer_of(name).explain(network, "features", ask(network))
    against = explainer_of(name).explain(network, "features", ask(network, against=torch.tensor([1, 4])))
    other = explainer_of(name).explain(
        network, "features", Question(**{**ask(network).__dict__, "classes": torch.tensor([1, 4]), "shared": {}})
    )
    for found in (against, other):
        assert torch.equal(found, own) == (name in SAME_FOR_ALL)


@pytest.mark.parametrize("name", NAMES)
def test_settings_of_the_config_are_the_explainers(name):
    explainer = explainer_of(name)
    cfg = OmegaConf.load(conf_dir() / "explainer" / f"{name}.yaml")
    assert explainer.local_scale in SCALES
    assert (explainer.local_scale, explainer.positive) == (cfg.local_scale, cfg.positive)
    header = (conf_dir() / "explainer" / f"{name}.yaml").read_text().splitlines()[0]
    assert header == f"# @package explainer.{name}"


@pytest.fixture
def earlier_objects_set_aside() -> Iterator[None]:
    """What lives already is neither collected nor counted, which takes a second each time in a large process."""
    gc.freeze()
    yield
    gc.unfreeze()


def live_tensors() -> int:
    gc.collect()
    return sum(isinstance(one, Tensor) for one in gc.get_objects())


@pytest.mark.usefixtures("earlier_objects_set_aside")
@pytest.mark.parametrize("name", NAMES)
def test_nothing_piles_up_from_batch_to_batch(name, networks):
    """Counts tensors that are alive, not bytes: the same after two batches and after six."""
    network, explainer, counts = networks[kind_for(name)], explainer_of(name), []
    for batches in (2, 4):
        for _ in range(batches):
            explainer.explain(network, "features", ask(network, 1))
        counts.append(live_tensors())
    assert counts[1] <= counts[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gradcam", "scorecam", "integrated_gradients", "deeplift"])
def test_memory_does_not_grow_over_200_batches(name, networks):
    network, explainer = networks[kind_for(name)], explainer_of(name)

    def resident_mib() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

    found = []
    for number in range(200):
        explainer.explain(network, "features", ask(network))
        if number in (49, 199):
            gc.collect()
            found.append(resident_mib())
    assert found[1] - found[0] < 20
