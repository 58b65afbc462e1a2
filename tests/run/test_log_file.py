"""Where log lines go."""

import contextlib
import logging
import warnings
from pathlib import Path

import pytest

from fer_xai.config.process_state import unchanged_process
from fer_xai.errors import UserError
from fer_xai.run.log_file import log_to, quiet_terminal


@pytest.fixture(autouse=True)
def restored():
    with unchanged_process():
        yield


def test_log_holds_this_programs_lines_and_what_libraries_warn_of(tmp_path, capfd):
    quiet_terminal()
    with log_to(tmp_path / "run" / "log.txt"):
        logging.getLogger("fer_xai.run").info("an own line")
        logging.getLogger("pytorch_lightning").info("advice")
        logging.getLogger("pytorch_lightning").warning("a warning")
        logging.getLogger("somebody.else").warning("not ours")
        warnings.warn("odd pixels", UserWarning, stacklevel=1)
        warnings.warn("will go some day", FutureWarning, stacklevel=1)
    text = (tmp_path / "run" / "log.txt").read_text()
    for line in ("INFO fer_xai.run: an own line", "WARNING pytorch_lightning: a warning", "odd pixels"):
        assert line in text
    for line in ("advice", "not ours", "will go"):
        assert line not in text
    out, error = capfd.readouterr()
    assert "odd pixels" not in out + error
    assert "an own line" not in out + error


def test_log_is_appended_to_and_ends_with_its_block(tmp_path):
    quiet_terminal()
    for number in (1, 2):
        with contextlib.suppress(RuntimeError), log_to(tmp_path / "log.txt"):
            logging.getLogger("fer_xai").info("line %d", number)
            raise RuntimeError
        logging.getLogger("fer_xai").info("between")
    lines = (tmp_path / "log.txt").read_text().splitlines()
    assert [line.rpartition(": ")[2] for line in lines] == ["line 1", "line 2"]


def test_link_is_replaced_and_not_followed(tmp_path):
    (tmp_path / "other.txt").write_text("mine")
    (tmp_path / "log.txt").symlink_to(tmp_path / "other.txt")
    quiet_terminal()
    with log_to(tmp_path / "log.txt"):
        logging.getLogger("fer_xai").info("a line")
    assert (tmp_path / "other.txt").read_text() == "mine"
    assert not (tmp_path / "log.txt").is_symlink()


def test_folder_that_cannot_be_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot write"), log_to(tmp_path / "file" / "log.txt"):
        pass


def test_full_disk_is_no_reason_to_fail(tmp_path, capfd):
    """Neither when a line is written, nor when the file is closed with what could not be."""
    quiet_terminal()
    with log_to(tmp_path / "log.txt"):
        (handler,) = [item for item in logging.getLogger("fer_xai").handlers if isinstance(item, logging.FileHandler)]
        handler.stream.close()
        handler.stream = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115 - the handler closes it
        logging.getLogger("fer_xai").info("lost")
    assert logging.getLogger("fer_xai").handlers != [handler]
    assert "Traceback" not in capfd.readouterr().err
