import logging

import numpy as np
import pytest
import torch
from helpers.linear_network import linear_network, pictures
from sklearn.linear_model import Ridge
from sklearn.metrics import pairwise_distances

from fer_xai.errors import UserError
from fer_xai.explainers import lime as lime_module
from fer_xai.explainers.base import Question
from fer_xai.explainers.designs import Plain
from fer_xai.explainers.lime import LIME, nearness, ridge
from fer_xai.explainers.segments import superpixels
from fer_xai.models.songnet import SongNet

MEAN, STD = torch.tensor([0.5, 0.4, 0.3]).view(1, 3, 1, 1), torch.tensor([0.2, 0.3, 0.25]).view(1, 3, 1, 1)


def question(n: int = 2, size: int = 32, **given) -> Question:
    """About pictures that were preprocessed with `MEAN` and `STD`."""
    images = (pictures(n, size) - MEAN) / STD
    return Question(images, torch.arange(n) % 6, mean=MEAN, std=STD, **given)


@pytest.fixture(scope="module")
def network() -> SongNet:
    torch.manual_seed(3)
    return SongNet(32).eval()


class Fixed:
    """Stands in for the random numbers of the lime package, and hands out the samples to be used."""

    def __init__(self, shown: np.ndarray) -> None:
        self.shown = shown

    def randint(self, low: int, high: int, size: int | None = None):
        return 0 if size is None else self.shown.astype(int).ravel()


