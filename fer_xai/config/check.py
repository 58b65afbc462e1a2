"""Checks a composed config before any work: every built node against the signature of what it builds."""

import dataclasses
import inspect
import typing
from collections.abc import Iterator
from typing import Any

from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fer_xai.errors import UserError

_INSTANTIATE_KEYS = {"_target_", "_partial_", "_recursive_", "_convert_", "_args_"}


def check_config(cfg: DictConfig) -> None:
    """Refuse missing values, unknown keys and wrong types.

    Raises:
        UserError: naming the config key, and what would be right there.
    """
    missing = sorted(OmegaConf.missing_keys(cfg))
    if missing:
        raise UserError(f"config: {missing[0]} must be set, e.g. {missing[0]}=VALUE on the command line")
    for key, node in _built_nodes(cfg, ""):
        _check_node(key, node)


def _built_nodes(node: Any, key: str) -> Iterator[tuple[str, DictConfig]]:
    if not isinstance(node, DictConfig) or OmegaConf.is_missing(node, "_target_"):
        return
    if "_target_" in node:
        yield key, node
    for name in node:
        # Keys need not be words: a reference numbers its action units.
        if not OmegaConf.is_interpolation(node, name):  # type: ignore[arg-type]
            yield from _built_nodes(node[name], f"{key}.{name!s}".lstrip("."))


def _check_node(key: str, node: DictConfig) -> None:
    target = node["_target_"]
    try:
        built = get_object(target)
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(f"config: {key}._target_={target} cannot be imported: {error}") from error
    parameters = inspect.signature(built).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    given = [name for name in map(str, node) if name not in _INSTANTIATE_KEYS]
    unknown = [name for name in given if name not in parameters]
    if unknown:
        raise UserError(f"config: unknown key {key}.{unknown[0]}; {target} takes {', '.join(parameters)}")
    schema = OmegaConf.structured(_as_dataclass(built, given))
    for name in given:
        if OmegaConf.is_missing(node, name):
            continue
        try:
            schema[name] = node[name]
        except OmegaConfBaseException as error:
            raise UserError(f"config: {key}.{name}={node[name]}: {str(error).splitlines()[0]}") from error


def _as_dataclass(built: Any, names: list[str]) -> type:
    """The signature as a dataclass of optional fields, with `Any` where omegaconf has no such type."""
    source = built.__init__ if inspect.isclass(built) else built
    hints = typing.get_type_hints(source)
    return dataclasses.make_dataclass("Signature", [(n, _omegaconf_type(hints.get(n, Any)), None) for n in names])


def _omegaconf_type(hint: Any) -> Any:
    """`hint` if a structured config may hold it (plain values, optional ones, lists and dicts of them), else `Any`."""
    try:
        OmegaConf.structured(dataclasses.make_dataclass("Probe", [("value", hint | None, None)]))
    except (OmegaConfBaseException, TypeError, ValueError):
        return Any
    return hint | None
