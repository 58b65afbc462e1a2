"""The console command `fer-xai`: finds the subcommand, imports only what that one needs."""

import ast
import errno
import importlib
import os
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from fer_xai import __version__, commands
from fer_xai.config.program import DEBUG_VARIABLE
from fer_xai.errors import UserError, printable
from fer_xai.interruption import end_as_interrupted, is_told_to_end
from fer_xai.nearest import nearest
from fer_xai.terminal import let_go_of_output, restart_in_utf8, write_everything

#: What the system says where nothing more can be written.
_FULL = {errno.ENOSPC, errno.EDQUOT}


def _said(path: Path) -> dict[str, Any]:
    """The constants at the top of a module, read without importing it."""
    said: dict[str, Any] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            with suppress(ValueError):
                said[node.targets[0].id] = ast.literal_eval(node.value)
    return said


def _subcommands() -> dict[str, tuple[str, str]]:
    """Subcommand -> (module with a `main(arguments: list[str]) -> int`, one line of help): the modules of `commands`.

    Their NAME, PLACE and HELP are read from the files, for importing all of them would take seconds. A module without a
    NAME is no subcommand.
    """
    modules = [(_said(path), f"{commands.__name__}.{path.stem}") for path in Path(commands.__path__[0]).glob("*.py")]
    rows = sorted((said["PLACE"], said["NAME"], module, said["HELP"]) for said, module in modules if "NAME" in said)
    return {name: (module, text) for _, name, module, text in rows}


COMMANDS = _subcommands()


def main() -> None:
    """Entry point: exit status 0 when done, 1 when something failed, 2 for a user's mistake, 128 + signal if ended."""
    restart_in_utf8()
    end_as_interrupted()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line (without the program's name) and return its exit status."""
    write_everything()
    try:
        status = _dispatch(arguments)
        # What stands in its buffer would otherwise be written when nobody is there any more to say that it cannot.
        sys.stdout.flush()
        return status
    except UserError as error:
        print(f"fer-xai: {error}", file=sys.stderr)
        if os.environ.get(DEBUG_VARIABLE) == "1":
            traceback.print_exc()
        return 2
    except BrokenPipeError:
        # Who read the output, such as `head`, has enough of it.
        let_go_of_output()
        return 1
    except OSError as error:
        return _say_refusal(error)
    except KeyboardInterrupt:
        told = is_told_to_end()
        what = "told to end" if told else "interrupted"
        print(f"fer-xai: {what}; the same command goes on from what is finished", file=sys.stderr)
        return 128 + (signal.SIGTERM if told else signal.SIGINT)


def _say_refusal(error: OSError) -> int:
    """One line about a file that the operating system refuses; any look at a path may meet it."""
    if error.errno in _FULL:
        line = "there is no space left to write to; free some, and the same command goes on from what is finished"
    elif error.filename:
        advice = "; give a shorter one" if error.errno == errno.ENAMETOOLONG else ""
        line = f"{printable(str(error.filename))}: {error.strerror}{advice}"
    else:
        raise error
    print(f"fer-xai: {line}", file=sys.stderr)
    if os.environ.get(DEBUG_VARIABLE) == "1":
        traceback.print_exc()
    let_go_of_output()
    return 2 if error.errno == errno.ENAMETOOLONG else 1


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(_help())
        return 0
    if arguments[0] == "--version":
        print(f"fer-xai {__version__}")
        return 0
    for words in (2, 1):
        name = " ".join(arguments[:words])
        if name in COMMANDS:
            module = importlib.import_module(COMMANDS[name][0])
            return int(module.main(arguments[words:]))
    second = [name.split()[1] for name in COMMANDS if name.startswith(f"{arguments[0]} ")]
    if second:
        raise UserError(f"'{arguments[0]}' wants one of: {', '.join(second)}")
    near = nearest(arguments[0], COMMANDS, most=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise UserError(f"unknown command '{arguments[0]}'{hint} (commands: {', '.join(COMMANDS)})")


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items()]
    return "\n".join(
        [
            f"fer-xai {__version__}: do networks that recognise facial expressions look where people look?",
            "",
            "usage: fer-xai COMMAND [ARGUMENTS]",
            "",
            *lines,
            "",
            "fer-xai COMMAND --help tells more. FER_XAI_DEBUG=1 shows the traceback of an error.",
        ]
    )
