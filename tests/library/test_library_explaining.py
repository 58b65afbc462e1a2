"""Explaining from a notebook: the same maps as a run makes, and mistakes in one line."""

import numpy as np
import pytest
import torch
from helpers.drawn_faces import drawn_faces
from helpers.linear_network import linear_network
from timm.models.vision_transformer import VisionTransformer

import fer_xai
from fer_xai.errors import UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.cam import GradCAM
from fer_xai.explainers.chefer import AttentionRelevance
from fer_xai.explainers.layer import last_map_layer
from fer_xai.explainers.legrad import LeGrad
from fer_xai.explainers.rollout import AttentionRollout
from fer_xai.explainers.steps import averageable
from fer_xai.library.choices import build_choice
from fer_xai.models.songnet import SongNet

PICTURES = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 3), dtype=np.uint8)

OTHER = {"relevance_propagation": {"rule": "gamma"}, "extremal_perturbations": {"areas": [0.4]}}


@pytest.fixture(scope="module")
def network() -> SongNet:
    torch.manual_seed(0)
    return SongNet(48)


def test_maps_are_those_of_the_explainer_on_the_same_question(network):
    local = fer_xai.explain(
        network, PICTURES, layer="features", classes=[4, 0, 2], mean=[0.5] * 3, std=[0.25] * 3, batch_size=2
    )
    images = (torch.from_numpy(PICTURES).permute(0, 3, 1, 2) / 255 - 0.5) / 0.25
    raw = GradCAM().explain(network, "features", Question(images, torch.tensor([4, 0, 2])))
    np.testing.assert_allclose(local.maps, averageable(raw, 48, True, "mass")[0], rtol=1e-4, atol=1e-9)
    assert local.expressions == ("sadness", "anger", "fear")
    assert network.training


def test_the_predicted_class_and_the_last_map_are_taken_where_nothing_is_said(network):
    local = fer_xai.explain(network, PICTURES)
    logits = network.eval()(torch.from_numpy(PICTURES).permute(0, 3, 1, 2) / 255)
    names = ["anger", "disgust", "fear", "happiness", "sadness", "surprise"]
    assert list(local.expressions) == [names[i] for i in logits.argmax(1).tolist()]
    named = fer_xai.explain(network, PICTURES, layer=last_map_layer(network, 48))
    np.testing.assert_array_equal(local.maps, named.maps)


def test_faces_bring_landmarks_people_and_the_truth_about_them(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_XAI_CACHE", str(tmp_path))
    faces = drawn_faces(tmp_path, people=1)
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 8, stride=8), torch.nn.Flatten(), torch.nn.Linear(256, 6))
    local = fer_xai.explain(network, faces, "difference", input_size=64, classes=faces.labels)
    assert local.maps.shape == (6, 224, 224)
    assert set(local.people) == {local.people[0]}
    assert list(local.expressions) == faces.frame["expression"].tolist()
    hidden = fer_xai.explain(network, faces, "occlusion", input_size=64, hide="rest", stride=1.0, size=1.0)
    assert np.isfinite(hidden.maps).all()
    assert set(fer_xai.global_heatmaps(local, replicates=0).expressions) == set(local.expressions)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"explainer": "grad-cam"}, r"did you mean explainer=gradcam"),
        ({"explainer": "lime", "sample": 3}, r"explainer.lime has no setting sample; did you mean samples\?"),
        ({"explainer": "lime", "samples": "many"}, r"explainer.lime.samples=many: give a number, such as \d+"),
        (
            {"explainer": "lime", "samples": [1]},
            r"lime.samples=\[1\]: Value .* could not be converted to Int",
        ),
        ({"explainer": "lime", "samples": object()}, "explainer.lime: samples=<object .* is not a supported"),
        ({"layer": "nothing"}, "no such layer"),
        ({"classes": [0, 1, 6]}, "class 6 cannot be explained"),
        ({"expressions": ["anger", "fear"]}, r"gives \(3, 6\) for 3 images, and there are 2 classes"),
    ],
)
def test_mistakes_are_one_line(network, given, message):
    with pytest.raises(UserError, match=message):
        fer_xai.explain(network, PICTURES, **given)


#: What files of `conf/data` take over from a whole config.
SHARED = {"classes": ["anger", "fear"], "cache_dir": None}


def test_settings_of_no_fixed_type_that_do_not_fit_are_one_line():
    with pytest.raises(UserError, match=r"^data.folder cannot be built with root=3: TypeError: .* not int \("):
        build_choice("data", "folder", {"root": 3}, **SHARED)
    with pytest.raises(UserError, match=r"^data.table wants a value for csv$"):
        build_choice("data", "table", {}, **SHARED)


def test_pictures_of_another_shape_are_refused(network):
    with pytest.raises(UserError, match="squares in RGB"):
        fer_xai.explain(network, PICTURES[:, :40])


@pytest.mark.parametrize("name", ["attention_rollout", "chefer", "legrad"])
def test_transformers_of_timm_are_explained_by_their_attention(name):
    torch.manual_seed(0)
    vit = VisionTransformer(img_size=48, patch_size=16, embed_dim=12, depth=2, num_heads=2, num_classes=6)
    local = fer_xai.explain(vit, PICTURES, name, classes=[4, 0, 2])
    method = {"attention_rollout": AttentionRollout, "chefer": AttentionRelevance, "legrad": LeGrad}[name]()
    raw = method.explain(
        vit, "", Question(torch.from_numpy(PICTURES).permute(0, 3, 1, 2) / 255, torch.tensor([4, 0, 2]))
    )
    assert raw.shape == (3, 3, 3)
    np.testing.assert_allclose(local.maps, averageable(raw, 48, False, "mass")[0], rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("relevance_propagation", {"rule": "epsilon"}), ("extremal_perturbations", {"areas": [0.2], "steps": 3})],
)
def test_explainers_take_their_settings_by_name(network, name, settings):
    maps = fer_xai.explain(network, PICTURES, name, **settings).maps
    assert maps.shape == (3, 48, 48)
    assert np.isfinite(maps).all()
    assert not np.array_equal(maps, fer_xai.explain(network, PICTURES, name, **{**settings, **OTHER[name]}).maps)


def test_an_explainer_of_ones_own_and_other_classes(network):
    class Ones:
        local_scale, positive = "none", False

        def explain(self, network, layer, question):
            return torch.ones(len(question), 4, 4)

    local = fer_xai.explain(linear_network(48), PICTURES, Ones(), expressions=["glad", "not glad"])
    assert local.explainer == "Ones"
    np.testing.assert_allclose(local.maps, 1, rtol=1e-6)


def test_drawn_faces_without_an_action_unit_differ_by_it_alone():
    whole, without = fer_xai.draw_face("happiness", subject=2), fer_xai.draw_face("joy", subject=2, without=[12])
    assert set(whole.units) - set(without.units) == {12}
    changed = np.abs(whole.image.astype(int) - without.image).max(axis=2) > 8
    rows = np.flatnonzero(changed.any(axis=1))
    assert changed.any()
    assert rows.min() > whole.landmarks[19:25, 1].max()  # nothing above the brows
    with pytest.raises(UserError, match="does not show AU4: it shows AU6, AU12, AU25"):
        fer_xai.draw_face("happiness", without="AU4")
    with pytest.raises(UserError, match="neutral cannot be drawn"):
        fer_xai.draw_face("neutral")
