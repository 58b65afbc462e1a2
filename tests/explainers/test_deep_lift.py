from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from captum.attr import DeepLift as Captum
from timm.layers.pool2d_same import MaxPool2dSame
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError
from fer_xai.explainers.base import Question
from fer_xai.explainers.deep_lift import DeepLift
from fer_xai.explainers.deep_lift_pool import RuledMaxPool
from fer_xai.models.songnet import SongNet
from fer_xai.models.timm_backbone import TimmNetwork
from fer_xai.models.weinet import WeiNet


def ask(n: int = 3, size: int = 16) -> Question:
    torch.manual_seed(0)
    mean, std = torch.full((1, 3, 1, 1), 0.4), torch.full((1, 3, 1, 1), 0.3)
    return Question((torch.rand(n, 3, size, size) - mean) / std, torch.arange(n) % 2, mean=mean, std=std)


def plain(pool: nn.Module, size: int = 16) -> nn.Module:
    torch.manual_seed(1)
    layers = [nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), pool, nn.Conv2d(6, 6, 3, padding=1), nn.ReLU(), nn.Flatten()]
    flat = nn.Sequential(*layers)(torch.zeros(1, 3, size, size)).numel()
    return nn.Sequential(*layers, nn.Linear(flat, 2)).eval()


def difference(network: nn.Module, asked: Question) -> Tensor:
    with torch.no_grad():
        return asked.score(network(asked.images)) - asked.score(network(asked.black.expand_as(asked.images)))


