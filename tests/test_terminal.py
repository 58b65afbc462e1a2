"""What is printed where the terminal has no letters for it."""

import io
import os
import subprocess
import sys

import pytest

from fer_xai.errors import UserError
from fer_xai.terminal import say, write_everything


@pytest.mark.parametrize(
    ("text", "written"),
    [("0:01 • 0:02 – a†", b"0:01 * 0:02 - a+"), ("données/ö", b"donn\\xe9es/\\xf6"), ("x\udce9", b"x\\udce9")],
)
def test_signs_have_a_stand_in_and_letters_are_escaped(monkeypatch, text: str, written: bytes) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    write_everything()
    print(text, end="", flush=True)
    assert raw.getvalue() == written


@pytest.mark.parametrize(
    "name", ["\x1b[2J\x1b[31mred", "bell\x07", "back\x08\x08", "\x9b2J", "right\N{RIGHT-TO-LEFT OVERRIDE}left"]
)
def test_names_in_files_of_others_do_not_steer_the_terminal(capsys: pytest.CaptureFixture[str], name: str) -> None:
    say(f"class {name}")
    said = capsys.readouterr().err.rstrip("\n")
    assert said.isprintable()
    assert str(UserError(f"class {name}")) == said


@pytest.mark.parametrize("sign", ["\r", "\v", "\f", "\x1c", "\x85", "\u2028"])
def test_blanks_that_would_write_over_a_line_are_escaped(capsys: pytest.CaptureFixture[str], sign: str) -> None:
    say(f"failed{sign}done \N{NO-BREAK SPACE}[red]5 %[/] x")
    escape = sign.encode("unicode_escape").decode()
    assert capsys.readouterr().err == f"failed{escape}done \N{NO-BREAK SPACE}[red]5 %[/] x\n"


@pytest.mark.parametrize("locale", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}])
def test_names_of_files_survive(tmp_path, locale: dict[str, str]) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}
    environment |= {"LANG": "C", "PYTHONUTF8": "0"} | locale
    command = [sys.executable, "-m", "fer_xai", "status", f"{tmp_path}/étude"]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"\\xe9tude" in done.stderr
    assert done.stderr.count(b"\n") == 1
