"""The documentation: its links lead somewhere, its commands are understood, and its site is built without a warning."""

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.documentation import PAGES, ROOT, commands
from hydra.core.override_parser.overrides_parser import OverridesParser

from fer_xai.cli import COMMANDS, run

#: Pages that the build makes.
MADE = {"configs.md", "python.md", *(f"{script.stem}.md" for script in (ROOT / "docs" / "tutorials").glob("*.py"))}
_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_within_the_documentation_lead_to_a_file(page):
    links = [link for link in _LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    missing = [link for link in links if not (page.parent / link).exists() and Path(link).name not in MADE]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_named_in_a_sentence_are_the_programs(page):
    named = re.findall(r"`fer-xai ([a-z][^`]*)`", page.read_text(encoding="utf-8"))
    unknown = [words for words in named if not {words.split()[0], " ".join(words.split()[:2])} & {*COMMANDS}]
    assert unknown == []


def is_hydra(command: str) -> bool:
    return command.split()[1] in ("train", "analyze", "reference", "data")


def arguments_of(command: str) -> list[str]:
    """What shows the config of a Hydra program (of a sweep its first run), and the help of another."""
    words = shlex.split(command)[1:]
    name = words[:2] if " ".join(words[:2]) in COMMANDS else words[:1]
    if not is_hydra(command):
        return [*name, "--help"]
    switches = [word for word in words[len(name) :] if word.startswith("-") and word != "-m"]
    overrides = [word for word in words[len(name) :] if not word.startswith("-")]
    first = []
    for word, override in zip(overrides, OverridesParser.create().parse_overrides(overrides), strict=True):
        if override.is_sweep_override():
            word = f"{word.split('=', 1)[0]}={next(override.sweep_string_iterator())}"
        first.append(word)
    return [*name, *switches, *first, "--cfg", "job"]


def test_there_are_commands():
    assert len(commands()) > 20


@pytest.mark.slow
@pytest.mark.parametrize("command", commands())
def test_commands_are_understood(command, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    try:
        status = run(arguments_of(command))
    except SystemExit as end:  # argparse, after its help
        status = end.code
    said = capsys.readouterr()
    assert status == 0, said.err
    if not is_hydra(command):
        assert [word for word in shlex.split(command) if word.startswith("--") and word not in said.out] == []


@pytest.mark.slow
def test_site_is_built_without_a_warning(tmp_path):
    pytest.importorskip("mkdocs")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "reference" / "configs" / "index.html").exists()
    listed = (tmp_path / "site" / "external_links.txt").read_text().splitlines()
    assert listed == sorted(listed)
    assert any(line.startswith("https://") and "others.md" in line for line in listed)


def test_links_to_elsewhere_are_found_without_the_sentence_around_them():
    pytest.importorskip("mkdocs")
    spec = importlib.util.spec_from_file_location("hooks", ROOT / "docs" / "hooks.py")
    assert spec is not None
    assert spec.loader is not None
    hooks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hooks)
    text = "See [it](https://a.org/b) (or https://c.org/d.e/), <http://f.org>. Not [this](../x.md) nor `ftp://g`."
    assert hooks.external_links(text) == {"https://a.org/b", "https://c.org/d.e/", "http://f.org"}
