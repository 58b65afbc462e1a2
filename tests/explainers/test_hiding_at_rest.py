"""Hidden pixels that show the person's neutral face, on a network whose probabilities are linear in the pixels."""

import numpy as np
import pytest
import torch
from helpers.linear_network import linear_network, pictures
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import NotApplicableError
from fer_xai.explainers.base import Question
from fer_xai.explainers.hiding import can_be_hidden, hidden_pictures, lacking_rest
from fer_xai.explainers.kernelshap import KernelSHAP
from fer_xai.explainers.lime import LIME
from fer_xai.explainers.occlusion import Occlusion
from fer_xai.explainers.rise import RISE
from fer_xai.face.canonical import canonical_points
from fer_xai.face.warp import CanonicalWarp
from fer_xai.trust.base import Trial
from fer_xai.trust.deletion import Deletion
from fer_xai.trust.insertion import Insertion
from fer_xai.trust.stability import Stability

SIZE = 40
LANDMARKS = torch.tensor(canonical_points((34, 30))[:68] + np.array([5, 3]), dtype=torch.float32)
#: Where the neutral face differs: rows and columns from 24 to 31.
MOUTH = slice(24, 32)


def asked(**given) -> Question:
    """Two pictures; the first one's person has a neutral face, which differs at the mouth alone."""
    images = pictures(2, SIZE)
    at_rest = images.clone()
    at_rest[0, :, MOUTH, MOUTH] = 0.0
    at_rest[1] = torch.nan
    return Question(
        images, torch.zeros(2, dtype=torch.int64), landmarks=LANDMARKS.repeat(2, 1, 1), rest=lambda: at_rest, **given
    )


def region_shap():
    return instantiate(OmegaConf.merge(OmegaConf.load(conf_dir() / "explainer" / "region_shap.yaml"), {"hide": "rest"}))


EXPLAINERS = {
    "occlusion": lambda: Occlusion(hide="rest"),
    "rise": lambda: RISE(samples=50, hide="rest"),
    "lime": lambda: LIME(samples=50, hide="rest"),
    "kernelshap": lambda: KernelSHAP(samples=50, hide="rest"),
    "region_shap": region_shap,
}


@pytest.mark.parametrize("name", EXPLAINERS)
def test_pictures_of_people_without_a_neutral_face_are_left_out(name):
    explainer, question = EXPLAINERS[name](), asked()
    maps = explainer.explain(linear_network(SIZE), "", question)
    assert maps[0].isfinite().all()
    assert maps[1].isnan().all()
    assert lacking_rest(explainer, question).tolist() == [False, True]
    # What comes beside it changes nothing.
    torch.testing.assert_close(explainer.explain(linear_network(SIZE), "", question.one(0)), maps[:1])


def test_only_what_differs_from_rest_is_relevant_to_occlusion():
    """Squares of 8 pixels: one that does not touch the mouth hides nothing; all of it adds up to the mouth's worth."""
    network, question = linear_network(SIZE), asked()
    found = Occlusion(size=0.2, stride=0.2, hide="rest").explain(network, "", question)[0]
    worth = (network.weights.detach() * question.images[0])[:, MOUTH, MOUTH].sum()
    expected = torch.zeros(SIZE, SIZE)
    expected[MOUTH, MOUTH] = worth
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-4)


def test_regions_that_are_as_at_rest_are_worth_nothing():
    network, question = linear_network(SIZE), asked()
    explainer = region_shap()
    values = dict(zip(explainer.region_names, explainer.region_values(network, "", question)[0].tolist(), strict=True))
    assert abs(values["mouth"]) > 1e-4
    assert values["brows"] == pytest.approx(0, abs=1e-7)
    assert values["eyes"] == pytest.approx(0, abs=1e-7)
    whole = (network.weights.detach() * question.images[0])[:, MOUTH, MOUTH].sum()
    assert sum(values.values()) == pytest.approx(float(whole), abs=1e-6)


@pytest.mark.parametrize(("test", "first", "last"), [(Deletion, "images", "rest"), (Insertion, "rest", "images")])
def test_curves_run_between_the_face_and_its_rest(test, first, last):
    network, question = linear_network(SIZE), asked()
    trial = Trial(Occlusion(), network, "", [question], 0, CanonicalWarp())
    figures = {(item.measure, item.step): item.values for item in test(fills=["rest"], steps=2).run(trial)}
    ends = {"images": question.images[:1], "rest": question.rest()[:1]}
    for step, name in ((0.0, first), (1.0, last)):
        (probability, unknown) = figures["probability_rest", step]
        assert probability == pytest.approx(float(network(ends[name]).softmax(1)[0, 0].detach()), abs=1e-6)
        assert np.isnan(unknown)


def test_what_is_shown_at_rest_moves_with_the_picture():
    """A network that only looks at the mean colour: mirrored, every square is worth the same in its mirrored place."""
    network, question = linear_network(SIZE), asked()
    network.weights.data[:] = 1 / (4 * 3 * SIZE * SIZE)
    trial = Trial(Occlusion(size=0.2, stride=0.2, hide="rest"), network, "", [question], 0, CanonicalWarp())
    figures = {item.measure: item.values for item in Stability(shift=0.2).run(trial)}
    for measure in ("mirror", "shift"):
        assert figures[measure][0] == pytest.approx(1, abs=1e-6), measure
        assert np.isnan(figures[measure][1])


def test_without_neutral_faces_it_does_not_apply():
    question = Question(pictures(1, SIZE), torch.zeros(1, dtype=torch.int64))
    with pytest.raises(NotApplicableError, match=r"none are kept: set data\.keep_rest=true"):
        hidden_pictures(question, "rest")
    assert lacking_rest(Occlusion(), question).tolist() == [False]
    assert can_be_hidden(hidden_pictures(question, "blur")).all()
