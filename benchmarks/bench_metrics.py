"""NCC as one matrix product against pairwise template matching, and scores of bootstrap replicates."""

import subprocess
import sys
from itertools import product

import cv2
import numpy as np
from sklearn.metrics import jaccard_score, precision_recall_fscore_support, roc_auc_score

from benchmarks.harness import Measured, ratio, row
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.metrics.chosen import shipped_metrics
from fer_xai.metrics.correlation import ncc_matrix
from fer_xai.metrics.map_scores import score_maps

MANY_MAPS = """
import time
import numpy as np
from benchmarks.harness import peak_memory_gib
from fer_xai.metrics.correlation import ncc_matrix
maps = np.random.default_rng(0).random((2000, 275, 224), dtype=np.float32)
start = time.perf_counter()
ncc_matrix(maps)
print(time.perf_counter() - start, peak_memory_gib())
"""


def smooth_maps(n: int, shape: tuple[int, int]) -> np.ndarray:
    noise = np.random.default_rng(0).random((n, *shape), dtype=np.float32)
    return np.stack([cv2.GaussianBlur(one, (0, 0), shape[0] / 12) for one in noise])


@row("NCC of 72 maps, against a pairwise matchTemplate loop", target=50)
def ncc_of_a_study() -> Measured:
    maps = smooth_maps(72, FRAME_SHAPE)

    def theirs() -> list[float]:
        return [cv2.matchTemplate(a, b, cv2.TM_CCOEFF_NORMED)[0, 0] for a, b in product(maps, maps)]

    return ratio(lambda: ncc_matrix(maps), theirs, rounds=3)


def many_maps() -> tuple[float, float]:
    """Seconds and peak memory (GiB), maps included, of 2,000 maps in a process of its own."""
    done = subprocess.run([sys.executable, "-c", MANY_MAPS], capture_output=True, text=True, check=True)
    seconds, memory = map(float, done.stdout.split())
    return seconds, memory


@row("NCC of 2,000 maps", target=10, unit="s", higher_is_better=False)
def ncc_seconds() -> Measured:
    seconds, _ = many_maps()
    return Measured(seconds, {"2,000 maps": seconds})


@row("NCC of 2,000 maps, memory", target=3, unit="GiB", higher_is_better=False)
def ncc_memory() -> Measured:
    _, memory = many_maps()
    return Measured(memory)


def replicates_and_mask() -> tuple[np.ndarray, np.ndarray]:
    """200 bootstrap replicates at half resolution, and a mask."""
    mask = np.zeros((138, 112), dtype=bool)
    mask[20:60, 15:80] = True
    return smooth_maps(200, (138, 112)), mask


@row("overlap scores of 200 replicates, against OpenCV and scikit-learn one by one", target=10)
def overlap_of_replicates() -> Measured:
    maps, mask = replicates_and_mask()
    metrics = shipped_metrics(["iou", "precision", "recall", "f1"])

    def theirs() -> None:
        for one in maps:
            levels = ((one - one.min()) / (one.max() - one.min()) * 255).astype(np.uint8)
            _, relevant = cv2.threshold(levels, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
            jaccard_score(mask.ravel(), relevant.ravel() > 0)
            precision_recall_fscore_support(mask.ravel(), relevant.ravel() > 0, average="binary")

    return ratio(lambda: score_maps(maps, None, mask, metrics), theirs)


@row("ROC AUC of 200 replicates, against scikit-learn one by one", target=3)
def auc_of_replicates() -> Measured:
    maps, mask = replicates_and_mask()
    metrics = shipped_metrics(["auc"])
    return ratio(
        lambda: score_maps(maps, None, mask, metrics), lambda: [roc_auc_score(mask.ravel(), m.ravel()) for m in maps]
    )
