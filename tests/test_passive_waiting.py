"""Threads of OpenMP wait passively, unless the user wants otherwise; what OpenMP itself says of it is believed."""

import json
import os
import subprocess
import sys

import pytest

from fer_xai.run.processes import _environment

VARIABLES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
TELL = f"json.dumps({{key: os.environ[key] for key in {VARIABLES} if key in os.environ}})"


def child(program: str, **user: str) -> subprocess.CompletedProcess:
    """Run a program that starts with none of the variables but the user's."""
    clean = {key: value for key, value in os.environ.items() if key not in VARIABLES} | user
    return subprocess.run([sys.executable, "-c", program], env=clean, capture_output=True, text=True, check=True)


def told_by_openmp(program: str, **user: str) -> str:
    """What OpenMP says of its settings where a program loads it."""
    told = child(program, OMP_DISPLAY_ENV="VERBOSE", **user).stderr
    if "GOMP_SPINCOUNT" not in told:
        pytest.skip("torch's OpenMP here is not GNU's")
    return told


@pytest.mark.parametrize("program", ["import fer_xai.__main__, torch", "import benchmarks.__main__, torch"])
def test_programs_wait_passively(program):
    told = told_by_openmp(program)
    assert "GOMP_SPINCOUNT = '0'" in told


def test_the_user_has_the_last_word():
    told = told_by_openmp("import fer_xai.__main__, torch", GOMP_SPINCOUNT="1234")
    assert "GOMP_SPINCOUNT = '1234'" in told


@pytest.mark.parametrize("user", [{"OMP_WAIT_POLICY": "ACTIVE"}, {"GOMP_SPINCOUNT": "1234"}, {"KMP_BLOCKTIME": "9"}])
def test_nothing_is_added_to_what_the_user_says(user):
    assert json.loads(child(f"import json, os, fer_xai; print({TELL})", **user).stdout) == user


def test_workers_of_launchers_and_of_preparation_wait_passively():
    program = """
import joblib, json, os, fer_xai
print(json.dumps(joblib.Parallel(2, backend="loky")(joblib.delayed(os.getenv)("OMP_WAIT_POLICY") for _ in range(2))))
"""
    assert json.loads(child(program).stdout) == ["PASSIVE", "PASSIVE"]


def test_processes_of_a_distributed_run_wait_passively(monkeypatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    assert _environment("folder", 2)["OMP_WAIT_POLICY"] == "PASSIVE"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    assert _environment("folder", 2)["OMP_WAIT_POLICY"] == "ACTIVE"
