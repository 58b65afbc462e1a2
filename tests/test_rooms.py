"""The rooms of the package, in the order in which data pass through them: each imports what stands before it only."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "fer_xai"

#: Folders, and modules at the root.
ROOMS = (
    *("errors", "nearest", "expressions", "name_pattern", "terminal", "interruption", "files", "tables"),
    *("progress", "parallel"),
    *("config", "models", "face", "metrics", "data", "synthetic", "explainers", "trust", "results"),
    *("scoring", "callbacks", "analysis", "report", "run", "sweep", "library", "commands", "cli", "__main__"),
)
#: Hydra imports these by itself, and nobody else does.
APART = ("plugins",)


def imports() -> list[tuple[str, str]]:
    """Importing and imported module of every import within the package, wherever in a module it stands."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "fer_xai":
                for alias in node.names:
                    whole = f"{node.module}.{alias.name}"
                    found.append((name, whole if is_module(whole) else node.module))
            elif isinstance(node, ast.Import):
                found += [(name, alias.name) for alias in node.names if alias.name.split(".")[0] == "fer_xai"]
    return found


def is_module(name: str) -> bool:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def room(module: str) -> str:
    return (*module.split("."), "")[1]


def test_every_room_is_listed():
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert there - {"__init__", *APART} == set(ROOMS)


def test_rooms_import_only_what_stands_before_them():
    wrong = [
        f"{module} imports {other}"
        for module, other in imports()
        if room(other) and room(module) not in ("", *APART) and room(module) != room(other)
        if room(other) in APART or ROOMS.index(room(other)) > ROOMS.index(room(module))
    ]
    assert wrong == []


def test_modules_import_in_no_circle():
    """Within a room, too, and imports within functions count: what is imported late is still needed."""
    needs: dict[str, set[str]] = {}
    for module, other in imports():
        if other != module and PACKAGE.parent.joinpath(*other.split(".")).with_suffix(".py").is_file():
            needs.setdefault(module, set()).add(other)
    try:
        list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("rooms", ["analysis", "report", "scoring"])
def test_analysis_and_report_import_no_torch(rooms: str):
    modules = [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for path in sorted((PACKAGE / rooms).rglob("*.py"))
        if path.name != "__init__.py"
    ]
    code = (
        f"import sys, importlib\nfor name in {modules}: importlib.import_module(name)\nsys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
