"""The study that is packed."""

from pathlib import Path

import pytest
from helpers.small_study import write_study


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("submission") / "study")
