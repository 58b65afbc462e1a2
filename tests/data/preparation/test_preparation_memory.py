"""Memory that preparation takes, by the number of images: what it holds per image, and what that comes to for many."""

import subprocess
import sys
from pathlib import Path

import pytest

#: Images of the largest set that must go through, and the memory that it may take.
MANY, MOST_BYTES = 200_000, 2 * 2**30

PROGRAM = """
import sys
from pathlib import Path
import cv2
import numpy as np
import pandas as pd
from fer_xai.data.datamodule import FacesDataset
from fer_xai.data.preparation.prepare import prepare
from fer_xai.data.face_table import FaceTable
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import CANONICAL_POINTS
from fer_xai.face.landmarks import GivenFinder

def memory(kind):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(kind))


if __name__ == "__main__":
    folder, n = Path(sys.argv[1]), int(sys.argv[2])
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of the imports
    rng = np.random.default_rng(0)
    paths = []
    for i in range(n):
        if i % 1000 == 0:
            part = folder / "pictures" / f"{i:06d}"
            part.mkdir(parents=True)
        paths.append(str(part / f"{i:06d}.png"))
        cv2.imwrite(paths[-1], rng.integers(0, 256, (8, 8), dtype=np.uint8))
    number = np.arange(n)
    frame = pd.DataFrame(
        {
            "image": [f"{i:06d}.png" for i in range(n)],
            "path": paths,
            "expression": np.array(EXPRESSIONS, dtype=object)[number % 6],
            "subject": [f"p{i // 60}" for i in range(n)],
            "dataset": "made_up",
        }
    )
    landmarks = np.repeat((CANONICAL_POINTS[None, :68] * (6 / 224, 6 / 275)).astype(np.float32), n, axis=0)
    table = FaceTable(frame, landmarks)
    faces = prepare(table, GivenFinder(), folder / "cache", crop_size=32, min_face=1, workers=2)
    assert len(faces) == n
    dataset = FacesDataset(faces, np.arange(n))
    assert dataset[n - 1]["image"].shape == (3, 32, 32)
    print(before, memory("VmHWM"))
"""


def memory_of(folder: Path, n: int) -> tuple[int, int]:
    """Memory in bytes of a process before it makes a table of n images and prepares them, and at its peak."""
    program = folder / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run([sys.executable, program, folder, str(n)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    before, peak = map(int, done.stdout.split()[-2:])
    return before, peak


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read from Linux's /proc")
def test_many_images_stay_within_the_limit(tmp_path: Path) -> None:
    """What each of 10,000 images adds, the fixed cost of caches and batches included, taken twenty times."""
    some = 10_000
    before, peak = memory_of(tmp_path, some)
    per_image = (peak - before) / some
    assert per_image > 0
    assert before + per_image * MANY < MOST_BYTES, f"{before >> 20} MiB and {per_image:.0f} bytes per image"
