"""Published networks beside what people used: figures that were seen with the data, from the data and as shipped."""

import numpy as np
import pytest
from helpers.published import Maps, needs_shared, of_masks, of_network, shared

from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.observers.maps import ObserversReference
from fer_xai.face.observers.shipped import ShippedObserversReference
from fer_xai.face.observers.tiles import TilesReference
from fer_xai.metrics.baselines import centred_gaussian, landmark_density

pytestmark = needs_shared

NETWORKS = {
    "ResNet101V2": 0.52,
    "ResNet50": 0.50,
    "VGG16": 0.47,
    "VGG19": 0.47,
    "InceptionV3": 0.44,
    "MobileNetV3Large": 0.41,
    "Xception": 0.41,
    "EfficientNetV2B0": 0.40,
    "SongNet": 0.28,
    "AlexNet": 0.17,
    "SilNet": 0.17,
    "WeiNet": 0.09,
}


@pytest.fixture(scope="module", params=["tiles", "observers"])
def reference(request: pytest.FixtureRequest) -> ObserversReference:
    if request.param == "observers":
        return ShippedObserversReference()
    folder = shared("people", "tiles")
    return TilesReference(folder / "weights.csv", folder / "stimuli.csv")


def correlation(reference: ObserversReference, maps: Maps, other: int = 0) -> float:
    """Mean over the expressions, each with the map of the expression so many places on."""
    scores = []
    for place, expression in enumerate(EXPRESSIONS):
        of_people = EXPRESSIONS[(place + other) % len(EXPRESSIONS)]
        known = reference.known_of(of_people)
        scores.append(np.corrcoef(maps(expression)[known], reference.signed_of(of_people)[known])[0, 1])
    return float(np.mean(scores))


def test_every_published_network(reference: ObserversReference) -> None:
    scores = {name: correlation(reference, of_network(name)) for name in NETWORKS}
    assert scores == pytest.approx(NETWORKS, abs=0.005)
    assert np.mean(list(scores.values())) == pytest.approx(0.36, abs=0.005)


def test_baselines(reference: ObserversReference) -> None:
    assert correlation(reference, lambda _: landmark_density()) == pytest.approx(0.57, abs=0.005)
    assert correlation(reference, lambda _: centred_gaussian()) == pytest.approx(0.33, abs=0.005)
    others = [correlation(reference, of_network(name), other) for name in NETWORKS for other in range(1, 6)]
    assert np.mean(others) == pytest.approx(0.36, abs=0.005)


def test_expert_masks_are_little_like_what_people_used(reference: ObserversReference) -> None:
    assert correlation(reference, of_masks) == pytest.approx(0.26, abs=0.005)
    known = reference.known_of("disgust")
    disgust = np.corrcoef(of_masks("disgust")[known], reference.signed_of("disgust")[known])[0, 1]
    assert disgust == pytest.approx(0.06, abs=0.005)
