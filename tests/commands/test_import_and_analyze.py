import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_xai.cli import run
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE

PROGRAM = """
import sys
from fer_xai.cli import run
codes = [run(line.split("|")) for line in sys.argv[1:]]
print(codes, [name for name in ("torch", "pytorch_lightning", "timm", "dlib") if name in sys.modules])
"""


@pytest.fixture
def maps(tmp_path: Path) -> Path:
    """Two networks' maps: Gaussian blobs at places of their own, as 8-bit pictures."""
    rng = np.random.default_rng(5)
    rows, columns = (np.arange(length)[:, None] for length in FRAME_SHAPE)
    folder = tmp_path / "maps"
    folder.mkdir()
    for network in ("a-b_c", "D"):
        for expression in EXPRESSIONS:
            y, x = rng.uniform(60, 160, 2)
            blob = np.exp(-(((rows - y) / 40) ** 2)) * np.exp(-(((columns - x) / 30) ** 2)).T
            Image.fromarray((255 * blob).astype(np.uint8)).save(folder / f"{expression.upper()} of {network}.png")
    return folder


@pytest.mark.slow
def test_from_files_to_report_without_torch(maps: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    (tmp_path / "factors.csv").write_text("network,depth,pretrained\nd,8,none\nA-B_C,16,imagenet\n")
    commands = [
        f"import-heatmaps|--source|{maps}|--pattern|{{expression}} of {{network}}.png|--out|{study}"
        f"|--factors|{tmp_path / 'factors.csv'}",
        f"analyze|study_dir={study}",
    ]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *commands], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.splitlines()[-1] == "[0, 0] []"
    told = done.stderr.splitlines()
    assert told[0].startswith("12 heatmaps of 2 runs in"), "one line each, however long"
    assert told[1].startswith("Do they look where people look? ")
    assert told[-1] == f"report: {study / 'report' / 'index.html'}"
    for name in ("iou.csv", "iou.md", "iou.tex", "clusters.csv", "similarity/fear.csv", "summary.json"):
        assert (study / "analysis" / name).exists()


def test_every_loose_end_is_a_line(maps: Path, tmp_path: Path) -> None:
    (maps / "anger of D.png").unlink(missing_ok=True)
    (maps / "ANGER of D.png").unlink(missing_ok=True)
    (maps / "bored of D.png").write_bytes(b"")
    Image.fromarray(np.zeros((10, 20), dtype=np.uint8)).save(maps / "joy of E.png")
    code = "import sys; from fer_xai.cli import run; sys.exit(run(sys.argv[1:]))"
    arguments = ["import-heatmaps", "--source", str(maps), "--pattern", "{expression} of {network}.png"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments, "--out", str(tmp_path / "study")], capture_output=True, text=True
    )
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert [line.partition("left out: ")[2] for line in lines[:2]] == [
        "'bored' is no known word for an expression",
        "has 10 rows x 20 columns, expected 275 x 224",
    ]
    assert lines[2:] == [
        "network D, explainer imported: no heatmap for anger",
        f"11 heatmaps of 2 runs in {tmp_path / 'study'}; next: fer-xai analyze study_dir={tmp_path / 'study'}",
    ]


def test_tables_without_the_report_and_without_matplotlib(maps: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    commands = [
        f"import-heatmaps|--source|{maps}|--pattern|{{expression}} of {{network}}.png|--out|{study}",
        f"analyze|study_dir={study}|report=false|reference=friesen_ekman",
    ]
    program = PROGRAM.replace('"dlib"', '"matplotlib"')
    done = subprocess.run([sys.executable, "-c", program, *commands], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[0, 0] []"
    assert (study / "analysis" / "iou.md").exists()
    assert not (study / "report").exists()


HOSTILE = ("<script>alert(1)", '=cmd()|\'x"onload="y', "{{ 7 * 7 }} $x_{1}$")


@pytest.mark.slow
def test_names_are_words_in_every_page_and_file(tmp_path: Path) -> None:
    """No name of a network or an explainer is read as HTML, SVG, a template, a formula or a path."""
    source, study = tmp_path / "maps", tmp_path / "study"
    source.mkdir()
    picture = np.zeros(FRAME_SHAPE, dtype=np.uint8)
    for number, name in enumerate(HOSTILE):
        for expression in EXPRESSIONS:
            picture[100 + 9 * number : 130 + 9 * number, 60:120] = 255
            Image.fromarray(picture).save(source / f"{expression} by {name} of {name}.png")
    pattern = "{expression} by {explainer} of {network}.png"
    assert run(["import-heatmaps", "--source", str(source), "--pattern", pattern, "--out", str(study)]) == 0
    assert run(["analyze", f"study_dir={study}"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"maps", "study"}
    page = (study / "report" / "index.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{ 7 * 7 }} $x_{1}$" in page
    assert 'x"onload="y' not in page
    for path in study.glob("report/figures/*.svg"):
        ElementTree.parse(path)
        assert "<script" not in path.read_text(encoding="utf-8")
    for path in study.glob("analysis/*.md"):
        assert "<script" not in path.read_text(encoding="utf-8")
    table = pd.read_csv(study / "analysis" / "metrics.csv")
    assert set(table["network"]) == set(HOSTILE)
