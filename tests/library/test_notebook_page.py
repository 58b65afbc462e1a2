"""The page on notebooks: its code runs, one block after another, on a folder of faces."""

import re
from pathlib import Path

import matplotlib as mpl
from PIL import Image

import fer_xai
from fer_xai.expressions import EXPRESSIONS

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "notebook.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_its_code_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FER_XAI_CACHE", str(tmp_path / "cache"))
    mpl.use("agg")
    for subject in range(2):
        for word in EXPRESSIONS[:3]:
            folder = tmp_path / "faces" / f"person{subject}" / word
            folder.mkdir(parents=True)
            Image.fromarray(fer_xai.draw_face(word, subject=subject).image).save(folder / "1.png")
    names: dict[str, object] = {}
    for block in BLOCKS:
        exec(compile(block, str(PAGE), "exec"), names)
    assert len(names["faces"]) == 6
    assert {"value", "low", "centred Gaussian"} <= set(names["table"])


def test_a_first_heatmap_takes_ten_lines_at_most():
    assert len([line for line in BLOCKS[0].splitlines() if line.strip()]) <= 10
