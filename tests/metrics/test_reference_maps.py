"""A reference in all its forms: on coarser grids, shifted, and where it does not know everything."""

import numpy as np
import pytest

from fer_xai.face.masks import Reference
from fer_xai.face.observers.maps import ObserverMaps, ObserversReference
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.map_scores import score_map
from fer_xai.metrics.reference_maps import ReferenceMaps, study_reference
from fer_xai.scoring.many_scores import against_references, spread_scores

METRICS = shipped_metrics()
FRAME = (24, 20)


def people(seed: int, unknown_rows: int) -> ObserversReference:
    """Two expressions, of which the second is not known in the first rows."""
    rng = np.random.default_rng(seed)
    maps = rng.normal(size=(2, 3, *FRAME)).astype(np.float32)
    maps[1, :, :unknown_rows] = np.nan
    names = ("a", "b", "c")
    by_expression = {word: ObserverMaps(names, maps[i], (1, 1, 1)) for i, word in enumerate(("anger", "fear"))}
    return ObserversReference("people", by_expression, frame=FRAME)


def test_each_form_is_the_reference_s_own() -> None:
    reference = people(0, 5)
    compared = study_reference(reference, ("anger", "sadness", "fear"))
    assert compared.own.tolist() == [0, -1, 1]
    assert compared.of(1) is None
    fear = compared.of(2)
    np.testing.assert_array_equal(fear.mask, reference.mask("fear"))
    np.testing.assert_array_equal(fear.weights, reference.weights_of("fear"))
    np.testing.assert_array_equal(fear.signed[5:], reference.signed_of("fear")[5:])
    assert not fear.known[:5].any()
    assert fear.known[5:].all()
    assert (fear.signed < 0).any(), "the sign is kept"
    assert len(study_reference(reference, ("sadness",)).maps) == 0


def test_unknown_pixels_take_no_part_in_any_score() -> None:
    compared = study_reference(people(1, 6), ("anger", "fear"))
    mean = np.random.default_rng(2).random(FRAME)
    whole = score_map(mean, None, compared.of(1), METRICS)
    cut = ReferenceMaps(*(getattr(compared.of(1), name)[6:] for name in ("mask", "weights", "signed", "known")))
    alone = score_map(mean[6:], None, cut, METRICS)
    other = mean.copy()
    other[:6] = 100 * np.random.default_rng(3).random((6, 20))
    for name in METRICS:
        assert whole[name].value == pytest.approx(alone[name].value, rel=1e-9), name
        assert score_map(other, None, compared.of(1), METRICS)[name].value == pytest.approx(whole[name].value), name


def test_many_references_of_different_knowledge_equal_one_by_one() -> None:
    compared = study_reference(people(4, 7), ("anger", "fear"))
    maps = np.random.default_rng(5).random((3, *FRAME))
    valid = np.random.default_rng(6).random(FRAME) < 0.9
    found = against_references(maps, valid, compared.maps, METRICS)
    spread = spread_scores(maps, valid, compared.maps, shipped_metrics(["iou"]))
    for n in range(3):
        for m in range(2):
            alone = score_map(maps[n], valid, compared.of(m), METRICS)
            np.testing.assert_allclose(found[:, n, m], [one.value for one in alone.values()], rtol=1e-9)
            assert spread[n, m, 0] == pytest.approx(alone["iou"].value)


def test_a_signed_reference_turns_the_correlation_of_its_negative_part() -> None:
    signed = np.linspace(-1, 1, 60).reshape(6, 10).astype(np.float32)
    reference = ObserversReference("people", {"anger": ObserverMaps(("a",), signed[None], (1,))}, frame=(6, 10))
    own = study_reference(reference, ("anger",)).of(0)
    scores = score_map(signed.astype(np.float64), None, own, METRICS)
    assert scores["ncc"].value == pytest.approx(1)
    assert scores["spearman"].value == pytest.approx(1)
    clipped = score_map(np.maximum(signed, 0).astype(np.float64), None, own, METRICS)
    assert clipped["ncc"].value < 0.95
    assert clipped["sim"].value == pytest.approx(1), "densities take the positive part"


def test_coarser_grids_and_shifts() -> None:
    weights = np.zeros((1, 4, 4), dtype=np.float32)
    weights[0, 0, :3] = weights[0, 1, 0] = 1
    maps = study_reference(Reference("mine", {"anger": weights[0]}), ("anger",)).maps
    coarse = maps.halved(1)
    assert coarse.mask[0].tolist() == [[True, False], [False, False]], "a quarter of the second block is too little"
    np.testing.assert_allclose(coarse.weights[0], [[0.75, 0.25], [0, 0]])
    assert coarse.known.all()
    assert maps.halved(0) is maps
    np.testing.assert_array_equal(maps.shifted(1, -2).weights, np.roll(weights, (1, -2), (-2, -1)))
    assert maps.shifted(1, 0).known is maps.known
    unknown = ReferenceMaps(maps.mask, maps.weights, maps.signed, weights == 0)
    assert unknown.halved(1).known[0].tolist() == [[False, False], [True, True]]