def by_lime_package(network, one: Question, labels: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Weights of the segments by the lime package, of the same segments and samples."""
    from lime.lime_image import LimeImageExplainer

    def classify(batch: np.ndarray) -> np.ndarray:
        images = (torch.tensor(batch).permute(0, 3, 1, 2).float() - one.mean) / one.std
        with torch.no_grad():
            return network(images).softmax(dim=1).double().numpy()

    explainer = LimeImageExplainer(random_state=0)
    explainer.random_state = Fixed(shown)
    found = explainer.explain_instance(
        one.pixels[0].permute(1, 2, 0).numpy().astype(np.float64),
        classify,
        labels=[int(one.classes[0])],
        hide_color=0,
        top_labels=None,
        num_samples=len(shown),
        segmentation_fn=lambda image: labels,
    )
    weights = np.zeros(shown.shape[1])
    for segment, weight in found.local_exp[int(one.classes[0])]:
        weights[segment] = weight
    return weights


def test_weights_equal_those_of_the_lime_package(network):
    asked = question()
    labels, counts = superpixels(asked, 30, 20.0)
    explainer = LIME(samples=200, seed=7)
    ours = explainer.segment_weights(network, asked)
    assert min(counts) > 10
    for i, parts in enumerate(counts):
        shown, _ = Plain().draw(200, parts, np.random.default_rng((7, i)))
        theirs = by_lime_package(network, asked.one(i), labels[i].numpy(), shown)
        assert np.abs(theirs).max() > 1e-4
        np.testing.assert_allclose(ours[i, :parts].numpy(), theirs, atol=1e-6, rtol=0)


def test_every_segment_is_painted_with_its_weight_and_sign(network):
    asked = question()
    explainer = LIME(samples=60)
    weights, maps = explainer.segment_weights(network, asked), explainer.explain(network, "features", asked)
    labels, counts = superpixels(asked, 30, 20.0)
    assert maps.dtype == torch.float32
    assert maps.shape == (2, 32, 32)
    for i, parts in enumerate(counts):
        for segment in range(parts):
            assert (maps[i][labels[i] == segment] == weights[i, segment].float()).all()
    assert (maps < 0).any()
    assert (maps > 0).any()


def test_first_sample_is_the_whole_picture_and_hidden_is_black(network):
    """The pictures that the network is given are those of the lime package: black pixels, as preprocessed."""
    asked = question(1)
    seen = []
    handle = network.register_forward_pre_hook(lambda module, args: seen.append(args[0].clone()))
    LIME(samples=20, batch_size=8).explain(network, "features", asked)
    handle.remove()
    given = torch.cat(seen)
    assert torch.equal(given[0], asked.images[0])
    black = (-MEAN / STD).expand(20, 3, 32, 32)
    shown = (given != black).any(dim=1)
    assert torch.equal(given, torch.where(shown[:, None], asked.images, black))
    assert 0.3 < shown[1:].float().mean() < 0.7


def test_weights_of_a_linear_network_are_its_contributions():
    """Nothing is left to explain beyond the linear model: with next to no penalty, LIME is exact."""
    asked = Question(pictures(2, 24), torch.tensor([0, 1]))
    network = linear_network(24)
    found = LIME(samples=400, alpha=1e-9).segment_weights(network, asked)
    labels, counts = superpixels(asked, 30, 20.0)
    for i, sign in enumerate((1, -1)):
        per_pixel = (network.weights.detach() * asked.images[i]).sum(dim=0)
        expected = [sign * float(per_pixel[labels[i] == segment].sum()) for segment in range(counts[i])]
        np.testing.assert_allclose(found[i, : counts[i]].numpy(), expected, atol=2e-6)


def test_a_contrast_is_the_difference_of_the_weights(network):
    asked = question(2)
    other = torch.tensor([4, 5])
    contrast = Question(asked.images, asked.classes, other, mean=MEAN, std=STD)
    against = Question(asked.images, other, mean=MEAN, std=STD)
    explainer = LIME(samples=60)
    first, second = (explainer.segment_weights(network, one) for one in (asked, against))
    torch.testing.assert_close(explainer.segment_weights(network, contrast), first - second, atol=1e-7, rtol=0)


def test_nearness_is_the_kernel_of_the_cosine_distance():
    shown = torch.tensor([[1, 1, 1, 1], [1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]], dtype=torch.bool)[None]
    # Cosines 1, 1/2, sqrt(1/2), and 0 for the empty one.
    distances = torch.tensor([0, 0.5, 1 - 0.5**0.5, 1], dtype=torch.float64)
    expected = torch.exp(-(distances**2) / 0.25**2).sqrt()
    torch.testing.assert_close(nearness(shown, torch.tensor([4]), 0.25)[0], expected)
    theirs = pairwise_distances(shown[0].numpy().astype(float), np.ones((1, 4)), metric="cosine").ravel()
    np.testing.assert_allclose(theirs, distances.numpy(), atol=1e-12)


def test_ridge_equals_scikit_learn_also_with_unlike_numbers_of_segments():
    rng = np.random.default_rng(0)
    shown, values, weights = rng.random((3, 50, 9)) < 0.5, rng.random((3, 50)), rng.random((3, 50))
    shown[1, :, 6:] = False
    found = ridge(*(torch.from_numpy(part) for part in (shown, values, weights)), alpha=0.7)
    for i, parts in enumerate((9, 6, 9)):
        model = Ridge(alpha=0.7).fit(shown[i, :, :parts], values[i], sample_weight=weights[i])
        np.testing.assert_allclose(found[i, :parts].numpy(), model.coef_, atol=1e-12)
    assert (found[1, 6:] == 0).all()


def test_penalty_in_proportion_to_the_samples(network):
    asked = question(1)
    assert torch.equal(
        LIME(samples=50, alpha=4.0, alpha_at=200).segment_weights(network, asked),
        LIME(samples=50, alpha=1.0).segment_weights(network, asked),
    )


def test_random_choices_follow_seed_and_image_alone(network):
    whole = question(3, index=torch.tensor([11, 5, 8]))
    explainer = LIME(samples=50, seed=1)
    maps = explainer.explain(network, "features", whole)
    order = [2, 0, 1]
    turned = Question(whole.images[order], whole.classes[order], mean=MEAN, std=STD, index=whole.index[order])
    torch.testing.assert_close(explainer.explain(network, "features", turned), maps[order], atol=1e-6, rtol=1e-4)
    assert not torch.allclose(LIME(samples=50, seed=2).explain(network, "features", whole), maps, atol=1e-6)


def test_a_picture_of_one_superpixel_gives_a_zero_map_and_one_line(network, caplog):
    with caplog.at_level(logging.WARNING):
        maps = LIME(segments=1, samples=30).explain(network, "features", question(3))
    assert (maps == 0).all()
    assert [record.getMessage() for record in caplog.records] == [
        "lime: 3 of 3 pictures are one superpixel, whose map is zero"
    ]


def test_superpixels_are_those_of_scikit_image_counted_from_zero():
    from skimage.segmentation import slic

    asked = question(2, size=48)
    labels, counts = superpixels(asked, 30, 20.0)
    for i in range(2):
        picture = (asked.pixels[i] * 255).round().byte().permute(1, 2, 0).numpy()
        theirs = slic(picture, n_segments=30, compactness=20.0)
        assert len(np.unique(theirs)) == counts[i]
        # The same division, whatever the numbers.
        assert len({(int(a), int(b)) for a, b in zip(theirs.ravel(), labels[i].flatten(), strict=True)}) == counts[i]
        assert sorted(labels[i].unique().tolist()) == list(range(counts[i]))


def test_explainers_of_one_question_share_superpixels(network, monkeypatch):
    calls = []
    from fer_xai.explainers import segments

    monkeypatch.setattr(segments, "slic", lambda *a, slic=segments.slic, **k: calls.append(1) or slic(*a, **k))
    asked = question(2)
    LIME(samples=10).explain(network, "features", asked)
    LIME(samples=10, seed=1).explain(network, "features", asked)
    assert len(calls) == 2  # one per picture


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"samples": 0}, r"lime\.samples=0: at least 1"),
        ({"segments": 0}, r"lime\.segments=0: at least 1"),
        ({"alpha": 0.0}, r"lime\.alpha=0\.0: a number above 0"),
        ({"kernel_width": -1.0}, r"lime\.kernel_width=-1\.0"),
        ({"hide": "white"}, r"lime\.hide=white is not known: choose one of black, mean, blur"),
    ],
)
def test_wrong_settings_are_one_line(setting, message):
    with pytest.raises(UserError, match=message):
        LIME(**setting)


def test_no_images_give_no_maps(network):
    none = Question(torch.zeros(0, 3, 32, 32), torch.zeros(0, dtype=torch.int64))
    assert lime_module.LIME(samples=10).explain(network, "features", none).shape == (0, 32, 32)
