"""What the analysis of whole studies costs: `python -m benchmarks.whole_study`.

It writes 72 made-up runs with maps (12 networks, 3 folds, 2 seeds, six explainers, 200 bootstrap replicates, maps of
single people), analyses them with all tests and the page, and tells time and memory. That takes long and many GB, so it
is no row; `--networks 4 --explainers 2 --replicates 20` is a small form of it.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.metrics.resolution import block_sums
from fer_xai.results.heatmap_files import build_heatmaps, build_replicates
from fer_xai.results.paths import StudyPaths
from fer_xai.results.person_maps import build_people
from fer_xai.results.run import METRIC_COLUMNS, RunRecord, write_run
from fer_xai.run.record import accuracy as accuracy_of

EXPLAINERS = ("gradcam", "gradcam_plusplus", "lime", "rise", "occlusion", "integrated_gradients")
_HALF = tuple((side + 1) // 2 for side in FRAME_SHAPE)


def records(networks: int, folds: int, seeds: int, explainers: Sequence[str]) -> Iterator[RunRecord]:
    """A record for each run; a third of the networks without pretraining."""
    for number, fold, seed in product(range(networks), range(folds), range(seeds)):
        name = f"net{number:02}-{fold}-{seed}"
        yield RunRecord(
            *(name, "complete", f"net{number:02}", "none" if number % 3 == 0 else "imagenet"),
            fold=fold,
            seed=seed,
            explainers=list(explainers),
            training_fingerprint=name,
            run_fingerprint=f"{name}x",
            factors={"family": "residual" if number % 2 else "other"},
            images=dict.fromkeys(EXPRESSIONS, 10),
        )


def write_scores(root: Path, networks: int, folds: int, seeds: int, explainers: Sequence[str] = EXPLAINERS) -> None:
    """Runs that keep their scores only: 14 measures with two references for six expressions and their mean."""
    rng = np.random.default_rng(0)
    metrics = [f"metric{number}" for number in range(14)]
    keys = list(product(explainers, (*EXPRESSIONS, ""), ("friesen_ekman", "observers"), metrics))
    for record in records(networks, folds, seeds, explainers):
        values = rng.random(len(keys))
        rows = [
            (*key, value, value - 0.1, value + 0.1, 60, 10, 0, "", "") for key, value in zip(keys, values, strict=True)
        ]
        write_run(StudyPaths(root).run(record.name), record, metrics=pd.DataFrame(rows, columns=list(METRIC_COLUMNS)))


def write_maps(
    root: Path, networks: int, folds: int, seeds: int, explainers: Sequence[str], replicates: int, people: int = 10
) -> None:
    """Runs with maps of `people` people per fold, an image each per expression, and everything that is kept of them."""
    rng = np.random.default_rng(0)
    shared = {word: _smooth(rng, (len(EXPRESSIONS),), 18) for word in ("none", "imagenet")}
    for record in records(networks, folds, seeds, explainers):
        own = shared[record.pretrained] + 0.5 * _smooth(rng, (len(EXPRESSIONS),), 12)
        parts = {name: _of_explainer(rng, own, replicates, people) for name in explainers}
        named = [f"f{record.fold}s{number}" for number in range(people)]
        rows = pd.DataFrame(
            [(word, f"made up/{name}", "right") for word in EXPRESSIONS for name in named],
            columns=["expression", "person", "answer"],
        )
        predictions = pd.DataFrame(
            [(f"{name}{word}.png", "made up", name, record.fold, word, word) for name in named for word in EXPRESSIONS],
            columns=["image", "dataset", "subject", "fold", "true", "predicted"],
        )
        one = {"images": np.ones(len(rows), dtype=np.int64)}
        write_run(
            StudyPaths(root).run(record.name),
            replace(record, accuracy=accuracy_of(predictions)),
            heatmaps=build_heatmaps(parts),
            replicates=build_replicates(parts),
            people=build_people({name: part | one for name, part in parts.items()}, rows),
            predictions=predictions,
            config="seed: 0\n",
        )


def analyse(study: Path, *arguments: str) -> dict[str, float]:
    """Seconds of `fer-xai analyze` on the clock and of the processor, and the largest memory of its processes, GiB."""
    before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "fer_xai", "analyze", f"study_dir={study}", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    clock, after = time.perf_counter() - clock, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"clock": clock, "processor": processor, "memory, GiB": after.ru_maxrss / 2**20}


def _smooth(rng: np.random.Generator, number: tuple[int, ...], width: float) -> NDArray[np.float32]:
    noise = rng.standard_normal((*number, *_HALF), dtype=np.float32)
    noise = gaussian_filter(noise, (0,) * len(number) + (width, width))
    return noise / noise.std((-2, -1), keepdims=True)


def _of_explainer(
    rng: np.random.Generator, own: NDArray[np.float32], replicates: int, people: int
) -> dict[str, NDArray[np.generic]]:
    """What accumulators would have made of the maps of people."""
    local = np.maximum(own + 0.7 * _smooth(rng, (people, len(own)), 6), 0)
    full = local.repeat(2, -2).repeat(2, -1)[..., : FRAME_SHAPE[0], : FRAME_SHAPE[1]]
    weights = rng.poisson(1.0, (replicates, people)).astype(np.float32) + 1e-3
    images = np.full(len(own), people)
    count = np.full(full.shape[1:], float(people))
    drawn = np.tensordot(weights / weights.sum(1, keepdims=True), local, 1)
    by_person = np.moveaxis(full, 1, 0).reshape(-1, *FRAME_SHAPE)
    pixels = np.ones(by_person.shape, dtype=np.int64)
    return {
        **{"mean": full.mean(0), "std": full.std(0), "count": count, "people": images},
        **{"replicates": drawn, "replicate_counts": np.full(drawn.shape, 4.0 * people)},
        **{"sums": block_sums(block_sums(by_person)), "counts": block_sums(block_sums(pixels))},
        "images": images,
    }


def main() -> None:
    """Write a study, analyse it, and tell what that took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=12)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--explainers", type=int, default=len(EXPLAINERS))
    parser.add_argument("--replicates", type=int, default=200)
    chosen = parser.parse_args()
    runs = chosen.networks * chosen.folds * chosen.seeds
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        names = EXPLAINERS[: chosen.explainers]
        write_maps(Path(folder), chosen.networks, chosen.folds, chosen.seeds, names, chosen.replicates)
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file()) / 2**30
        print(f"{runs} runs written: {time.perf_counter() - start:.0f} s, {size:.2f} GiB", flush=True)
        for name, value in analyse(Path(folder)).items():
            print(f"fer-xai analyze, {name}: {value:.1f}", flush=True)


if __name__ == "__main__":
    main()
