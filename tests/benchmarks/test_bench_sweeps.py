"""What the rows of thousands of runs measure is a study that the program takes for finished."""

import pytest

from benchmarks import bench_sweeps


@pytest.mark.slow
def test_a_made_up_study_is_finished_and_nothing_is_trained(monkeypatch):
    """Runs whose data the program takes for others would be trained, which takes far longer."""
    monkeypatch.setattr(bench_sweeps, "LONGEST", 120)
    found = bench_sweeps.costs(60)
    assert set(found) == {"planning", "status", "analysis"}
    assert all(0 < cost.seconds < 120 and cost.memory > 0 for cost in found.values())
