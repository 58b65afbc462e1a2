"""The recipe of the twelve networks: few people and a few steps of it lift a network above chance."""

import pytest

from fer_xai.analysis.accuracy_table import accuracy_table
from fer_xai.cli import run
from fer_xai.results.study import read_study


@pytest.mark.slow
def test_a_network_rises_above_the_floor(cache, tmp_path):
    few = ["data.subjects=40", "callbacks.explain.images_per_expression=4", "callbacks.explain.replicates=5"]
    study = ["study=twelve", "model=efficientnetv2", "fold=0", "trainer.accelerator=cpu", "analyse=false"]
    assert run(["train", "-m", *study, *few, f"hydra.sweep.dir={tmp_path}"]) == 0
    (found,) = read_study(tmp_path).networks
    row = accuracy_table([found]).iloc[0]
    assert not row["below_floor"]
    assert row["balanced_low"] > row["floor"] == pytest.approx(1 / 6)
    # Every person shows every expression equally often.
    assert row["balanced"] == pytest.approx(row["value"])
