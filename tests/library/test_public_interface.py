"""`import fer_xai`: quick, lazy, and every name with an example."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import fer_xai

SOURCE = Path(fer_xai.__file__).read_text(encoding="utf-8")
HEAVY = ("torch", "numpy", "pandas", "xarray", "matplotlib", "hydra", "cv2")


def run(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code, *HEAVY], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_importing_loads_nothing_heavy_and_names_everything():
    code = "import json, sys, fer_xai; dir(fer_xai); print(json.dumps([n for n in sys.argv[1:] if n in sys.modules]))"
    assert run(code) == []
    assert set(fer_xai.__all__) <= set(dir(fer_xai))


@pytest.mark.parametrize("name", ["draw_face", "read_study", "warp", "reference"])
def test_what_needs_no_network_loads_no_torch(name):
    code = f"import json, sys, fer_xai; fer_xai.{name}; print(json.dumps([n for n in ['torch'] if n in sys.modules]))"
    assert run(code) == []


def test_type_checkers_and_the_lazy_import_see_the_same_names():
    (typed,) = (
        node for node in ast.parse(SOURCE).body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    )
    seen = {alias.name: node.module for node in typed.body for alias in node.names}  # type: ignore[attr-defined]
    assert seen == fer_xai._MODULES
    assert sorted(seen) == sorted(fer_xai.__all__)
    for name, module in seen.items():
        assert getattr(fer_xai, name).__module__ == module


def test_every_function_has_an_example():
    without = [
        name
        for name in fer_xai.__all__
        if name[0].islower() and f"fer_xai.{name}(" not in "".join(getattr(fer_xai, n).__doc__ for n in fer_xai.__all__)
    ]
    assert without == []


def test_other_names_are_no_attributes():
    with pytest.raises(AttributeError, match="no attribute 'exlpain'"):
        _ = fer_xai.exlpain  # type: ignore[attr-defined]
