"""Hydra's switches (`-m`, `--config-dir DIR`, `--cfg job`), wherever they stand on the command line."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from fer_xai.errors import UserError

#: Switches that name a folder, which has to be there; a relative one is looked for in the current folder.
_FOLDERS = ("config_dir", "config_path")


def switches_last(arguments: Sequence[str], command: str) -> list[str]:
    """Put Hydra's switches behind the overrides: mixed with them, Hydra takes none of either.

    Args:
        arguments: of the command line.
        command: the subcommand's name, for messages.

    Returns:
        The overrides in their order, then the switches as `--NAME` or `--NAME=VALUE`, folders as absolute paths.

    Raises:
        UserError: a switch that Hydra does not know, one without its value, or a folder that does not exist.

    Examples:
        >>> switches_last(["-m", "fold=0,1", "-cn", "train", "seed=3"], "train")
        ['fold=0,1', 'seed=3', '--multirun', '--config-name=train']
    """
    given = _parsed(arguments, command)
    overrides = given.pop("overrides")
    if given["experimental_rerun"]:
        # Hydra unpickles that file, and whatever code is in it runs.
        raise UserError("--experimental-rerun is not taken, for the file may hold code: give the overrides again")
    for name in _FOLDERS:
        if given[name] is not None:
            given[name] = _folder(name, given[name])
    switches = {name.replace("_", "-"): value for name, value in given.items() if value not in {None, False}}
    return [*overrides, *(f"--{name}" if value is True else f"--{name}={value}" for name, value in switches.items())]


def _parsed(arguments: Sequence[str], command: str) -> dict[str, Any]:
    from hydra._internal.utils import get_args_parser

    def refuse(message: str) -> NoReturn:
        raise UserError(f"{command}: {message}; fer-xai {command} --help and --hydra-help list what there is")

    # `--info` alone asks for all of it; argparse would take the override behind it for what is asked for.
    known = [
        "--info=all" if text in {"--info", "-i"} and "=" in after else text
        for text, after in pairwise([*arguments, ""])
    ]
    parser = get_args_parser()
    # Left to itself, argparse prints its usage in several lines and exits.
    parser.error = refuse  # type: ignore[method-assign]
    return vars(parser.parse_intermixed_args(known))


def _folder(name: str, value: str) -> str:
    folder = Path(value).absolute()
    # Hydra knows other places than folders, such as pkg://PACKAGE.
    if "://" in value:
        return value
    if not folder.is_dir():
        raise UserError(f"--{name.replace('_', '-')} {value}: there is no such folder ({folder})")
    return str(folder)
