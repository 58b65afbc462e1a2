import json
import os
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.results.heatmap_files import build_heatmaps, build_replicates, read_dataset
from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import read_states
from fer_xai.results.pool import pool_heatmaps, pool_replicates, replicate_count
from fer_xai.results.run import RunRecord, read_run, sound_run, write_run
from fer_xai.results.study import Study, read_study

SHAPE = (5, 4)


def accumulated(
    images: np.ndarray, valid: np.ndarray, labels: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """The accumulator's definition, image by image: weights are (replicate, image)."""
    keys = ("mean", "std", "count")
    found = {key: np.zeros((6, *SHAPE)) for key in keys}
    replicates, counts = np.zeros((2, len(weights), 6, 3, 2))
    for k in range(6):
        chosen, ok = images[labels == k], valid[labels == k]
        found["count"][k] = ok.sum(0)
        with np.errstate(invalid="ignore", divide="ignore"):
            found["mean"][k] = (chosen * ok).sum(0) / ok.sum(0)
            found["std"][k] = np.sqrt(((chosen - found["mean"][k]) ** 2 * ok).sum(0) / ok.sum(0))
            for r, w in enumerate(weights[:, labels == k]):
                counts[r, k] = (ok[:, ::2, ::2] * w[:, None, None]).sum(0)
                replicates[r, k] = ((chosen * ok)[:, ::2, ::2] * w[:, None, None]).sum(0) / counts[r, k]
    images_of = np.bincount(labels, minlength=6)
    return found | {"images": images_of, "replicates": replicates, "replicate_counts": counts}


def write(root: Path, result: dict[str, np.ndarray], **record: object) -> None:
    facts = {"network": "net", "pretrained": "none", "explainers": ["gradcam"], "status": "complete"} | record
    images = dict(zip(EXPRESSIONS, result["images"].tolist(), strict=True))
    write_run(
        StudyPaths(root).run(str(facts["name"])),
        RunRecord(**({"images": images} | facts)),  # type: ignore[arg-type]
        heatmaps=build_heatmaps({"gradcam": result}),
        replicates=build_replicates({"gradcam": {"replicate_counts": np.ones((2, 6, 3, 2))} | result}),
    )


@pytest.fixture
def drawn() -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(3)
    valid = rng.random((60, *SHAPE)) < 0.6
    return rng.random((60, *SHAPE)), valid, np.arange(60) % 6, rng.poisson(1.0, (8, 60))


def test_folds_together_are_the_mean_over_all_images(tmp_path: Path, drawn: tuple[np.ndarray, ...]) -> None:
    images, valid, labels, weights = drawn
    for fold, part in enumerate((slice(0, 17), slice(17, 60))):
        write(
            tmp_path, accumulated(images[part], valid[part], labels[part], weights[:, part]), name=f"f{fold}", fold=fold
        )
    whole = accumulated(images, valid, labels, weights)
    study = read_study(tmp_path)
    assert study.folds == (0, 1)
    (network,) = study.networks
    pooled = pool_heatmaps(network.runs, "gradcam", EXPRESSIONS)
    np.testing.assert_allclose(pooled.mean, whole["mean"], atol=1e-6)
    np.testing.assert_array_equal(pooled.count, whole["count"])
    np.testing.assert_array_equal(pooled.valid, whole["count"] >= whole["images"][:, None, None] / 2)
    assert replicate_count(network.runs) == 8
    replicates = pool_replicates(network.runs, "gradcam", EXPRESSIONS, slice(2, 7))
    np.testing.assert_allclose(replicates, whole["replicates"][2:7], rtol=3e-4)


def test_pixel_valid_in_exactly_half_of_the_images_takes_part(tmp_path: Path) -> None:
    shape = (6, *SHAPE)
    count = np.full(shape, 2.0)
    count[0, 0, 0] = 1
    maps = {"mean": np.ones(shape), "std": np.zeros(shape), "count": count, "images": np.full(6, 4)}
    write(tmp_path, maps | {"replicates": np.ones((2, 6, 3, 2))}, name="a")
    valid = pool_heatmaps(read_study(tmp_path).runs, "gradcam", EXPRESSIONS).valid
    assert valid.sum() == valid.size - 1
    assert not valid[0, 0, 0]


def test_expression_that_no_run_has_is_nan(tmp_path: Path) -> None:
    shape = (2, *SHAPE)
    maps = {"mean": np.ones(shape), "std": np.zeros(shape), "count": np.ones(shape), "images": np.ones(2)}
    record = RunRecord("a", "complete", "net", explainers=["lime"])
    write_run(
        StudyPaths(tmp_path).run("a"), record, heatmaps=build_heatmaps({"lime": maps}, expressions=["fear", "anger"])
    )
    study = read_study(tmp_path)
    assert study.expressions == ("anger", "fear")
    pooled = pool_heatmaps(study.runs, "lime", EXPRESSIONS)
    assert np.isnan(pooled.mean[1]).all()
    assert not pooled.valid[1].any()
    assert pooled.valid[2].all()
    assert replicate_count(study.runs) == 0


def test_unknown_number_of_images_weighs_folds_equally(tmp_path: Path) -> None:
    shape = (6, *SHAPE)
    for fold, level in enumerate((0.0, 1.0)):
        maps = {
            "mean": np.full(shape, level),
            "std": np.zeros(shape),
            "count": np.ones(shape),
            "images": np.full(6, -1),
        }
        record = RunRecord(f"f{fold}", "complete", "net", fold=fold, explainers=["x"])
        write_run(StudyPaths(tmp_path).run(record.name), record, heatmaps=build_heatmaps({"x": maps}))
    pooled = pool_heatmaps(read_study(tmp_path).runs, "x", EXPRESSIONS)
    assert (pooled.mean == 0.5).all()
    assert pooled.valid.all()
    assert (pooled.images == -1).all()


def test_replicates_keep_three_digits_and_nan(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((2, 6, 3, 2)) * 1e-6
    values[0, 0, 0, 0] = np.nan
    path = tmp_path / "runs" / "a"
    maps = {"mean": np.ones((6, 5, 4)), "std": np.ones((6, 5, 4)), "count": np.ones((6, 5, 4)), "images": np.ones(6)}
    write(tmp_path, maps | {"replicates": values}, name="a")
    with read_dataset(path / "replicates.nc") as dataset:
        np.testing.assert_allclose(dataset["mean"].values[:, 0], values, rtol=2e-4)


def test_record_round_trip_and_record_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = StudyPaths(tmp_path).run("a")
    record = RunRecord("a", "unavailable", "vgg16", "imagenet", fold=0, seed=0, reason="no weights: download them")
    write_run(paths, record)
    assert read_run(paths.dir) == record

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", full)
    with pytest.raises(UserError, match="disk is full"):
        write_run(paths, record, heatmaps=xr.Dataset())
    # The old record must not vouch for files that were being replaced.
    assert not paths.record.exists()


def test_labels_name_the_pretraining_only_where_it_is_needed(tmp_path: Path) -> None:
    maps = {"mean": np.ones((6, 5, 4)), "std": np.ones((6, 5, 4)), "count": np.ones((6, 5, 4)), "images": np.ones(6)}
    result = maps | {"replicates": np.ones((2, 6, 3, 2))}
    write(tmp_path, result, name="a", network="a")
    write(tmp_path, result, name="b", network="b")
    write(tmp_path, result, name="c", network="b", pretrained="imagenet", factors={"family": "small"})
    labels = {network.label: network.factors for network in read_study(tmp_path).networks}
    assert labels == {
        "a": {"pretrained": "none"},
        "b (imagenet)": {"pretrained": "imagenet", "family": "small"},
        "b (none)": {"pretrained": "none"},
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": {"fingerprint": "other"}}, "data.fingerprint"),
        ({"settings": {"recipe": "matched"}}, "differ in recipe"),
        ({"fold": 0}, "same network"),
    ],
)
def test_unlike_runs_are_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    maps = {"mean": np.ones((6, 5, 4)), "std": np.ones((6, 5, 4)), "count": np.ones((6, 5, 4)), "images": np.ones(6)}
    result = maps | {"replicates": np.ones((2, 6, 3, 2))}
    facts = {"data": {"fingerprint": "one"}, "settings": {"recipe": "paper"}}
    write(tmp_path, result, name="a", fold=0, **facts)
    write(tmp_path, result, name="b", **({"fold": 1} | facts | change))
    with pytest.raises(UserError, match=message) as caught:
        read_study(tmp_path)
    assert "a" in str(caught.value)


def test_what_is_no_study_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no folder"):
        read_study(tmp_path / "missing")
    with pytest.raises(UserError, match="is no study"):
        read_study(tmp_path)


def test_newer_schema_is_refused(tmp_path: Path) -> None:
    paths = StudyPaths(tmp_path).run("a")
    write_run(paths, RunRecord("a", "failed", "net", reason="out of memory"))
    paths.record.write_text(json.dumps(json.loads(paths.record.read_text()) | {"schema": 99}))
    with pytest.raises(UserError, match="schema 99"):
        read_study(tmp_path)
    paths.record.write_text("[]")
    with pytest.raises(UserError, match="no record"):
        read_study(tmp_path)


def test_edited_run_is_left_out_and_the_rest_is_read(tmp_path: Path, drawn: tuple[np.ndarray, ...]) -> None:
    images, valid, labels, weights = drawn
    for fold in range(3):
        write(tmp_path, accumulated(images, valid, labels, weights), name=f"f{fold}", fold=fold)
    paths = [StudyPaths(tmp_path).run(f"f{fold}") for fold in range(3)]
    paths[0].record.write_text(paths[0].record.read_text().replace('"fold": 0', '"fold": 9'))
    os.utime(paths[1].heatmaps, ns=(0, 0))
    study = read_study(tmp_path)
    assert [run.record.name for run in study.complete] == ["f1", "f2"]
    assert study.left_out == {"f0": "run.json missing or changed since written; the study's command does it again"}
    paths[1].heatmaps.unlink()
    paths[2].dir.rename(paths[2].dir.with_name("mine"))
    with pytest.raises(UserError, match=r"none of the runs of .* such as f0: run.json missing"):
        read_study(tmp_path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("timings", [1]),
        ("timings", {"fit": "long"}),
        ("jobs", 3),
        ("fold", "first"),
        ("mistake", 1),
        ("status", []),
        ("images", {"fear": 0.5}),
        ("accuracy", 0.9),
    ],
)
def test_entry_of_a_wrong_type_damages_a_record(tmp_path: Path, key: str, value: object) -> None:
    paths = StudyPaths(tmp_path).run("a")
    write_run(
        paths, RunRecord("a", "complete", "net", accuracy={"value": 1, "low": None, "high": None}, timings={"fit": 1})
    )
    assert read_run(paths.dir).accuracy == {"value": 1, "low": None, "high": None}
    paths.record.write_text(json.dumps(json.loads(paths.record.read_text()) | {key: value}))
    with pytest.raises(UserError, match=f"no record of a run: {key} is"):
        read_run(paths.dir)
    assert [state.status for state in read_states(StudyPaths(tmp_path))] == ["damaged"]
    assert sound_run(paths)[0] is None


def test_statuses_are_counted(tmp_path: Path) -> None:
    for name, status in (("a", "failed"), ("b", "not applicable"), ("c", "failed")):
        write_run(StudyPaths(tmp_path).run(name), RunRecord(name, status, "net", reason="why"))  # type: ignore[arg-type]
    study: Study = read_study(tmp_path)
    assert study.statuses == {"failed": 2, "not applicable": 1}
    assert study.complete == ()
    assert study.networks == ()
