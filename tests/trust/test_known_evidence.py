"""Explainers beside what interventions say of drawn faces."""

import numpy as np
import pandas as pd
import pytest
import torch
from helpers.drawn_faces import ask_about, drawn_faces
from torch import nn

from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.baseline_maps import UniformNoise
from fer_xai.explainers.difference import Difference
from fer_xai.explainers.intervention import Intervention
from fer_xai.face.warp import CanonicalWarp
from fer_xai.trust.base import Trial
from fer_xai.trust.known_evidence import KnownEvidenceTest
from fer_xai.trust.stability import Stability

#: Of the drawn faces, those with few action units, but three or more: sadness and surprise.
ROWS = [4, 5]
SIZE = 112


class Lower(nn.Module):
    """Six logits, linear in the lower half of the picture: each class by a weighting of its own."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.weights = nn.Parameter(torch.randn(6, 3, SIZE, SIZE, generator=generator))
        with torch.no_grad():
            self.weights[:, :, : SIZE // 2] = 0

    def forward(self, images):
        return torch.einsum("bcyx,kcyx->bk", images, self.weights) / 10


class Given:
    """Gives the maps that it was given."""

    local_scale, positive = "none", False

    def __init__(self, maps: torch.Tensor) -> None:
        self.maps = maps

    def explain(self, network, layer, question):
        return self.maps


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory):
    cache = tmp_path_factory.mktemp("drawn")
    return ask_about(drawn_faces(cache, people=1), cache, ROWS, SIZE)


@pytest.fixture(scope="module")
def figures(question):
    network, test = Lower().eval(), KnownEvidenceTest(exact_up_to=3)

    def of(explainer) -> dict[str, np.ndarray]:
        trial = Trial(explainer, network, "", [question], 0, CanonicalWarp())
        return {figure.measure: figure.values for figure in test.run(trial)}

    return of


def test_true_map_with_its_sign_is_right_in_everything(question, figures):
    """Places of real units differ in size and overlap: it is read rightly for all that."""
    told = figures(Intervention(exact_up_to=3, positive=False))
    assert told["rank_correlation"] == pytest.approx([1, 1])
    assert told["hit"].tolist() == [1, 1]
    assert told["map_correlation"] == pytest.approx([1, 1])
    assert told["unchanged_share"].max() < 0.2
    upside_down = figures(Given(-Intervention(exact_up_to=3).explain(Lower().eval(), "", question)))
    assert upside_down["rank_correlation"] == pytest.approx([-1, -1])
    assert upside_down["hit"].tolist() == [0, 0]


def test_positive_part_still_knows_what_is_used_most(figures):
    told = figures(Intervention(exact_up_to=3))
    assert told["hit"].tolist() == [1, 1]
    assert (told["map_correlation"] > 0.99).all()


def test_what_looks_at_no_network_lies_where_it_can(figures):
    difference, noise = figures(Difference()), figures(UniformNoise())
    # What is left of it where nothing changes is a grey level or two per pixel.
    assert difference["unchanged_share"].max() < 0.1
    assert (noise["unchanged_share"] > 0.5).all()
    np.testing.assert_array_equal(difference["hit_permuted"], noise["hit_permuted"])
    assert ((noise["hit_permuted"] > 0) & (noise["hit_permuted"] < 0.5)).all()


def test_drawn_faces_pass_once_through_the_network_for_the_test_and_the_true_map(question):
    network, passed = Lower().eval(), []
    network.register_forward_pre_hook(lambda module, images: passed.append(len(images[0])))
    evidence = KnownEvidenceTest(exact_up_to=3)
    evidence.evidence.of(network, question.changed())
    once = sum(passed)
    list(evidence.run(Trial(Intervention(exact_up_to=3), network, "", [question.changed()], 0, CanonicalWarp())))
    assert sum(passed) == 2 * once > 0


def test_weights_that_have_changed_are_asked_anew(question):
    network, asked = Lower().eval(), question.changed()
    trial = Trial(Intervention(exact_up_to=3, positive=False), network, "", [asked], 0, CanonicalWarp())
    before = trial.maps[0]
    other = Lower().eval()
    with torch.no_grad():
        other.weights.neg_()
    assert not torch.allclose(trial.explain(asked, other), before)
    with torch.no_grad():
        other.weights.neg_()
    torch.testing.assert_close(trial.explain(asked, other), before)


@pytest.mark.parametrize("explainer", [Intervention(), Difference()])
def test_maps_of_faces_as_drawn_are_not_asked_to_move_with_the_picture(question, explainer):
    trial = Trial(explainer, Lower().eval(), "", [question], 0, CanonicalWarp())
    with pytest.raises(NotApplicableError, match="do not move with a picture that is moved"):
        list(Stability().run(trial))


def test_map_that_is_not_finite_has_no_figures(question, figures):
    maps = torch.rand(len(ROWS), SIZE, SIZE)
    maps[1, 0, 0] = torch.nan
    for values in figures(Given(maps)).values():
        assert np.isfinite(values).tolist() == [True, False]


def test_fewer_than_three_players_have_no_rank_correlation(question):
    test = KnownEvidenceTest(units=[15, 17])
    trial = Trial(UniformNoise(), Lower().eval(), "", [question.one(0)], 0, CanonicalWarp())
    told = {figure.measure: figure.values for figure in test.run(trial)}
    assert np.isnan(told["rank_correlation"]).all()
    assert told["hit"][0] in (0, 1)
    assert told["hit_permuted"].tolist() == [0.5]


def test_photographs_are_refused_in_one_line(question):
    frame = pd.DataFrame({"image": ["a.jpg"], "expression": ["fear"]})
    for part, key in ((KnownEvidenceTest(), "trust.known_evidence"), (Difference(), "explainer.difference")):
        with pytest.raises(UserError, match=rf"^{key} does not apply: .*drawn faces") as error:
            part.check_faces(key, frame)
        assert "\n" not in str(error.value)
    asked = question.changed(interventions=None)
    with pytest.raises(NotApplicableError, match="drawn faces"):
        list(KnownEvidenceTest().run(Trial(UniformNoise(), Lower(), "", [asked], 0, CanonicalWarp())))
    with pytest.raises(NotApplicableError, match="drawn"):
        Difference().explain(Lower(), "", asked)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"blur": -1}, r"trust\.known_evidence\.blur=-1: a share of the sides"),
        ({"tolerance": 300}, r"trust\.known_evidence\.tolerance=300: grey levels"),
        ({"exact_up_to": 0}, r"trust\.known_evidence\.exact_up_to=0"),
        ({"output": "odds"}, r"trust\.known_evidence\.output=odds is not known"),
        ({"units": [99]}, r"trust\.known_evidence\.units: 99 is no action unit"),
    ],
)
def test_settings_that_mean_nothing_are_told(settings, line):
    with pytest.raises(UserError, match=line):
        KnownEvidenceTest(**settings)


def test_difference_is_that_of_the_drawn_pictures(question):
    maps = Difference().explain(Lower(), "", question)
    (full, rest), _ = question.interventions.full_and_rest(ROWS)
    expected = np.abs(full.astype(float) - rest).mean(axis=-1) / 255
    np.testing.assert_allclose(maps[0].numpy(), expected, atol=1e-6)
    assert Difference.baseline