def test_of_one_rectifier_is_arithmetic():
    """relu(x - 2 y) at x = 5, y = 1 less at 0, 0 is 3, shared out as x : -2 y, that is 5 and -2."""

    class Rectified(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.act = nn.ReLU(inplace=True)

        def forward(self, images: Tensor) -> Tensor:
            return self.act(images[:, :1, 0, 0] - 2 * images[:, :1, 0, 1])

    image = torch.tensor([5.0, 1.0, 3.0, 3.0]).view(1, 1, 2, 2).repeat(1, 3, 1, 1)
    maps = DeepLift().explain(Rectified(), "", Question(image, torch.tensor([0])))
    torch.testing.assert_close(maps[0], torch.tensor([[5.0, -2.0], [0.0, 0.0]]))


@pytest.mark.parametrize("pool", [nn.MaxPool2d(2), nn.AvgPool2d(2)])
def test_equals_captum_where_its_own_rule_holds(pool):
    """No windows that overlap, no values that image and reference share, no pool right beside an activation."""
    torch.manual_seed(1)
    layers = [nn.Conv2d(3, 6, 3, padding=1), pool, nn.Conv2d(6, 4, 3), nn.Tanh(), nn.Flatten()]
    network, asked = nn.Sequential(*layers, nn.Linear(4 * 6 * 6, 2)), ask()
    images = asked.images.clone().requires_grad_()
    expected = Captum(network).attribute(images, asked.black.expand_as(images), target=asked.classes)
    maps = DeepLift().explain(network, "", asked)
    torch.testing.assert_close(maps, expected.sum(1).detach(), rtol=1e-4, atol=1e-6)


def slow_multipliers(pool: nn.Module, image: Tensor, reference: Tensor, gradient: Tensor) -> Tensor:
    """One channel of 'same' 3x3/2 windows at a time: each window hands its two differences to two places."""
    found, size = torch.zeros_like(image), image.shape[-1]
    for v in range(-(-size // 2)):
        for u in range(-(-size // 2)):
            first = -(((-(-size // 2) - 1) * 2 + 3 - size) // 2)
            window = [
                (y, x)
                for y in range(2 * v + first, 2 * v + first + 3)
                for x in range(2 * u + first, 2 * u + first + 3)
                if 0 <= y < size and 0 <= x < size
            ]
            top, low = (max(window, key=lambda at, m=m: float(m[at])) for m in (image, reference))
            o, r = image[top], reference[low]
            for place, part in ((top, max(o, r) - r), (low, o - max(o, r))):
                if part != 0:
                    found[place] += gradient[v, u] * part / (image[place] - reference[place])
    return found


@pytest.mark.parametrize("size", [6, 7])
def test_rule_of_overlapping_windows_equals_slow_loops(size):
    torch.manual_seed(0)
    pool = MaxPool2dSame(3, stride=2)
    maps = torch.randn(2, 1, size, size, requires_grad=True)
    pooled = RuledMaxPool(pool)(maps)
    assert torch.equal(pooled, pool(maps))
    gradient = torch.randn(pooled.shape[2:])
    (found,) = torch.autograd.grad(pooled, maps, gradient.expand(2, 1, -1, -1))
    expected = slow_multipliers(pool, *maps.detach()[:, 0], gradient)
    changed = maps.detach()[0, 0] != maps.detach()[1, 0]
    assert changed.all()
    for half in found[:, 0]:
        torch.testing.assert_close(half, expected)


@pytest.mark.parametrize(
    "network",
    [
        plain(MaxPool2dSame(3, stride=2)),
        plain(nn.MaxPool2d(3, 1, padding=1)),
        plain(nn.MaxPool2d(3, 2, ceil_mode=True)),
        SongNet(16),
        WeiNet(16),
    ],
)
def test_values_sum_to_the_difference_of_scores(network):
    asked = ask()
    maps = DeepLift().explain(network.eval(), "", asked)
    torch.testing.assert_close(maps.sum(dim=(1, 2)), difference(network, asked), rtol=1e-3, atol=1e-5)


def test_a_pool_that_is_no_module_follows_the_rule():
    class Pooling(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.act, self.last = nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Linear(4 * 6 * 6, 2)

        def forward(self, images: Tensor) -> Tensor:
            return self.last(F.max_pool2d(self.act(self.first(images)), kernel_size=3, stride=2).flatten(1))

    torch.manual_seed(0)
    network, asked = Pooling(), ask()
    maps = DeepLift().explain(network, "", asked)
    torch.testing.assert_close(maps.sum(dim=(1, 2)), difference(network, asked), rtol=1e-3, atol=1e-5)
    same = nn.Sequential(network.first, network.act, nn.MaxPool2d(3, 2), nn.Flatten(), network.last)
    torch.testing.assert_close(maps, DeepLift().explain(same, "", asked))


def test_one_image_whose_sum_does_not_come_out_costs_the_others_nothing():
    """The square of the first row counts for bright pictures only."""

    class Sometimes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.last = nn.Linear(3 * 16 * 16, 2)

        def forward(self, images: Tensor) -> Tensor:
            bright = (images.mean(dim=(1, 2, 3)) > 5).float()
            return self.last(images.flatten(1)) + (bright * images[:, :, 0].square().sum(dim=(1, 2)))[:, None]

    torch.manual_seed(0)
    asked = ask()
    asked = replace(asked, images=torch.cat([asked.images[:1] + 10, asked.images[1:]]))
    maps = DeepLift().explain(Sometimes(), "", asked)
    assert maps[0].isnan().all()
    assert maps[1:].isfinite().all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backbone", "size"),
    [("vgg16", 64), ("resnet50", 64), ("resnetv2_101", 64), ("inception_v3", 96), ("legacy_xception", 64)],
)
def test_values_of_the_large_networks_sum_to_the_difference_of_scores(backbone, size):
    torch.manual_seed(0)
    network = TimmNetwork(backbone, size)
    asked = ask(8, size)
    # Norms that fit the data, as after training: with those of a fresh network everything grows without bounds.
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None
    with torch.no_grad():
        network.train()(asked.images)
    maps = DeepLift().explain(network.eval(), "", asked)
    torch.testing.assert_close(maps.sum(dim=(1, 2)), difference(network, asked), rtol=1e-3, atol=1e-5)


def test_an_activation_beside_a_shortcut_keeps_both_ways():
    """What enters the rectifier also reaches the sum around it."""

    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.act, self.last = nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Linear(4 * 14 * 14, 2)

        def forward(self, images: Tensor) -> Tensor:
            maps = self.first(images)
            return self.last((self.act(maps) + maps).flatten(1))

    torch.manual_seed(0)
    network, asked = Residual(), ask()
    maps = DeepLift().explain(network, "", asked)
    torch.testing.assert_close(maps.sum(dim=(1, 2)), difference(network, asked), rtol=1e-3, atol=1e-5)


def refused(network: nn.Module) -> str:
    with pytest.raises(NotApplicableError) as caught:
        DeepLift().explain(network, "", ask())
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_activations_without_a_rule_are_named():
    network = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Hardswish(), nn.Flatten(), nn.SiLU(), nn.Linear(2 * 14 * 14, 2))
    assert "no rule for Hardswish, SiLU" in refused(network)


def test_an_activation_that_is_called_twice_is_refused():
    act = nn.ReLU()
    network = nn.Sequential(nn.Conv2d(3, 2, 3), act, nn.Conv2d(2, 2, 3), act, nn.Flatten(), nn.Linear(2 * 12 * 12, 2))
    assert "calls one ReLU several times" in refused(network)


def test_steps_outside_modules_are_noticed_by_the_sum():
    class Functional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.first, self.last = nn.Conv2d(3, 4, 3), nn.Linear(4 * 14 * 14, 2)

        def forward(self, images: Tensor) -> Tensor:
            return self.last((self.first(images).relu() ** 2).flatten(1))

    assert "where the scores differ by" in refused(Functional())


def test_the_network_itself_is_not_changed():
    network = plain(nn.MaxPool2d(3, 2))
    network[1].inplace = True
    modules = dict(network.named_modules())
    DeepLift().explain(network, "", ask())
    assert dict(network.named_modules()) == modules
    assert network[1].inplace
