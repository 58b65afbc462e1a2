"""The package works as an installed wheel, from any folder, with its configs and templates inside."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_wheel_holds_configs_and_templates(tmp_path):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", tmp_path, ROOT], check=True)
    (wheel,) = tmp_path.glob("fer_xai-*.whl")
    site = tmp_path / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", site, wheel], check=True)
    environment = os.environ | {"PYTHONPATH": str(site)}
    run = [sys.executable, "-m", "fer_xai"]
    config = subprocess.run(
        [*run, "train", "study=demo", "--cfg", "job"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert config.returncode == 0, config.stderr
    assert "fer_xai.models.weinet.WeiNet" in config.stdout
    subprocess.run([*run, "masks", "--out", tmp_path / "masks.png"], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "masks.png").stat().st_size > 10_000
    assert list(site.glob("fer_xai/report/templates/*"))
    assert list(site.glob("fer_xai/face/observers/figures/observers.csv"))
