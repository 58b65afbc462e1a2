"""What is said on the terminal, also on one that cannot write every character.

Old locales, `PYTHONIOENCODING=ascii` and names of files in no encoding have stand-ins for signs, and escapes.
"""

import codecs
import io
import os
import sys
from collections.abc import Hashable
from typing import TYPE_CHECKING

from fer_xai.errors import printable

if TYPE_CHECKING:  # takes a moment to import
    from rich.console import Console

#: Signs that the program and its libraries print, and what stands in for them; other characters are written as escapes.
_STAND_INS = {
    **dict.fromkeys("‐‑–—−─━╸╺╌", "-"),
    **dict.fromkeys("•·●✓✔", "*"),
    **dict.fromkeys("†‡┼╋", "+"),
    **dict.fromkeys("│┃", "|"),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”", '"'),
    "×": "x",
    "…": "...",
    "✗": "x",
}
_HANDLER = "fer_xai.stand_ins"
#: What has been said once, and of what.
_SAID: set[tuple[Hashable, str]] = set()


def write_everything() -> None:
    """Let standard output and error write what their encoding has no letters for; safe to call more than once."""
    codecs.register_error(_HANDLER, _stand_in)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def let_go_of_output() -> None:
    """Drop what standard output cannot write any more, or Python would try once more at its end, and complain."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def restart_in_utf8() -> None:
    """Begin anew in Python's UTF-8 mode where names of files would be read as ASCII; what is printed stays ASCII."""
    if sys.getfilesystemencoding() in {"ascii", "us-ascii"} and not sys.flags.utf8_mode:
        printed = {"PYTHONIOENCODING": "ascii"} | dict(os.environ)
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], printed | {"PYTHONUTF8": "1"})


def say(line: str, style: str | None = None) -> None:
    """Print one line on standard error as it is, however long, whatever signs it holds; see `printable`.

    Args:
        line: what to say.
        style: of rich, such as bold.
    """
    from rich.console import Console  # takes a moment to import

    show(Console(stderr=True), line, style=style)


def show(console: "Console", line: str, style: str | None = None, wrapped: bool = False) -> None:
    """Print text as it is: what it holds neither steers the terminal nor is taken for markup.

    Names, reasons and titles come from files that others may have written, and paths hold square brackets.

    Args:
        console: where.
        line: what to say.
        style: of rich, such as bold.
        wrapped: whether to break long lines between words.
    """
    console.print(printable(line), style=style, soft_wrap=not wrapped, highlight=False, markup=False)


def say_once(line: str, of: Hashable) -> None:
    """Print one line on standard error as `say` does, unless this command has said it already.

    Args:
        line: what to say.
        of: what it is said of, such as a study's folder.
    """
    if (of, line) not in _SAID:
        _SAID.add((of, line))
        say(line)


def forget_said() -> None:
    """Let everything be said again: another command begins."""
    _SAID.clear()


def quiet_wandb(offline: bool) -> None:
    """Keep wandb's advertisements off the terminal, unless its own variables say otherwise.

    Args:
        offline: a run that stays on this machine says nothing; one that goes to a server tells its address.
    """
    os.environ.setdefault("WANDB_SILENT" if offline else "WANDB_QUIET", "true")


def _stand_in(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    sign = error.object[error.start]
    if sign in _STAND_INS:
        return _STAND_INS[sign], error.start + 1
    one = UnicodeEncodeError(error.encoding, error.object, error.start, error.start + 1, error.reason)
    return codecs.backslashreplace_errors(one)
