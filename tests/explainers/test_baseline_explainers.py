import numpy as np
import pytest
import torch
from helpers.linear_network import pictures
from hydra.utils import instantiate
from omegaconf import OmegaConf
from skimage.filters import sobel
from torch import nn

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import NotApplicableError
from fer_xai.explainers.base import Question
from fer_xai.explainers.baseline_maps import CentredGaussian, Edges, LandmarkDensity, UniformNoise
from fer_xai.face.canonical import canonical_points
from fer_xai.face.warp import CanonicalWarp
from fer_xai.metrics.baselines import centred_gaussian, landmark_density

#: Baselines do not look at the network.
NETWORK = nn.Identity()
LANDMARKS = torch.tensor(canonical_points((150, 130))[:68] + np.array([30, 25]), dtype=torch.float32)


def asked(n: int = 3, size: int = 192, **given) -> Question:
    return Question(pictures(n, size), torch.arange(n), landmarks=LANDMARKS.repeat(n, 1, 1), **given)


@pytest.mark.parametrize("name", ["noise", "gaussian", "edges", "landmark_density"])
def test_shipped_baselines_are_marked_as_such(name):
    explainer = instantiate(OmegaConf.load(conf_dir() / "explainer" / f"{name}.yaml"))
    assert explainer.baseline is True
    maps = explainer.explain(NETWORK, "", asked())
    assert maps.dtype == torch.float32
    assert maps.shape == (3, 192, 192)
    assert maps.min() >= 0
    assert maps.max() > 0


def test_noise_is_uniform_and_each_image_has_its_own():
    maps = UniformNoise(seed=1).explain(NETWORK, "", asked(index=torch.tensor([4, 9, 4])))
    counts = torch.histc(maps[:2], bins=10, min=0, max=1) / maps[:2].numel()
    assert (counts - 0.1).abs().max() < 0.005
    assert torch.equal(maps[0], maps[2])
    assert abs(np.corrcoef(maps[0].flatten(), maps[1].flatten())[0, 1]) < 0.02
    assert not torch.equal(UniformNoise(seed=2).explain(NETWORK, "", asked())[0], maps[0])


def test_gaussian_is_that_of_the_scores():
    found = CentredGaussian(part=0.2).explain(NETWORK, "", asked(2, 31))
    torch.testing.assert_close(found[1], torch.tensor(centred_gaussian((31, 31), 0.2)).float())
    assert found[0].argmax() == 15 * 31 + 15


def test_edges_equal_those_of_scikit_image():
    question = asked(2, 40)
    maps = Edges().explain(NETWORK, "", question)
    grey = question.pixels.permute(0, 2, 3, 1).numpy() @ np.array([0.299, 0.587, 0.114])
    for found, picture in zip(maps, grey, strict=True):
        # scikit-image gives the root of the mean square of the two slopes, each over 4 instead of 8.
        theirs = sobel(picture, mode="nearest") * np.sqrt(2) / 2
        np.testing.assert_allclose(found.numpy(), theirs, atol=1e-6)


def test_edges_of_a_ramp_are_its_slope():
    """Grey rises by 1/64 per column: so much everywhere, half of it at the repeated border."""
    ramp = (torch.arange(32) / 64).expand(1, 3, 32, 32)
    found = Edges().explain(NETWORK, "", Question(ramp, torch.tensor([0])))[0]
    torch.testing.assert_close(found[:, 1:-1], torch.full((32, 30), 1 / 64))
    torch.testing.assert_close(found[:, 0], torch.full((32,), 1 / 128))


def test_density_is_in_the_canonical_face_what_scores_are_compared_with():
    question = asked(2)
    maps = LandmarkDensity().explain(NETWORK, "", question)
    back, valid = CanonicalWarp()(maps, question.landmarks)
    expected = torch.tensor(landmark_density()).float()
    assert valid.float().mean() > 0.8
    assert (back[0] - expected)[valid[0]].abs().mean() < 0.01
    assert maps[0, 2, 2] < 0.05 < maps[0].max()


def test_density_without_landmarks_does_not_fit():
    with pytest.raises(NotApplicableError, match="needs the landmarks"):
        LandmarkDensity().explain(NETWORK, "", Question(pictures(1, 32), torch.tensor([0])))


def test_density_of_an_image_whose_landmarks_are_unknown_says_nothing():
    question = asked(2)
    landmarks = question.landmarks.clone()
    landmarks[0] = torch.nan
    maps = LandmarkDensity().explain(NETWORK, "", Question(question.images, question.classes, landmarks=landmarks))
    assert (maps[0] == 0).all()
    assert maps[1].max() > 0.5
