"""Where the shipped configs lie."""

from pathlib import Path


def conf_dir() -> Path:
    """The folder of shipped configs: package data of an installed wheel, or the top-level folder of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "conf"
    return installed if installed.is_dir() else package.parent / "conf"
