"""How many runs go side by side: by GPUs, else by cores and memory. What there is is made up."""

import math

import pytest
from omegaconf import OmegaConf

from fer_xai.sweep import at_once


@pytest.mark.parametrize(
    ("gpus", "cores", "memory", "accelerator", "devices", "runs", "expected"),
    [
        (0, 2, math.inf, "auto", 1, 12, 2),
        (0, 16, math.inf, "auto", 1, 3, 3),
        (0, 16, math.inf, "cpu", 2, 12, 8),
        (0, 8, 8.0, "auto", 1, 12, 2),
        (0, 8, 1.0, "auto", 1, 12, 1),
        (4, 16, 1.0, "auto", 1, 12, 4),
        (4, 16, math.inf, "auto", 2, 12, 2),
        (4, 16, math.inf, "gpu", "auto", 12, 1),
        (4, 16, math.inf, "gpu", [0, 1], 12, 2),
        (4, 16, math.inf, "cpu", 1, 12, 12),
        (1, 16, math.inf, "auto", 1, 12, 1),
    ],
)
def test_runs_at_once(monkeypatch, gpus, cores, memory, accelerator, devices, runs, expected):
    monkeypatch.setattr("torch.cuda.device_count", lambda: gpus)
    monkeypatch.setattr("joblib.cpu_count", lambda: cores)
    monkeypatch.setattr(at_once, "available_memory", lambda: memory)
    config = OmegaConf.create({"trainer": {"accelerator": accelerator, "devices": devices}})
    assert at_once.runs_at_once(config, runs) == expected


def test_memory_is_what_the_system_and_the_container_leave(tmp_path):
    assert at_once.available_memory(tmp_path) == math.inf
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 16777216 kB\nMemAvailable: 12582912 kB\n")
    assert at_once.available_memory(tmp_path) == 12
    bounds = tmp_path / "sys/fs/cgroup"
    bounds.mkdir(parents=True)
    (bounds / "memory.current").write_text(f"{2**30}\n")
    (bounds / "memory.max").write_text("max\n")
    assert at_once.available_memory(tmp_path) == 12
    (bounds / "memory.max").write_text(f"{5 * 2**30}\n")
    assert at_once.available_memory(tmp_path) == 4
