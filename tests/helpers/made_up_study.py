"""A made-up study, written through the same functions that training uses."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from scipy.ndimage import gaussian_filter

from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.metrics.resolution import block_sums
from fer_xai.results.heatmap_files import build_heatmaps, build_replicates
from fer_xai.results.paths import StudyPaths
from fer_xai.results.person_maps import build_people
from fer_xai.results.run import RunRecord, write_run
from fer_xai.run.record import accuracy as accuracy_of

#: Name, pretraining, accuracy. The first name is there to break whatever does not escape it.
NETWORKS = (("<b>net</b> & $x_1|%", "none", 0.17), ("resnet50", "imagenet", 0.8), ("resnet50", "none", 0.7))

_ROWS, _COLUMNS = FRAME_SHAPE
_HALF = ((_ROWS + 1) // 2, (_COLUMNS + 1) // 2)


def made_up_study(
    root: Path,
    networks: Sequence[tuple[str, str, float]] = NETWORKS,
    *,
    folds: int = 2,
    subjects: int = 6,
    replicates: int = 20,
    explainers: Sequence[str] = ("gradcam",),
    face: bool = True,
    people: bool = False,
    sexes: bool = False,
    seed: int = 0,
) -> Path:
    """Write a study of blurred noise: networks of one pretraining look at the same places, with noise of their own.

    Every subject has one image per expression; all arrays are what an accumulator would have made of the images. With
    `people` the maps of single people are kept, too, and with `sexes` it is known of what sex everybody is.
    """
    rng = np.random.default_rng(seed)
    shared = {word: _smooth(rng, len(EXPRESSIONS), 18) for word in dict.fromkeys(word for _, word, _ in networks)}
    for number, (network, pretrained, accuracy) in enumerate(networks):
        own = shared[pretrained] + 0.5 * _smooth(rng, len(EXPRESSIONS), 12)
        for fold in range(folds):
            name = f"n{number}-{pretrained}-{fold}"
            parts = {key: _accumulate(rng, own, subjects, replicates, fold) for key in explainers}
            number_of_people = folds * subjects if face else None
            predictions = _predict(rng, accuracy, subjects, fold)
            if sexes:
                odd = predictions["subject"].str[-1].astype(int) % 2 == 1
                predictions["sex"] = np.where(odd, "male", "female")
            record = RunRecord(
                name,
                "complete",
                network,
                pretrained,
                fold=fold if folds > 1 else None,
                seed=0,
                explainers=list(explainers),
                training_fingerprint=f"{number:04d}{fold}",
                run_fingerprint=f"{number:04d}{fold}x",
                data={"name": "made up", "fingerprint": "0123456789", "n_images": folds * subjects * 6, "left_out": 3},
                settings={"recipe": "matched"},
                factors={"family": "residual" if network == "resnet50" else "other"},
                versions={"fer_xai": "0", "numpy": np.__version__},
                git_revision="abcdef0",
                device="cpu",
                timings={"fit": 12.5, "explain": 3.0},
                images=dict.fromkeys(EXPRESSIONS, subjects),
                accuracy=accuracy_of(predictions),
                started="2026-01-01T00:00:00+00:00",
                finished="2026-01-01T00:01:00+00:00",
            )
            write_run(
                StudyPaths(root).run(name),
                record,
                heatmaps=build_heatmaps(parts, mean_face=_face() if face else None, people=number_of_people),
                replicates=build_replicates(parts),
                people=_people(parts, subjects, fold) if people else None,
                predictions=predictions,
                config="seed: 0\n",
            )
    reason = "timm has no <weights> for it: choose pretrained=none"
    write_run(StudyPaths(root).run("gone"), RunRecord("gone", "not applicable", "weinet", "imagenet", 0, 0, reason))
    reason = "no network to download the weights: put them into ~/.cache/huggingface"
    write_run(StudyPaths(root).run("away"), RunRecord("away", "unavailable", "vgg16", "imagenet", 1, 0, reason))
    return root


def _smooth(rng: np.random.Generator, n: int, width: float) -> np.ndarray:
    noise = gaussian_filter(rng.standard_normal((n, *_HALF)), (0, width, width))
    return noise / noise.std((1, 2), keepdims=True)


def _accumulate(
    rng: np.random.Generator, maps: np.ndarray, subjects: int, replicates: int, fold: int
) -> dict[str, np.ndarray]:
    """Global heatmaps and replicates of one fold: a map per subject, none of them valid in a corner of the frame."""
    local = np.stack([maps + 0.7 * _smooth(rng, len(maps), 6) for _ in range(subjects)])
    local = np.maximum(local, 0) * 1e-5
    full = np.repeat(np.repeat(local, 2, -2), 2, -1)[..., :_ROWS, :_COLUMNS]
    count = np.full(full.shape[1:], float(subjects))
    count[:, :12, :12] = 0
    mean = np.where(count > 0, full.mean(0), np.nan)
    weights = np.random.default_rng(100 + fold).poisson(1.0, (replicates, subjects)).astype(float)
    weights[weights.sum(1) == 0] = 1
    # By expression, then by person, as `_people` names them.
    by_person = np.moveaxis(np.where(count > 0, full, 0), 1, 0).reshape(-1, _ROWS, _COLUMNS)
    pixels = np.repeat(count > 0, subjects, axis=0)
    half = np.einsum("rs,seyx->reyx", weights / weights.sum(1, keepdims=True), local)
    half[..., :6, :6] = np.nan
    # Four pixels of every image stand behind a pixel at half resolution.
    counts = np.where(np.isfinite(half), 4 * weights.sum(1)[:, None, None, None], 0)
    images = np.full(len(maps), subjects)
    return {
        "mean": mean,
        "std": full.std(0),
        "count": count,
        "images": images,
        "people": images,
        "replicates": half,
        "replicate_counts": counts,
        "sums": block_sums(block_sums(by_person)),
        "counts": block_sums(block_sums(pixels.astype(np.int64))),
    }


def _people(parts: Mapping[str, dict[str, np.ndarray]], subjects: int, fold: int) -> xr.Dataset:
    """What is kept of single people: one image of each, by expression, then by person."""
    keys = [(name, f"made up/f{fold}s{subject}", "right") for name in EXPRESSIONS for subject in range(subjects)]
    rows = pd.DataFrame(keys, columns=["expression", "person", "answer"])
    one = np.ones(len(rows), dtype=np.int64)
    return build_people({name: part | {"images": one} for name, part in parts.items()}, rows)


def _predict(rng: np.random.Generator, accuracy: float, subjects: int, fold: int) -> pd.DataFrame:
    rows = []
    for subject in range(subjects):
        for number, true in enumerate(EXPRESSIONS):
            guess = true if rng.random() < accuracy else EXPRESSIONS[(number + rng.integers(1, 6)) % 6]
            name = f"f{fold}s{subject}"
            rows.append((f"{name}{true}.png", "made up", name, fold, true, guess))
    return pd.DataFrame(rows, columns=["image", "dataset", "subject", "fold", "true", "predicted"])


def _face() -> np.ndarray:
    y, x = np.mgrid[:_ROWS, :_COLUMNS]
    skin = np.exp(-(((x - 112) / 95) ** 4) - ((y - 137) / 130) ** 4)
    for cx, cy, rx, ry in ((75, 79, 12, 5), (146, 78, 12, 5), (112, 197, 35, 9)):
        skin = skin - 0.6 * np.exp(-(((x - cx) / rx) ** 2) - ((y - cy) / ry) ** 2)
    return np.clip(np.stack([skin, 0.85 * skin, 0.75 * skin], -1), 0, 1)
