"""Runs a Hydra program so that a user's mistake is one line and exit status 2."""

import errno
import functools
import os
import re
import sys
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from fer_xai.config.keys import NAMED
from fer_xai.config.modules import look_beside
from fer_xai.config.overrides import check_overrides
from fer_xai.config.process_state import unchanged_process
from fer_xai.config.quoting import quote_paths
from fer_xai.config.schema import SCHEMAS, register
from fer_xai.config.settle import settle
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.config.switches import switches_last
from fer_xai.errors import UserError

#: Set to 1 to see the whole traceback of any error.
DEBUG_VARIABLE = "FER_XAI_DEBUG"
#: The plus of a single key that is added, rather than of a choice from a group.
_PLUS = re.compile(r"\+(?=[^+~@/=.]+\.[^@/=]*=)")
#: Groups whose choice may be taken away; `data` says itself what it wants.
_MAY_GO = (*NAMED, "data", "prepare")


@unchanged_process()
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
    from hydra.core.hydra_config import HydraConfig
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from fer_xai.config.check import check_hydra
    from fer_xai.config.messages import one_line

    mistakes: list[UserError] = []
    started = False

    @functools.wraps(task)
    def guarded(cfg: Any) -> Any:
        nonlocal started
        started = True
        # Hydra would print a line of its own about an exception that leaves the task.
        try:
            check_hydra(HydraConfig.instance().cfg)
            if OmegaConf.get_type(cfg) is not SCHEMAS[config_name]:
                raise UserError(f"--config-name: that file has to begin with `defaults: [{config_name}]`")
            settle(cfg)
            return task(cfg)
        except UserError as error:
            mistakes.append(error)
        except (HydraException, OmegaConfBaseException) as error:
            mistakes.append(UserError(one_line(error)))
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            mistakes.append(UserError(f"{error.filename}: {error.strerror}; give a shorter one"))
        return None

    register()
    look_beside(arguments)
    _check_deletions(arguments, config_name)
    overrides = quote_paths(_or_set(switches_last(arguments, command)))
    check_overrides(overrides)
    sys.argv = [f"fer-xai {command}", *overrides]
    # Hydra prints errors in several lines and exits with 1 unless it is told to raise them.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name=config_name)(guarded)()
    except (HydraException, OmegaConfBaseException) as error:
        raise UserError(one_line(error, config_name, overrides)) from error
    except ImportError as error:
        if started:
            raise
        # Launchers and sweepers are packages of their own.
        raise UserError(f"{one_line(error)} Is its package installed, e.g. pip install 'fer_xai[slurm]'?") from error
    except ValueError as error:
        if mistakes:
            # A sweeper that waits for figures, of which a mistake gives none.
            raise mistakes[0] from None
        if started:
            raise
        # Switches that do not go together.
        raise UserError(one_line(error).replace("config:", f"{command}:", 1)) from error
    except OSError as error:
        if started:
            raise
        # Hydra makes the study's folder before it calls the task.
        raise UserError(f"cannot write the study's folder {error.filename}: {error.strerror}") from error
    if mistakes:
        raise mistakes[0]


def _or_set(arguments: list[str]) -> list[str]:
    """`+trainer.max_steps=9` as `++trainer.max_steps=9`: a key that has a value is set as well as one that has none.

    Whether there may be such a key is no question of its plus: `check_config` says so.
    """
    return [_PLUS.sub("++", text) if _PLUS.match(text) else text for text in arguments]


def _check_deletions(arguments: list[str], config_name: str) -> None:
    """Refuse `~seed` and `~model`, which the program reads; groups of several choices (`~logger`) may go."""
    settings = {field.name for field in fields(SCHEMAS[config_name])}
    for text in arguments:
        name = text[1:].partition("=")[0]
        if text.startswith("~") and name in settings and name not in _MAY_GO:
            how = f"choose another by {name}=NAME" if (conf_dir() / name).is_dir() else "set it"
            raise UserError(f"config: {name} is needed: {how} in place of taking it away")
