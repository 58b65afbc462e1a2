"""Tutorials and the gallery: their code runs, and their pictures are there and small."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

DOCS = Path(__file__).parents[2] / "docs"
TUTORIALS = sorted((DOCS / "tutorials").glob("*.py"))
PICTURES = re.findall(r"\((gallery/[^)]+)\)", (DOCS / "gallery.md").read_text(encoding="utf-8"))


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_there_are_some():
    assert len(TUTORIALS) >= 2
    assert len(PICTURES) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("script", TUTORIALS, ids=lambda script: script.stem)
def test_tutorials_run(script, tmp_path):
    own = {"FER_XAI_CACHE": str(tmp_path / "cache"), "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=os.environ | own, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


@pytest.mark.parametrize("script", TUTORIALS, ids=lambda script: script.stem)
def test_a_tutorial_becomes_a_page_of_text_and_code(script):
    pytest.importorskip("mkdocs")
    text = script.read_text(encoding="utf-8")
    page = module("hooks").tutorial_page(text, script.name)
    assert page.startswith("# ")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == text.count("\n# %%\n")
    code = "\n".join(line for line in text.splitlines() if line and not line.startswith("#"))
    assert "\n".join(line for block in blocks for line in block.splitlines() if line) == code


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_of_the_gallery_are_small(name):
    path = DOCS / name
    assert path.stat().st_size < 150_000
    with Image.open(path) as picture:
        assert picture.width <= 900


@pytest.mark.slow
def test_lines_of_the_gallery_make_its_pictures(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_XAI_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "report" / "figures"
    folder.mkdir(parents=True)
    gallery = module("make_gallery")
    text = gallery.PAGE.read_text(encoding="utf-8")
    taken = re.findall(r"^```sh.*", text, re.MULTILINE | re.DOTALL)
    for name in re.findall(r"gallery/([a-z_]+)\.webp", taken[0]):
        Image.new("RGB", (1200, 900)).save(folder / f"{name}.png")
    made = dict(gallery.figures(text, tmp_path))
    assert list(made) == PICTURES
    for name, picture in made.items():
        assert gallery.small(picture).width <= 900, name
