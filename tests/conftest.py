"""What tests of several rooms share."""

import pytest


@pytest.fixture
def untimed(monkeypatch):
    """Dry runs say a second per run: the estimate, which trains a few steps of every network, has tests of its own."""
    monkeypatch.setattr("fer_xai.sweep.estimate.Estimator.seconds", lambda *_: 1.0)
