"""One small study whose pictures and people have names that nothing else has."""

from pathlib import Path

import numpy as np
import pandas as pd

from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.files import write_csv
from fer_xai.results.heatmap_files import build_heatmaps, build_replicates
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import RunRecord, write_run

HALF = (138, 112)
PEOPLE, PARTS = ("Quintilla", "Zebulon"), ("train", "test")


def _content(person: int, expression: int, study: int) -> str:
    return f"{person:02d}{expression}{study:x}".ljust(64, "c")


def write_study(root: Path, seed: int = 0, fresh: int = 0) -> Path:
    """A run of two people; `fresh` of its twelve pictures are in no other study."""
    rng = np.random.default_rng(seed)
    shape = (len(EXPRESSIONS), *FRAME_SHAPE)
    part = {
        "mean": rng.random(shape),
        "std": np.ones(shape),
        "count": np.full(shape, 2.0),
        "images": np.full(len(EXPRESSIONS), 2),
        "people": np.full(len(EXPRESSIONS), 2),
        "replicates": rng.random((3, len(EXPRESSIONS), *HALF)),
        "replicate_counts": np.full((3, len(EXPRESSIONS), *HALF), 8),
    }
    rows = [
        (
            f"{who}_{word}_portrait.png",
            _content(n, e, seed if 6 * n + e < fresh else 0),
            "faces",
            who,
            word,
            0,
            "test" if n else "train",
        )
        for n, who in enumerate(PEOPLE)
        for e, word in enumerate(EXPRESSIONS)
    ]
    split = pd.DataFrame(rows, columns=["image", "content", "dataset", "subject", "expression", "fold", "part"])
    said = split[["image", "dataset", "subject"]].assign(true=split["expression"], predicted=split["expression"])
    record = RunRecord(
        *("net-none-0", "complete", "net", "none"),
        fold=0,
        seed=0,
        explainers=["gradcam"],
        training_fingerprint=f"{seed}abc",
        data={"fingerprint": f"0123{seed}", "names": ["faces"], "source": "/home/quartermaster/faces"},
        settings={"training": {"recipe.file": "/home/quartermaster/own.yaml"}},
        weights={"name": "own", "source": "/home/quartermaster/own.pt", "sha256": "ab"},
        jobs=["0123456789abcdef"],
        images=dict.fromkeys(EXPRESSIONS, 2),
        started="2026-01-01T00:00:00+00:00",
    )
    examples = build_heatmaps({"gradcam": part})
    examples["heatmap"], examples["face"] = examples["mean"], examples["std"]
    write_run(
        StudyPaths(root).run(record.name),
        record,
        heatmaps=build_heatmaps({"gradcam": part}, mean_face=rng.random((*FRAME_SHAPE, 3)), people=12),
        replicates=build_replicates({"gradcam": part}),
        predictions=said,
        split=split,
        left_out=said[["image"]].assign(reason="no face"),
        examples=examples,
        trust_images=pd.DataFrame([("gradcam", "road", "fall", "anger", rows[0][0], 0, 1, 0.5)]).set_axis(
            ["explainer", "test", "measure", "expression", "image", "step", "group", "value"], axis=1
        ),
        config="study_dir: /home/quartermaster/study\n",
    )
    table = pd.DataFrame({"network": ["net"], "pretrained": ["none"], "value": [0.5]})
    for name in ("metrics", "accuracy"):
        write_csv(root / "analysis" / f"{name}.csv", table)
    return root
