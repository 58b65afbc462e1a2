"""Local heatmaps to global ones, scores and comparisons: held against arithmetic in the canonical face."""

import numpy as np
import pytest

import fer_xai
from fer_xai.errors import UserError
from fer_xai.face.canonical import CANONICAL_POINTS, FRAME_SHAPE
from fer_xai.metrics.bootstrap import poisson_weights
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.resolution import block_sums
from fer_xai.results.average_maps import groups_of
from fer_xai.results.importing.study_of_maps import import_heatmaps
from fer_xai.scoring.run_scores import score_run

#: A frame that is taken as its own crop is mapped onto itself.
ITSELF = CANONICAL_POINTS[:68]


def local_maps(people: int = 3, whose: list[str] | None = None, **given) -> fer_xai.LocalHeatmaps:
    n = 6
    maps = np.random.default_rng(0).random((n, *FRAME_SHAPE)).astype(np.float32)
    settings = {
        "expressions": ["anger", "fear"] * (n // 2),
        "landmarks": np.stack([ITSELF] * n),
        "people": whose or [f"p{i % people}" for i in range(n)],
    }
    return fer_xai.LocalHeatmaps("mine", maps, **{**settings, **given})


def test_global_heatmaps_are_means_and_replicates_are_weighted_by_people():
    local = local_maps()
    heatmaps = fer_xai.global_heatmaps(local, replicates=4)
    assert heatmaps.expressions == ("anger", "fear")
    np.testing.assert_allclose(heatmaps.map_of("anger"), local.maps[::2].mean(axis=0), atol=1e-6)
    assert heatmaps.means["people"].values.tolist() == [[3, 3]]
    assert heatmaps.means["images"].values.tolist() == [[3, 3]]
    groups = groups_of(local.people, [""] * 6)[::2]
    weights = np.stack([poisson_weights(0, int(group), 4) for group in groups], axis=1).astype(float)
    sums = np.tensordot(weights, block_sums(local.maps[::2].astype(float)), axes=1)
    counts = np.multiply.outer(weights.sum(axis=1), block_sums(np.ones(FRAME_SHAPE)))
    with np.errstate(invalid="ignore"):
        expected = sums / counts
    np.testing.assert_allclose(
        heatmaps.replicates["mean"].sel(explainer="mine", expression="anger"), expected, rtol=3e-4
    )


def test_unknown_people_are_people_of_their_own_and_maps_that_are_not_finite_are_left_out():
    local = local_maps(people=1)
    local.maps[0, 3, 3] = np.nan
    means = fer_xai.global_heatmaps(fer_xai.LocalHeatmaps("a", local.maps, local.expressions, local.landmarks)).means
    assert means["people"].values.tolist() == [[2, 3]]
    assert means["not_finite"].values.tolist() == [[1, 0]]
    assert means["images"].values.tolist() == [[2, 3]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"landmarks": None}, "without landmarks"),
        ({"landmarks": np.zeros((6, 5, 2))}, r"\(6, 68, 2\) is needed"),
        ({"expressions": ["fear"]}, "6 maps, 1 expressions and 6 people"),
        ({"whose": ["a"]}, "6 maps, 6 expressions and 1 people"),
    ],
)
def test_bad_local_heatmaps_are_one_line(given, message):
    with pytest.raises(UserError, match=message):
        fer_xai.global_heatmaps(local_maps(**given))


def test_two_explainers_of_one_name_are_refused():
    with pytest.raises(UserError, match="each under its own name"):
        fer_xai.global_heatmaps(local_maps(), local_maps())


