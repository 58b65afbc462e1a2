"""A handful of drawn faces, and the settings of a run of seconds."""

from pathlib import Path

import pytest

from fer_xai.data.cache import CACHE_VARIABLE


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory):
    """A cache of this test session's own."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv(CACHE_VARIABLE, str(folder))
        yield folder


@pytest.fixture(scope="session")
def tiny_faces(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exported drawn faces of six people as a table data set."""
    from fer_xai.cli import run

    out = tmp_path_factory.mktemp("faces") / "export"
    assert run(["data", "export", "data.subjects=6", "data.per_expression=1", f"out={out}", "rest=false"]) == 0
    return out


@pytest.fixture
def tiny_run(cache: Path) -> list[str]:
    """Overrides that make a run take seconds."""
    return [
        "data.subjects=6",
        "data.per_expression=1",
        "prepare.crop_size=64",
        "prepare.workers=1",
        "split.folds=2",
        "model.input_size=32",
        "recipe.max_epochs=1",
        "callbacks.explain.images_per_expression=4",
        "callbacks.explain.replicates=5",
        "trainer.accelerator=cpu",
    ]
