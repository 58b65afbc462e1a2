"""Pages that are made while the documentation is built: every config, the public modules, the tutorials."""

import itertools
import logging
import re
from collections import defaultdict
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

log = logging.getLogger("mkdocs.hooks.links")

ROOT = Path(__file__).parents[1]
#: Rooms whose docstrings a user of the library reads, in the order in which data pass through them.
ROOMS = ("library", "face", "metrics", "explainers", "trust", "scoring", "analysis")

#: An address in Markdown or plain text, without the marks of a sentence that ends in it.
_ADDRESS = re.compile(r"https?://[^\s<>\"'`)\]]*[\w/#=]")
#: Address -> pages that name it.
_NAMED: dict[str, set[str]] = defaultdict(set)
#: Lists all addresses outside of the documentation, in the site's folder.
LINKS = "external_links.txt"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages."""
    files.append(File.generated(config, "reference/configs.md", content=configs_page()))
    files.append(File.generated(config, "reference/python.md", content=python_page()))
    for script in sorted((ROOT / "docs" / "tutorials").glob("*.py")):
        page = tutorial_page(script.read_text(encoding="utf-8"), script.name)
        files.append(File.generated(config, f"tutorials/{script.stem}.md", content=page))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Note the page's links to elsewhere; nobody but a reader can tell whether they still lead there."""
    for address in external_links(markdown):
        _NAMED[address].add(page.file.src_uri)


def on_post_build(config: MkDocsConfig) -> None:
    """Write the list of them."""
    lines = [f"{address}  {' '.join(sorted(pages))}" for address, pages in sorted(_NAMED.items())]
    target = Path(config.site_dir) / LINKS
    target.write_text("\n".join([*lines, ""]), encoding="utf-8")
    log.info("%d links to elsewhere, which are not looked up: %s", len(lines), target)
    _NAMED.clear()


def external_links(text: str) -> set[str]:
    """Addresses that a page names."""
    return set(_ADDRESS.findall(text))


def tutorial_page(text: str, name: str) -> str:
    """A script with cells (`# %%`, as jupytext and editors read them) as a page: text, and code as it runs."""
    parts = []
    for cell in re.split(r"^# %%", text, flags=re.MULTILINE)[1:]:
        head, _, body = cell.partition("\n")
        if "[markdown]" in head:
            parts.append(re.sub(r"^# ?", "", body.strip(), flags=re.MULTILINE))
        else:
            parts.append(f"```python\n{body.strip()}\n```")
    source = f"The script is `docs/tutorials/{name}`; `jupytext --to notebook` makes a notebook of it."
    return "\n\n".join([*parts, source, ""])


def configs_page() -> str:
    """Every group, choice and key of `conf/`, as the files say them."""
    paths = [path for path in sorted((ROOT / "conf").rglob("*.yaml")) if "hydra" not in path.parts]
    lines = [
        "# All configs",
        "",
        "Every setting, as its file in `conf/` states it. `fer-xai train --help` lists the same groups; "
        "`--cfg job` prints what a command line means.",
        "",
    ]
    lines += [*_index(paths), ""]
    for folder, group in itertools.groupby(paths, key=lambda path: path.parent):
        name = folder.relative_to(ROOT / "conf").as_posix()
        lines += [f"## {'Commands' if name == '.' else f'`{name}`'}", ""]
        for path in group:
            choice = path.stem if name == "." else f"{name}={path.stem}"
            lines += [f"### `{choice}`", "", "```yaml", path.read_text(encoding="utf-8").rstrip(), "```", ""]
    return "\n".join(lines)


def _index(paths: list[Path]) -> list[str]:
    """A row for every group, with its choices, and what each is by the first line of its file."""
    lines = ["| group | choices |", "|---|---|"]
    for folder, group in itertools.groupby(paths, key=lambda path: path.parent):
        name = folder.relative_to(ROOT / "conf").as_posix()
        choices = ", ".join(f"`{path.stem}`" for path in group)
        lines.append(f"| {'commands' if name == '.' else f'`{name}`'} | {choices} |")
    return lines


def python_page() -> str:
    """The public classes and functions of the rooms."""
    lines = ["# Python", "", "What can be called from a notebook, by room.", ""]
    for room in ROOMS:
        lines += [f"## `fer_xai.{room}`", ""]
        for path in sorted((ROOT / "fer_xai" / room).rglob("*.py")):
            if path.stem == "__init__":
                continue
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            lines += [f"::: {module}", "    options:", "      heading_level: 3", ""]
    return "\n".join(lines)