def test_scores_are_those_of_a_run_beside_baselines():
    masks = fer_xai.reference("friesen_ekman")
    maps = np.stack([masks.weights_of(name) for name in ("anger", "fear") * 3])
    local = local_maps()
    heatmaps = fer_xai.global_heatmaps(fer_xai.LocalHeatmaps("masks", maps, local.expressions, local.landmarks), local)
    table = fer_xai.score(heatmaps, masks, metrics=["iou", "ncc"])
    own = score_run(heatmaps.means, heatmaps.replicates, [masks], shipped_metrics(["iou", "ncc"]))
    np.testing.assert_allclose(table["value"], own["value"])
    np.testing.assert_allclose(table["low"], own["low"])
    perfect = table[table["explainer"] == "masks"]
    np.testing.assert_allclose(perfect["value"], 1)
    assert (perfect["other masks"] < 0.9).all()
    assert len(table) == 2 * 2 * 3
    blobs = table.pivot_table(index=["metric", "explainer"], columns="expression", values="centred Gaussian")
    mean = table[table["expression"].isna()].set_index(["metric", "explainer"])["centred Gaussian"]
    np.testing.assert_allclose(blobs.mean(axis=1), mean.loc[blobs.index])


def test_comparing_maps_gives_their_correlation_with_an_interval_over_people():
    rng = np.random.default_rng(3)
    shared = rng.random(FRAME_SHAPE)
    first, second = (
        fer_xai.global_heatmaps(
            fer_xai.LocalHeatmaps(
                name,
                (shared + 0.5 * rng.random((12, *FRAME_SHAPE))).astype(np.float32) * sign,
                ["anger", "fear"] * 6,
                np.stack([ITSELF] * 12),
                [f"p{i // 2}" for i in range(12)],
            ),
            replicates=40,
        )
        for name, sign in (("a", 1), ("b", -1))
    )
    table = fer_xai.compare_maps(first, second)
    assert table["expression"].tolist() == ["anger", "fear"]
    for row in table.itertuples():
        pair = [maps.map_of(row.expression).ravel() for maps in (first, second)]
        assert row.ncc == pytest.approx(np.corrcoef(pair)[0, 1], abs=1e-6)
        assert row.low <= row.ncc <= row.high < 0
        assert row.people == 6
        assert row.pixels == 1
    assert fer_xai.compare_maps(first, first)["ncc"].tolist() == pytest.approx([1, 1])


def test_without_replicates_there_is_no_interval_and_the_table_says_why():
    heatmaps = fer_xai.global_heatmaps(local_maps(), replicates=0)
    row = fer_xai.compare_maps(heatmaps, heatmaps).iloc[0]
    assert np.isnan(row["low"])
    assert "no bootstrap replicates" in row["reason"]


def test_heatmaps_of_a_study_are_those_of_its_runs(tmp_path):
    (tmp_path / "maps").mkdir()
    for fold in (0, 1):
        np.save(
            tmp_path / "maps" / f"net_{fold}_fear.npy", np.full(FRAME_SHAPE, fold + np.indices(FRAME_SHAPE)[1] / 10.0)
        )
    import_heatmaps(tmp_path / "maps", "{network}_{fold}_{expression}.npy", tmp_path / "study")
    study = fer_xai.read_study(tmp_path / "study")
    heatmaps = fer_xai.study_heatmaps(study, "net")
    np.testing.assert_allclose(heatmaps.map_of("fear"), 0.5 + np.indices(FRAME_SHAPE)[1] / 10, rtol=1e-6)
    assert heatmaps.replicates is None
    with pytest.raises(UserError, match=r"no network nett; did you mean net\?"):
        fer_xai.study_heatmaps(study, "nett")


def test_baselines_of_a_mean_are_over_the_expressions_that_have_a_score():
    """A constant map has no correlation: the mean is that of the other expression, and so are its baselines."""
    local = local_maps()
    local.maps[::2] = 1.0
    table = fer_xai.score(fer_xai.global_heatmaps(local, replicates=0), metrics=["ncc"])
    anger, fear = (table[table["expression"].eq(word)].iloc[0] for word in ("anger", "fear"))
    mean = table[table["expression"].isna()].iloc[0]
    assert np.isnan(anger["value"])
    assert np.isfinite(anger["centred Gaussian"])
    assert anger["centred Gaussian"] != pytest.approx(fear["centred Gaussian"], abs=1e-3)
    for name in ("value", "centred Gaussian", "landmark density"):
        assert mean[name] == pytest.approx(fear[name], abs=1e-6), name
