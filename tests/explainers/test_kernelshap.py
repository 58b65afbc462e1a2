import numpy as np
import pytest
import torch
from helpers.linear_network import linear_network, pictures
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.kernelshap import KernelSHAP, RegionSHAP
from fer_xai.explainers.segments import superpixels
from fer_xai.face.canonical import canonical_points
from fer_xai.models.songnet import SongNet

SIZE = 40
#: A face that fills most of a picture of 40 px.
LANDMARKS = torch.tensor(canonical_points((34, 30))[:68] + np.array([5, 3]), dtype=torch.float32)


def shipped(**changes) -> RegionSHAP:
    return instantiate(OmegaConf.merge(OmegaConf.load(conf_dir() / "explainer" / "region_shap.yaml"), changes))


def asked(n: int = 2, **given) -> Question:
    return Question(pictures(n, SIZE), torch.arange(n) % 2, landmarks=LANDMARKS.repeat(n, 1, 1), **given)


def contributions(network, question: Question, labels: torch.Tensor, parts: int) -> np.ndarray:
    """What each part adds to the explained class's probability of a linear network."""
    per_pixel = (network.weights.detach() * (question.images - question.black)).sum(dim=1)
    sign = 1 - 2 * question.classes[:, None]
    sums = torch.zeros(len(labels), parts).scatter_add(1, labels.flatten(1), per_pixel.flatten(1))
    return (sign * sums).numpy()


@pytest.mark.parametrize("exact_up_to", [1, 16])
def test_values_of_superpixels_of_a_linear_network_are_its_contributions(exact_up_to):
    network, question = linear_network(SIZE), asked()
    explainer = KernelSHAP(segments=9, samples=200, exact_up_to=exact_up_to)
    labels, counts = superpixels(question, 9, 20.0)
    expected = contributions(network, question, labels, max(counts))
    maps = explainer.explain(network, "", question)
    for i in range(2):
        np.testing.assert_allclose(maps[i].numpy(), expected[i][labels[i].numpy()], atol=2e-6)
    assert (maps < 0).any()
    assert (maps > 0).any()


@pytest.mark.parametrize("exact_up_to", [1, 9])
def test_values_of_regions_of_a_linear_network_are_its_contributions(exact_up_to):
    network, question, explainer = linear_network(SIZE), asked(), shipped(exact_up_to=exact_up_to, samples=200)
    values = explainer.region_values(network, "", question)
    labels = explainer.regions.labels(question.landmarks, (SIZE, SIZE))
    np.testing.assert_allclose(values.numpy(), contributions(network, question, labels, 8), atol=2e-6)
    maps = explainer.explain(network, "", question)
    assert torch.equal(maps.flatten(1), values.float().gather(1, labels.flatten(1)))
    assert torch.equal(maps, explainer.paint(values, question))


@pytest.mark.parametrize("output", ["probability", "logit"])
@pytest.mark.parametrize("hide", ["black", "mean"])
def test_values_add_up_to_what_is_lost_when_all_is_hidden(output, hide):
    torch.manual_seed(0)
    network, question = SongNet(SIZE).eval(), asked(2)
    values = shipped(output=output, hide=hide).region_values(network, "", question)
    black = torch.zeros_like(question.images)
    hidden = black if hide == "black" else black + question.images.mean(dim=(2, 3), keepdim=True)
    with torch.no_grad():
        whole, gone = network(question.images), network(hidden)
    if output == "probability":
        whole, gone = whole.softmax(dim=1), gone.softmax(dim=1)
    lost = (whole - gone).gather(1, question.classes[:, None])[:, 0]
    torch.testing.assert_close(values.sum(dim=1).float(), lost, atol=1e-6, rtol=1e-4)


def test_shipped_regions_are_those_of_the_face():
    explainer = shipped()
    assert explainer.region_names == (
        "forehead",
        "cheeks",
        "nose",
        "mouth",
        "chin",
        "brows",
        "eyes",
        "background",
    )


def test_a_region_outside_the_picture_is_worth_nothing():
    """The chin lies below the lower edge; the values of the others still add up."""
    network, explainer = linear_network(SIZE), shipped()
    low = LANDMARKS + torch.tensor([0.0, 14.0])
    question = Question(pictures(1, SIZE), torch.tensor([0]), landmarks=low[None])
    values = explainer.region_values(network, "", question)[0]
    assert values[explainer.region_names.index("chin")].abs() < 1e-9
    assert values[explainer.region_names.index("eyes")].abs() > 1e-4


def test_one_image_without_landmarks_does_not_touch_the_others():
    network, explainer, question = linear_network(SIZE), shipped(), asked()
    unknown = question.landmarks.clone()
    unknown[0] = torch.nan
    part = Question(question.images, question.classes, landmarks=unknown)
    values, maps = explainer.region_values(network, "", part), explainer.explain(network, "", part)
    assert values[0].isnan().all()
    assert maps[0].isnan().all()
    assert torch.equal(values[1], explainer.region_values(network, "", question)[1])


def test_a_picture_of_one_superpixel_gives_a_zero_map_and_one_line(caplog):
    with caplog.at_level("WARNING"):
        maps = KernelSHAP(segments=1).explain(linear_network(SIZE), "", asked())
    assert (maps == 0).all()
    assert len(caplog.records) == 1
    assert caplog.records[0].getMessage() == "kernelshap: 2 of 2 pictures are one superpixel, whose map is zero"


def test_no_landmarks_at_all_do_not_fit():
    with pytest.raises(NotApplicableError, match="need the landmarks"):
        shipped().explain(linear_network(SIZE), "", Question(pictures(1, SIZE), torch.tensor([0])))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"exact_up_to": 30}, r"region_shap\.exact_up_to=30: from 1 to 16"),
        ({"samples": 2}, r"region_shap\.samples=2: at least 4"),
        (
            {"output": "rank"},
            r"region_shap\.output=rank is not known: choose one of probability, log_probability, logit",
        ),
        ({"hide": "grey"}, r"region_shap\.hide=grey is not known"),
    ],
)
def test_wrong_settings_are_one_line(setting, message):
    with pytest.raises(UserError, match=message):
        RegionSHAP({"nose": [[28, 32, 36]]}, **setting)
