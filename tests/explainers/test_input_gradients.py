import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.input_gradients import Saliency, SmoothGrad


class Squares(nn.Module):
    """Logit k is the weighted sum of squares: its gradient is 2 * weight * image."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.linspace(-1, 2, 2 * 3 * size * size).view(2, 3, size, size))

    def forward(self, images: Tensor) -> Tensor:
        return (self.weight * images[:, None] ** 2).sum(dim=(2, 3, 4))


def squares() -> tuple[Squares, Question]:
    torch.manual_seed(0)
    return Squares(4), Question(torch.randn(3, 3, 4, 4), torch.tensor([0, 1, 1]))


def test_saliency_is_the_largest_absolute_gradient():
    network, question = squares()
    maps = Saliency().explain(network, "", question)
    expected = torch.stack(
        [
            (2 * network.weight[k] * image).abs().amax(0)
            for k, image in zip(question.classes, question.images, strict=True)
        ]
    )
    torch.testing.assert_close(maps, expected.detach())


def test_saliency_of_a_contrast():
    network, question = squares()
    contrast = Question(question.images, question.classes, against=1 - question.classes)
    weights = network.weight.detach()[question.classes] - network.weight.detach()[1 - question.classes]
    torch.testing.assert_close(Saliency().explain(network, "", contrast), (2 * weights * question.images).abs().amax(1))


def test_smoothgrad_is_the_gradient_at_the_mean_noise():
    """The gradient is linear here, so the mean over copies is the gradient at the image plus the mean of the noise."""
    network, question = squares()
    question = Question(question.images, question.classes, index=torch.tensor([7, 0, 3]))
    maps = SmoothGrad(samples=5, noise=0.2, seed=4).explain(network, "", question)
    for i, number in enumerate([7, 0, 3]):
        image, rng = question.images[i], np.random.default_rng((4, number))
        noise = np.mean([rng.standard_normal((3, 4, 4), dtype=np.float32) for _ in range(5)], axis=0)
        moved = image + 0.2 * (image.max() - image.min()) * torch.tensor(noise)
        expected = (2 * network.weight[question.classes[i]] * moved).abs().amax(0).detach()
        torch.testing.assert_close(maps[i], expected)


def test_smoothgrad_without_noise_is_saliency():
    network, question = squares()
    torch.testing.assert_close(
        SmoothGrad(samples=2, noise=0.0).explain(network, "", question), Saliency().explain(network, "", question)
    )


def test_signs_cancel_before_the_absolute_value_is_taken():
    """A gradient that is as often -1 as 1 means nothing: with |x| around 0 the mean nearly vanishes."""

    class Absolute(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images.abs().sum(dim=(1, 2, 3))[:, None]

    image = torch.zeros(1, 3, 8, 8)
    image[0, 0, 0, 0] = 10  # gives the image a range, and stays positive
    maps = SmoothGrad(samples=400, noise=0.1).explain(Absolute(), "", Question(image, torch.tensor([0])))
    assert maps[0, 0, 0] == 1
    assert maps[0, 1:, 1:].max() < 0.25


def test_another_seed_gives_other_noise():
    network, question = squares()
    maps = [SmoothGrad(samples=2, seed=seed).explain(network, "", question) for seed in (0, 1)]
    assert not torch.allclose(*maps)


@pytest.mark.parametrize("wrong", [{"samples": 0}, {"noise": -0.1}])
def test_settings_without_meaning_are_refused(wrong):
    with pytest.raises(UserError, match="smoothgrad"):
        SmoothGrad(**wrong)
