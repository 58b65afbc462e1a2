"""The loss that draws a network's own maps to a reference: maps and distances by arithmetic, and what training does."""

import functools
import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from fer_xai.data.datamodule import PartSampler
from fer_xai.explainers.base import Question
from fer_xai.explainers.cam import GradCAM
from fer_xai.explainers.input_gradients import Saliency
from fer_xai.models.alignment import DISTANCES, MAPS, Alignment, grad_cam, kl_divergence, one_less_ncc
from fer_xai.models.augment import Augment
from fer_xai.models.module import ExpressionModule
from fer_xai.models.network import Network
from fer_xai.models.songnet import SongNet

SIDE = 32
LABELS = torch.arange(12) % 6


def images(n: int = 12) -> Tensor:
    return torch.rand(n, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


def songnet() -> SongNet:
    torch.manual_seed(0)
    return SongNet(SIDE, dropout=0.0)


def corner(labels: Tensor, landmarks: Tensor, side: int, grid: int) -> Tensor:
    """A reference in the left or the right upper quarter, by the class; all of it known."""
    weights = torch.zeros(len(labels), grid, grid)
    weights[labels % 2 == 0, : grid // 2, : grid // 2] = 1
    weights[labels % 2 == 1, : grid // 2, grid // 2 :] = 1
    return torch.stack([weights, torch.ones_like(weights)], dim=1)


def alignment(strength: float = 1.0, map: str = "grad_cam", distance: str = "ncc") -> Alignment:
    return Alignment(corner, "features", strength, map, distance)


@pytest.mark.parametrize(
    ("name", "explainer"), [("grad_cam", GradCAM()), ("input_gradient", Saliency())], ids=["grad_cam", "input_gradient"]
)
def test_the_map_that_is_drawn_is_that_of_the_explainer(name, explainer):
    network = songnet().eval()
    logits, found = MAPS[name](network, images(), LABELS, network.features)
    wanted = explainer.explain(network, "features", Question(images(), LABELS)).clamp_min(0)
    assert (wanted.flatten(1).amax(dim=1) > 0).float().mean() > 0.5
    # Scaled by the number of places, which no distance sees.
    scale = wanted[0].numel() if name == "grad_cam" else 1
    torch.testing.assert_close(found, wanted * scale, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(logits, network(images()))


def test_grad_cam_of_a_hand_set_head_by_arithmetic():
    class Sum(nn.Module):
        def forward(self, maps: Tensor) -> Tensor:
            totals = maps.sum(dim=(2, 3))
            return torch.stack([2 * totals[:, 0] - totals[:, 1], totals[:, 1]], dim=1)

    network = Network(nn.Identity(), Sum())
    maps = torch.tensor([[[[1.0, 0.0], [2.0, 3.0]], [[0.0, 1.0], [1.0, 10.0]]]])
    # Weights 2 and -1 at every place, times four places: 4 * relu(2 A0 - A1).
    found = grad_cam(network, maps, torch.tensor([0]), network.features)[1]
    assert found.tolist() == [[[8.0, 0.0], [12.0, 0.0]]]


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("distance", DISTANCES)
def test_the_gradient_of_the_distance_is_what_a_small_step_changes(name, distance):
    torch.manual_seed(0)
    # Without the corners of ReLU and maximum, at which no small step is small enough.
    layers = [nn.Conv2d(3, 8, 3), nn.Softplus(), nn.AvgPool2d(2), nn.Conv2d(8, 8, 3), nn.Softplus()]
    head = nn.Sequential(
        nn.AvgPool2d(3), nn.Softplus(beta=5), nn.Flatten(), nn.Linear(128, 12), nn.Tanh(), nn.Linear(12, 6)
    )
    network, aligned = Network(nn.Sequential(*layers), head), alignment(1.0, name, distance)
    targets = corner(LABELS, LABELS, SIDE, 28)

    def value() -> Tensor:
        return aligned.logits_and_distance(network, images(), LABELS, targets)[1].mean()

    weights = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    gradients = torch.autograd.grad(value(), weights)
    norm = math.sqrt(sum(float(one.square().sum()) for one in gradients))
    assert norm > 1e-2
    step = 1e-3
    with torch.no_grad():
        ends = []
        for sign in (1, -2):
            for parameter, gradient in zip(weights, gradients, strict=True):
                parameter += sign * step * gradient / norm
            with torch.enable_grad():
                ends.append(value().item())
    assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(norm, rel=0.05)


def test_ncc_is_the_correlation_over_the_known_pixels():
    rng = np.random.default_rng(0)
    maps, reference = rng.random((3, 5, 5)), rng.random((3, 5, 5))
    known = rng.random((3, 5, 5)) > 0.3
    found = one_less_ncc(*(torch.tensor(one, dtype=torch.float32) for one in (maps, reference, known)))
    wanted = [1 - np.corrcoef(m[k], r[k])[0, 1] for m, r, k in zip(maps, reference, known, strict=True)]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    # Neither the scale of a map counts nor what is unknown.
    tiny = torch.tensor(np.where(known, maps * 1e-9, 7), dtype=torch.float32)
    again = one_less_ncc(tiny, *(torch.tensor(one, dtype=torch.float32) for one in (reference, known)))
    np.testing.assert_allclose(again, wanted, rtol=1e-4)


def test_kl_by_arithmetic():
    maps, reference = torch.tensor([[[1.0, 3.0, 9.0]]]), torch.tensor([[[1.0, 1.0, 5.0]]])
    known = torch.tensor([[[1.0, 1.0, 0.0]]])
    wanted = 0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)
    assert kl_divergence(maps, reference, known).item() == pytest.approx(wanted, rel=1e-4)
    assert kl_divergence(reference, reference, known).item() == 0


@pytest.mark.parametrize("distance", DISTANCES)
def test_a_map_that_shows_nothing_has_a_distance_and_finite_gradients(distance):
    maps = torch.zeros(2, 4, 4, requires_grad=True)
    reference = torch.rand(2, 4, 4, generator=torch.Generator().manual_seed(0))
    found = DISTANCES[distance](maps.relu(), reference, torch.ones(2, 4, 4))
    found.sum().backward()
    assert found.isfinite().all()
    assert maps.grad.isfinite().all()
    if distance == "ncc":
        assert found.tolist() == [1, 1]


def module(strength: float | None, augment=None, **options) -> ExpressionModule:
    torch.manual_seed(0)
    aligned = None if strength is None else alignment(strength, **options)
    optimizer = functools.partial(torch.optim.Adam, lr=2e-3)
    return ExpressionModule(songnet(), SIDE, optimizer, augment=augment, alignment=aligned)


def batch() -> dict[str, Tensor]:
    crops = (images() * 255).to(torch.uint8)
    return {"image": crops, "label": LABELS, "index": torch.arange(12), "landmarks": torch.zeros(12, 68, 2)}


def fit(built: ExpressionModule, epochs: int = 8, **options) -> ExpressionModule:
    import pytorch_lightning as pl

    items = [{key: value[i] for key, value in batch().items()} for i in range(12)]
    loader = DataLoader(items, batch_size=6, sampler=PartSampler(12, 0))  # type: ignore[arg-type]
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False, "accelerator": "cpu"}
    pl.Trainer(**quiet, enable_checkpointing=False, max_epochs=epochs, use_distributed_sampler=False, **options).fit(
        built, loader
    )
    return built


def distance_of(built: ExpressionModule, name: str = "grad_cam") -> float:
    network = built.network.eval()
    targets = corner(LABELS, LABELS, SIDE, 28)
    found = alignment(1.0, name).logits_and_distance(network, built.preprocess(batch()["image"]), LABELS, targets)
    return float(found[1].detach().mean())


@pytest.mark.parametrize("name", MAPS)
def test_training_draws_the_maps_of_its_images_to_the_reference(name):
    before = distance_of(module(None), name)
    plain, drawn = distance_of(fit(module(None)), name), distance_of(fit(module(10.0, map=name)), name)
    assert drawn < before - 0.1
    assert drawn < plain - 0.1


@pytest.mark.parametrize("options", [{"precision": "bf16-mixed"}, {"accumulate_grad_batches": 2}])
def test_it_trains_in_half_precision_and_in_steps_of_several_batches(options):
    built = module(1.0)
    built.accumulate = options.get("accumulate_grad_batches", 1)
    before = distance_of(module(None))
    assert distance_of(fit(built, **options)) < before


def test_with_a_frozen_backbone_the_head_learns_by_the_maps():
    built = module(1.0)
    built.freeze_epochs = 1
    first = [parameter.clone() for parameter in built.network.features.parameters()]
    head = built.network.head[-1].weight.clone()
    fit(built, epochs=1)
    assert all(torch.equal(a, b) for a, b in zip(first, built.network.features.parameters(), strict=True))
    assert not torch.equal(head, built.network.head[-1].weight)
    assert not built.network.features._forward_hooks


def test_augmented_crops_take_their_reference_with_them():
    crops = torch.zeros(8, 3, 56, 56, dtype=torch.uint8)
    crops[:, :, 10:18, 34:46] = 255
    maps = torch.zeros(8, 2, 28, 28)
    maps[:, 0, 5:9, 17:23] = 1
    maps[:, 1] = 1
    augment = Augment(translation=0.2, rotation=0.05)
    torch.manual_seed(3)
    alone = augment(crops)
    torch.manual_seed(3)
    changed, moved = augment.with_maps(crops, maps)
    assert torch.equal(alone, changed)
    assert moved.shape == maps.shape
    places = torch.arange(28.0)
    small = nn.functional.adaptive_avg_pool2d(changed[:, 0].float(), 28)
    for picture, weights in zip(small, moved[:, 0], strict=True):
        for axis in (0, 1):
            at, other = (float((one.sum(axis) * places).sum() / one.sum()) for one in (picture, weights))
            assert at == pytest.approx(other, abs=0.6)
    # Some were mirrored, and some have something from outside, of which nothing is known.
    assert {bool(one[:, :14].sum() > one[:, 14:].sum()) for one in moved[:, 0]} == {True, False}
    assert moved[:, 1].min() == 0
