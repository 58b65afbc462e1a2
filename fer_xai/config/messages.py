"""What Hydra and OmegaConf say of a mistake, as one line that tells what would be right."""

import re
from collections.abc import Sequence
from pathlib import Path

from hydra.errors import MissingConfigException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from fer_xai.config.data_sets import settle_data
from fer_xai.config.overrides import SEVERAL
from fer_xai.config.references import settle_references
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.config.suggest import unknown_choice
from fer_xai.errors import UserError

#: OmegaConf's words for a key that the schema does not have.
_UNKNOWN = re.compile(r"Key '[^']*' (?:is not in struct|not in '\w+')\s+full_key: (\S+)")
#: Hydra's word for the file that it was found in.
_FILE = re.compile(r"In '([^']+)': \w+ raised while composing")
#: Hydra's words for a choice from a group of which none is chosen by default.
_NO_CHOICE = re.compile(r"Could not override '([^'@]+)'\. No match in the defaults list")
_WORDS = (
    (re.compile(r"^\w+ (?:raised )?while resolving interpolation: "), ""),
    (re.compile(r"^Missing mandatory value: (\S+).*"), r"\1 must be set, e.g. \1=VALUE on the command line"),
    (
        re.compile(r"^Interpolation key '([^']+)' not found.*"),
        r"there is no key \1, from which another takes its value",
    ),
    (
        re.compile(r"Could not delete '([^']+)'\. No match in the defaults list\.?"),
        r"~\1: it cannot be taken away; write \1=NAME to choose another",
    ),
    (
        re.compile(r"Config group override must be a string or a list\..*"),
        "a choice from a group is a name or a list of names",
    ),
    (
        re.compile(r"Could not override '([^']+)'\. No match in the defaults list\..*"),
        r"nothing is chosen of \1 by default: write +\1=NAME",
    ),
    (
        re.compile(r"Could not override '([^']+)'\. (Did you mean to override \S+?\?).*"),
        r"there is no choice of \1. \2",
    ),
    (re.compile(r"Multiple values for ([\w/]+)\..*"), r"\1 is chosen by default already: write \1=NAME, without +"),
    (
        re.compile(r"Could not append to config\. An item is already at '([^']+)'.*"),
        r"\1 has a value already: write \1=VALUE, without +",
    ),
    (re.compile(r"Could not delete from config\. '([^']+)' does not exist\."), r"~\1: there is no such key"),
    (
        re.compile(r"Error merging override ~(\S+) .*does not support deletion.*"),
        r"\1 is needed: set it in place of taking it away",
    ),
    (
        re.compile(rf"Ambiguous value for argument '(({'|'.join(SEVERAL)})=(.+))' 1\. .*"),
        r"\1: several values make several runs: add -m, or write \2=[\3] to have all of them in one",
    ),
    (
        re.compile(r"(?:Ambiguous value for argument|Sweep parameters) '(.+)' (?:1\. |requires --multirun).*"),
        r"\1: several values make several runs: add -m",
    ),
    (re.compile(r"Error merging override \+*(\S+) "), r"\1: "),
    (re.compile(r"Invalid value assigned: \w+ is not a ListConfig, list or tuple\."), "give a list, such as [a,b]"),
    (re.compile(r"field '\S+' is not Optional"), "give a value in place of null"),
    (re.compile(r"Value '\S+' of type '(?:str|float|bool)' could not be converted to Integer"), "give a whole number"),
    (re.compile(r" (?:full_key: |object_type=|reference_type=|Config search path:).*"), ""),
    (re.compile(r"You may need to cd to|See https://hydra\.cc\S* for details"), ""),
)


def one_line(error: BaseException, config_name: str = "", arguments: Sequence[str] = ()) -> str:
    """Hydra's message, with the cause that it hides, without lists that fill a screen or advice that does not help.

    Args:
        error: that Hydra or OmegaConf raised.
        config_name: the primary config that was to be composed.
        arguments: of the command line, for the key that was meant where one is unknown.
    """
    behind = error.__cause__ or error.__context__
    if isinstance(behind, UserError):
        return f"config: {behind}"
    if isinstance(error, MissingConfigException) and "/" in (error.missing_cfg_file or ""):
        group, _, word = str(error.missing_cfg_file).rpartition("/")
        return unknown_choice(group, word, error.options or ())
    parts = [str(error)]
    if isinstance(error.__cause__, OmegaConfBaseException):
        parts.append(str(error.__cause__))
    text = " ".join(" ".join(parts).split())
    unknown = _UNKNOWN.search(text)
    if unknown and config_name:
        return f"config: {_of_unknown(unknown[1], text, config_name, arguments)}"
    choice = _NO_CHOICE.search(text)
    if choice and (conf_dir() / choice[1]).is_dir():
        return f"config: unknown key {choice[1]}; --cfg job shows all keys"
    for pattern, words in _WORDS:
        text = pattern.sub(words, text)
    return f"config: {text.strip()}"


def _of_unknown(key: str, text: str, config_name: str, arguments: Sequence[str]) -> str:
    from fer_xai.config.keys import unknown_key

    cfg = _composed(config_name, arguments, key)
    file = _FILE.search(text)
    values = [] if file else [said.partition("=")[2] for said in arguments if said.lstrip("+").startswith(f"{key}=")]
    line = unknown_key(cfg, key, *values[:1]) if cfg is not None else f"unknown key {key}"
    if file is None:
        return line
    if file[1].split("/")[0] == key.split(".")[0]:
        return f"{file[1]}.yaml: {line} (settings of any kind want '# @package _global_' as the file's first line)"
    return f"{file[1]}.yaml: {line}"


def _composed(config_name: str, arguments: Sequence[str], key: str) -> DictConfig | None:
    """The config without the key that it could not be composed with, or as near to it as can be had."""
    from hydra import compose, initialize_config_dir
    from hydra.errors import HydraException

    overrides = [text for text in arguments if not text.startswith("-")]
    folders = [text.partition("=")[2] for text in arguments if text.startswith("--config-dir=")]
    others = [text for text in overrides if text.lstrip("+").partition("=")[0] != key]
    choices = [text for text in others if "." not in text.partition("=")[0]]
    for some in (others, choices, []):
        searched = [f"hydra.searchpath={[Path(folder).as_uri() for folder in folders]}"] if folders else []
        try:
            with initialize_config_dir(str(conf_dir()), version_base="1.3"):
                cfg = compose(config_name, [*some, *searched])
            settle_data(cfg)
            settle_references(cfg)
            return cfg
        except (HydraException, OmegaConfBaseException, UserError, ValueError):
            continue
    return None
