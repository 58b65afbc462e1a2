"""A network that reads the planted cue and one that does not, on drawn faces."""

import numpy as np
import pandas as pd
import pytest
import torch
from helpers.drawn_faces import ask_about
from torch import nn

from fer_xai.data.preparation.prepare import prepare
from fer_xai.errors import UserError
from fer_xai.explainers.baseline_maps import UniformNoise
from fer_xai.explainers.intervention import Intervention
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.landmarks import GivenFinder
from fer_xai.face.warp import CanonicalWarp
from fer_xai.synthetic.source import SyntheticSource
from fer_xai.trust.base import Trial
from fer_xai.trust.cue_figures import FIRST, RELEVANCE, VALUE
from fer_xai.trust.measures import describe
from fer_xai.trust.planted_cue import PlantedCueTest, with_cue

SIZE = 112
ANGER = EXPRESSIONS.index("anger")


class Reads(nn.Module):
    """Names anger by the darkness of some pixels (y, x), and nothing else."""

    def __init__(self, pixels: np.ndarray) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.from_numpy(pixels.astype(np.float32)))

    def forward(self, images):
        dark = ((1 - images).mean(dim=1) * self.weights).sum(dim=(1, 2)) / self.weights.sum()
        return torch.nn.functional.pad(20 * dark[:, None] - 20, (ANGER, 5 - ANGER))


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory):
    cache = tmp_path_factory.mktemp("planted")
    source = SyntheticSource(
        1, per_expression=1, size=224, cache_dir=str(cache), workers=1, cue="mark", cue_expression="anger"
    )
    return prepare(source.read(), GivenFinder(), cache, workers=1), cache


@pytest.fixture(scope="module")
def question(faces):
    """About a sad face without the cue, a surprised one with it."""
    prepared, cache = faces
    names = prepared.frame["image"].tolist()
    rows = [names.index(next(name for name in names if word in name)) for word in ("sadness_00.png", "surprise_00+")]
    return ask_about(prepared, cache, rows, SIZE)


def figures(network: nn.Module, question, explainer) -> dict[str, np.ndarray]:
    test = PlantedCueTest("anger", EXPRESSIONS)
    trial = Trial(explainer, network.eval(), "", [question], 0, CanonicalWarp())
    return {figure.measure: figure.values for figure in test.run(trial)}


def place_of_cue(question) -> np.ndarray:
    _, asked = with_cue(question, ANGER)
    players = asked.interventions.players(asked.rows)[0]
    place = players.places[players.names.index("mark")]
    step = len(place) // SIZE
    coarse = place[: step * SIZE, : step * SIZE].reshape(SIZE, step, SIZE, step).mean(axis=(1, 3))
    return coarse > 0.5 * coarse.max()


def test_every_face_is_asked_about_with_the_cue(question):
    places, asked = with_cue(question, ANGER)
    assert places == [0, 1]
    # The first is another picture, the second was shown with the cue already.
    assert asked.rows[0] != question.rows[0]
    assert asked.rows[1] == question.rows[1]
    assert asked.classes.tolist() == [ANGER, ANGER]
    assert not torch.equal(asked.images[0], question.images[0])
    assert torch.equal(asked.images[1], question.images[1])


def test_network_that_reads_the_cue_gives_it_all_value_and_its_true_map_lies_there(question):
    told = figures(Reads(place_of_cue(question)), question, Intervention())
    described = describe(PlantedCueTest("anger", EXPRESSIONS))
    assert {measure.name for measure in described.measures} == set(told)
    assert (told[VALUE] > 0.3).all()
    assert told[FIRST].tolist() == [1, 1]
    assert (told[RELEVANCE] > 10).all()


def test_network_that_reads_the_lower_edge_gives_it_none(question):
    edge = np.zeros((SIZE, SIZE))
    edge[-3:] = 1
    told = figures(Reads(edge), question, UniformNoise())
    assert np.abs(told[VALUE]).max() < 1e-6
    assert np.abs(told[RELEVANCE] - 1).max() < 0.5


def test_data_without_a_cue_are_refused_in_one_line(faces):
    frame = faces[0].frame
    test = PlantedCueTest("anger", EXPRESSIONS)
    test.check_faces("trust.planted_cue", frame)
    plain = frame[frame["cue"].eq("")]
    with pytest.raises(UserError, match=r"^trust\.planted_cue does not apply: no cue is planted"):
        test.check_faces("trust.planted_cue", plain)
    with pytest.raises(UserError, match="drawn faces"):
        test.check_faces("trust.planted_cue", pd.DataFrame({"image": ["a.jpg"]}))
    with pytest.raises(UserError, match=r"^trust\.planted_cue\.expression=null: name the expression"):
        PlantedCueTest(None, EXPRESSIONS).check_faces("trust.planted_cue", frame)
    with pytest.raises(UserError, match=r"^trust\.planted_cue\.expression=joy: choose one of the classes"):
        PlantedCueTest("joy", EXPRESSIONS)
