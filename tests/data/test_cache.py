from pathlib import Path

import pytest

from fer_xai.data.cache import CACHE_VARIABLE, cache_dir
from fer_xai.errors import UserError


def test_configured_folder_wins_over_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "environment"))
    assert cache_dir(str(tmp_path / "with spaces é")) == tmp_path / "with spaces é"
    assert cache_dir(None) == tmp_path / "environment"
    assert (tmp_path / "environment").is_dir()


def test_without_either_the_user_cache_of_the_system_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
    assert cache_dir() == tmp_path / "fer_xai"


def test_folder_that_cannot_be_made_is_the_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot write into the cache folder .*file"):
        cache_dir(tmp_path / "file" / "cache")
