"""Mistakes that are found before any run of a sweep begins."""

import pytest
from hydra import compose, initialize_config_dir

from fer_xai.config.schema import register
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError
from fer_xai.sweep.check_jobs import check_jobs, covering
from fer_xai.sweep.jobs import make_jobs


def check(*combinations: list[str]) -> list[list[str]]:
    """Check these jobs; the overrides that were composed."""
    register()
    composed = []

    def composing(overrides):
        composed.append(list(overrides))
        return compose("train", list(overrides), return_hydra_config=True)

    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        check_jobs(make_jobs(combinations, "base"), composing)
    return composed


def test_covering_jobs_hold_every_override_but_numbers():
    jobs = [[f"model={model}", f"fold={fold}"] for model in ("a", "b") for fold in (0, 1)]
    assert list(covering(jobs)) == [0, 2]
    assert list(covering([["fold=0"], ["fold=1"]])) == [0]
    assert list(covering([[], []])) == [0]


def test_a_mistake_in_every_job_is_raised():
    with pytest.raises(UserError, match="normalise=foo: choose weights or unit"):
        check(["normalise=foo", "fold=0"], ["normalise=bar", "fold=1"])


def test_a_mistake_in_some_jobs_is_left_to_them():
    assert len(check(["normalise=foo"], ["normalise=unit"], ["normalise=weights"])) == 3


def test_only_a_machine_that_does_the_runs_is_asked_for_a_gpu(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(UserError, match="needs a GPU"):
        check(["trainer.precision=16-mixed"])
    check(["trainer.precision=16-mixed", "hydra/launcher=submitit_slurm_gpu"])


def test_nothing_to_do_composes_nothing():
    assert check() == []
