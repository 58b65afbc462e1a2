"""What a result was made with: versions, revision, machine."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fer_xai import __version__

#: Packages whose versions a record names.
_PACKAGES = (
    *("torch", "pytorch-lightning", "torchmetrics", "timm", "grad-cam", "dlib-bin"),
    *("numpy", "scipy", "scikit-learn", "hydra-core", "xarray"),
)


def versions() -> dict[str, str]:
    """Package to version, for fer_xai, Python and the packages that results depend on."""
    by_package = {"fer_xai": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            by_package[name] = version(name)
        except PackageNotFoundError:
            by_package[name] = "not installed"
    return by_package


def git_revision() -> str:
    """Revision of the checkout that the code runs from, with `-dirty` where it differs; empty for an installed copy."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
