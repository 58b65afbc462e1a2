"""Runs a Hydra program so that a user's mistake is one line and exit status 2."""

import functools
import os
import re
import sys
from collections.abc import Callable
from typing import Any

from fer_xai.config.merge import merge_data
from fer_xai.config.paths import conf_dir
from fer_xai.config.quoting import quote_paths
from fer_xai.config.schema import register
from fer_xai.config.suggest import unknown_choice
from fer_xai.config.words import settle_words
from fer_xai.errors import UserError

#: Set to 1 to see the whole traceback of any error.
DEBUG_VARIABLE = "FER_XAI_DEBUG"

#: What omegaconf puts around the message of a resolver.
_RESOLVING = re.compile(r"^\w+ raised while resolving interpolation: |\s+full_key: .*", re.DOTALL)


def run_program(task: Callable[[Any], Any], config_name: str, arguments: list[str], command: str) -> None:
    """Compose `config_name` with the command line's overrides and run `task` on it (or, with `-m`, on each of a sweep).

    Args:
        task: takes the composed config.
        config_name: a primary config, without its ending.
        arguments: what follows the subcommand on the command line.
        command: the subcommand's name, for messages.

    Raises:
        UserError: the config cannot be composed, or the task raised it.
    """
    import hydra
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    mistakes: list[UserError] = []
    started = False

    @functools.wraps(task)
    def guarded(cfg: Any) -> Any:
        nonlocal started
        started = True
        # Hydra would print a line of its own about an exception that leaves the task.
        try:
            settle_words(cfg)
            return task(cfg)
        except UserError as error:
            mistakes.append(error)
        except OmegaConfBaseException as error:
            mistakes.append(UserError(_one_line(error)))
        return None

    register()
    # Hydra takes its switches in front of the overrides only.
    in_front = sorted(merge_data(quote_paths(arguments)), key=lambda text: text not in {"-m", "--multirun"})
    sys.argv = [f"fer-xai {command}", *in_front]
    # Hydra prints errors in several lines and exits with 1 unless it is told to raise them.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name=config_name)(guarded)()
    except (HydraException, OmegaConfBaseException) as error:
        raise UserError(_one_line(error)) from error
    except ImportError as error:
        if started:
            raise
        # Launchers and sweepers are packages of their own.
        raise UserError(f"{_one_line(error)} Is its package installed, e.g. pip install 'fer_xai[slurm]'?") from error
    except ValueError as error:
        if started:
            raise
        # Switches that do not go together.
        raise UserError(f"{command}: {error}") from error
    except OSError as error:
        if started:
            raise
        # Hydra makes the study's folder before it calls the task.
        raise UserError(f"cannot write the study's folder {error.filename}: {error.strerror}") from error
    if mistakes:
        raise mistakes[0]


def _one_line(error: BaseException) -> str:
    """Hydra's message, with the cause that it hides and without lists that fill a screen."""
    from hydra.errors import MissingConfigException
    from omegaconf.errors import OmegaConfBaseException

    behind = error.__cause__ or error.__context__
    if isinstance(behind, UserError):
        return f"config: {behind}"
    if isinstance(error, MissingConfigException) and "/" in (error.missing_cfg_file or ""):
        group, _, word = str(error.missing_cfg_file).rpartition("/")
        return unknown_choice(group, word, error.options or ())
    parts = [_RESOLVING.sub("", str(error))]
    if isinstance(error.__cause__, OmegaConfBaseException):
        parts.append(str(error.__cause__))
    text = " ".join(" ".join(parts).replace("\t", " ").split())
    text = text.replace("You may need to cd to", "").split(" object_type=")[0].split("Config search path:")[0]
    return f"config: {text.strip()}"
