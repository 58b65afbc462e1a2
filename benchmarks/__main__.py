"""Measure all rows: `python -m benchmarks`."""

import argparse
import importlib
import os
import sys
from pathlib import Path

# Before any library starts its threads: on a busy machine a second one costs more than it brings.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure speed, as ratios within one run."
    )
    parser.add_argument("--only", help="measure only rows whose name contains this word")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="folder for the results")
    options = parser.parse_args()
    import cv2
    import torch

    from benchmarks import harness

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    cv2.setNumThreads(int(os.environ["OMP_NUM_THREADS"]))
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        importlib.import_module(f"benchmarks.{path.stem}")
    record = harness.run_rows(options.only)
    if not record["rows"]:
        print(f"no row's name contains '{options.only}': there are {', '.join(harness.ROWS)}", file=sys.stderr)
        return 2
    print(harness.write(record, options.out))
    return 0 if all(entry["met"] for entry in record["rows"]) else 1


if __name__ == "__main__":
    sys.exit(main())
