"""Imported maps have no replicates: whatever is among them, nothing is said to be better, and the page says why."""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from fer_xai.cli import run
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE

#: Said of what was tested only.
WORDS = ("beats", "loses to", "better than", "worse than", "better with", "worse with", "as good as", "as good within")

#: Networks, explainers and expressions of each study; a network's name ends with its number, and the first of three
#: has no pretraining.
STUDIES = {
    "two explainers": (("net0", "net1", "net2", "net3"), ("lime", "rise"), EXPRESSIONS),
    "three networks": (("net0", "net1", "net2"), ("imported",), EXPRESSIONS),
    "one network": (("net0",), ("imported",), EXPRESSIONS),
    "three expressions": (("net0", "net1", "net2", "net3"), ("imported",), EXPRESSIONS[2:5]),
}


def written(folder: Path, networks: Iterable[str], explainers: Iterable[str], expressions: Iterable[str]) -> Path:
    rng = np.random.default_rng(0)
    folder.mkdir()
    for network in networks:
        for explainer in explainers:
            for expression in expressions:
                one = gaussian_filter(rng.standard_normal(FRAME_SHAPE), 20)
                np.save(folder / f"{network}-{explainer}-{expression}.npy", (one - one.min()).astype(np.float32))
    rows = [f"{network},{'none' if network in ('net0', 'net2') else 'imagenet'}" for network in networks]
    (folder / "factors.csv").write_text("\n".join(["network,pretrained", *rows]))
    return folder


def page_of(source: Path) -> str:
    """The text of the page, and the tables for readers beside it."""
    study = source.parent / "study"
    files = ["--source", str(source), "--pattern", "{network}-{explainer}-{expression}.npy"]
    assert run(["import-heatmaps", *files, "--out", str(study), "--factors", str(source / "factors.csv")]) == 0
    assert run(["analyze", f"study_dir={study}"]) == 0
    page = (study / "report" / "index.html").read_text(encoding="utf-8")
    tables = [path.read_text(encoding="utf-8") for path in (study / "analysis").iterdir() if path.suffix in _TEXT]
    # Pictures are words of their own making.
    return " ".join([re.sub(r"data:[^\"')]*", "", page), *tables])


_TEXT = (".md", ".tex")


def check(text: str) -> None:
    said = [word for word in WORDS if word in text]
    assert not said, [text[max(text.index(word) - 150, 0) : text.index(word) + 100] for word in said]
    assert "unclear" in text
    assert "no bootstrap replicates" in text


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_nothing_is_said_to_be_better(name: str, tmp_path: Path) -> None:
    check(page_of(written(tmp_path / "maps", *STUDIES[name])))


@pytest.mark.slow
def test_nothing_is_said_to_be_better_where_maps_are_missing(tmp_path: Path) -> None:
    source = written(tmp_path / "maps", *STUDIES["two explainers"])
    for name in ("net0-lime-fear", "net1-rise-anger", "net3-lime-anger", "net3-lime-fear"):
        (source / f"{name}.npy").unlink()
    check(page_of(source))
