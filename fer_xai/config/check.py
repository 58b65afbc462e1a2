"""Checks a composed config before any work: every key against the schema, every built node against what it builds."""

import dataclasses
import inspect
import logging
import math
import typing
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from hydra.utils import get_object
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fer_xai.config.keys import NAMED, as_written, near_keys, parameters_of, unknown_key
from fer_xai.config.modules import PLACES, extend_path
from fer_xai.config.own import failure, is_users, kind_of
from fer_xai.config.schema import BUILT, Built
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import UserError

# On import, so that the processes of a launcher find a user's modules as well.
extend_path()

# What cannot be imported is told in one line, and Hydra would log three beside it.
logging.getLogger("hydra.utils").setLevel(logging.CRITICAL)

#: The node that is told the number of classes.
_NETWORK = "model.network"
_INSTANTIATE_KEYS = {"_target_", "_partial_", "_recursive_", "_convert_", "_args_"}
#: Nodes that Hydra adds, of which its schema does not know.
_OF_HYDRA = ("hydra", "hydra.env")
#: Parameters that the program gives when it builds, by the node's key.
_GIVEN = {"model.network": ("classes",)}


def check_config(cfg: DictConfig, unbuilt: Collection[str] = ()) -> None:
    """Refuse missing values, unknown keys and wrong types.

    Args:
        cfg: a composed config.
        unbuilt: keys whose nodes are not built here, only their settings wanted.

    Raises:
        UserError: naming the config key, and what would be right there.
    """
    if dataclasses.is_dataclass(OmegaConf.get_type(cfg)):
        _check_typed(cfg, cfg, "")
    missing = sorted(OmegaConf.missing_keys(cfg))
    if missing:
        raise UserError(f"config: {missing[0]} must be set, e.g. {missing[0]}=VALUE on the command line")
    for key, node in _built_nodes(cfg, ""):
        if key.split(".")[0] not in unbuilt:
            _check_node(cfg, key, node)


def check_hydra(cfg: Any) -> None:
    """Refuse keys that Hydra does not know in its own settings.

    Args:
        cfg: a config with the node `hydra`.

    Raises:
        UserError: naming the config key.
    """
    _check_typed(cfg, cfg.hydra, "hydra")


def _check_typed(cfg: DictConfig, node: DictConfig, key: str) -> None:
    """Check a node against its dataclass, and those below it."""
    fields = {field.name: field for field in dataclasses.fields(OmegaConf.get_type(node))}  # type: ignore[arg-type]
    # Plugins hold objects of other classes than they declare: these take what they are built of.
    known = {*fields, *parameters_of(node), *_INSTANTIATE_KEYS}
    unknown = [name for name in map(str, node) if name not in known and _join(key, name) not in _OF_HYDRA]
    if unknown:
        raise UserError(f"config: {unknown_key(cfg, _join(key, unknown[0]), as_written(node, unknown[0]))}")
    for name in map(str, node):
        field = fields.get(name)
        if field is None:
            continue
        path = _join(key, name)
        # Values of Hydra's own may be known later only.
        if OmegaConf.is_missing(node, name) or (key.startswith("hydra") and OmegaConf.is_interpolation(node, name)):
            continue
        value = node[name]
        _check_finite(path, value)
        if BUILT in field.metadata:
            _check_built(cfg, path, value, field.metadata[BUILT], optional=field.default is None)
        elif isinstance(value, DictConfig) and dataclasses.is_dataclass(OmegaConf.get_type(value)):
            _check_typed(cfg, value, path)


def _check_built(cfg: DictConfig, key: str, value: Any, how: Built, optional: bool) -> None:
    """Check that there is something to build, with the keys that the program reads of it."""
    if how.each:
        for name in value:
            if value[name] is None and name in how.needs:
                raise UserError(f"config: {_join(key, str(name))}=null: it is needed, leave this out")
            _check_built(cfg, _join(key, str(name)), value[name], Built(), optional=False)
    elif value is None and optional:
        return
    elif not isinstance(value, DictConfig) or "_target_" not in value.keys():  # noqa: SIM118 - it may be missing
        raise UserError(f"config: {_nothing_to_build(cfg, key, value)}")
    for name in how.needs:
        if name not in value.keys():  # noqa: SIM118 - a missing value is not `in`
            raise UserError(f"config: {_join(key, name)} is needed: set it in place of taking it away")


def _nothing_to_build(cfg: DictConfig, key: str, value: Any) -> str:
    group, _, name = key.partition(".")
    said = "" if isinstance(value, DictConfig) else f"={'null' if value is None else value}"
    text = f"{key}{said} names nothing to build"
    if name and group in NAMED:
        out = f"~{key} leaves it out, " if value is None else ""
        shipped = (conf_dir() / group / f"{name}.yaml").is_file()
        out += f"{group}={name} chooses what is shipped, " if shipped else ""
        own = f"'+{key}={{_target_: package.module.Class}}'"
        return f"{text}: {out}{own} adds your own"
    if isinstance(value, DictConfig) and len(value):
        near = near_keys(cfg, _join(key, str(next(iter(value)))))
        return f"{text}; did you mean {' or '.join(near)}?" if near else f"{text}: it wants a _target_"
    return f"{text}: it wants a _target_"


def _join(key: str, name: str) -> str:
    return f"{key}.{name}".lstrip(".")


def _built_nodes(node: Any, key: str) -> Iterator[tuple[str, DictConfig]]:
    if not isinstance(node, DictConfig) or OmegaConf.is_missing(node, "_target_"):
        return
    if "_target_" in node:
        yield key, node
    for name in node:
        # Keys need not be words: a reference numbers its action units.
        if not OmegaConf.is_interpolation(node, name):  # type: ignore[arg-type]
            yield from _built_nodes(node[name], _join(key, str(name)))


def _check_node(cfg: DictConfig, key: str, node: DictConfig) -> None:
    target = node["_target_"]
    built = _named(key, target)
    try:
        parameters = inspect.signature(built).parameters
    except ValueError:  # some that are not written in Python do not tell
        return
    if key == _NETWORK and not takes(built, "classes"):
        raise UserError(f"config: {key}._target_={target} must take `classes`, the number of logits, as an argument")
    given = [name for name in map(str, node) if name not in _INSTANTIATE_KEYS]
    _check_complete(key, node, parameters, given)
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    unknown = [name for name in given if name not in parameters]
    if unknown:
        if not is_users(target):
            raise UserError(f"config: {unknown_key(cfg, _join(key, unknown[0]))}")
        known = [name for name in parameters if name not in _GIVEN.get(key, ())]
        raise UserError(
            f"config: unknown key {key}.{unknown[0]}; {target} takes {', '.join(known) or 'none'}; "
            f"'~{key}.{unknown[0]}' drops it"
        )
    hints = _hints(built)
    schema = OmegaConf.structured(_as_dataclass(hints, given))
    for name in given:
        if OmegaConf.is_missing(node, name):
            continue
        if not is_users(target):
            _check_finite(_join(key, name), node[name])
        _check_objects(_join(key, name), hints.get(name, Any), node[name])
        _check_number(_join(key, name), hints.get(name, Any), parameters[name].default, node[name])
        try:
            schema[name] = node[name]
        except OmegaConfBaseException as error:
            raise UserError(f"config: {key}.{name}={node[name]}: {str(error).splitlines()[0]}") from error


def _check_complete(key: str, node: DictConfig, parameters: Mapping[str, inspect.Parameter], given: list[str]) -> None:
    """Refuse a node that lacks what the signature has no default for, unless the program gives it later."""
    if node.get("_partial_") or "_args_" in node:
        return
    needed = [
        name
        for name, p in parameters.items()
        if p.default is p.empty and p.kind not in {p.VAR_POSITIONAL, p.VAR_KEYWORD}
    ]
    lacking = [name for name in needed if name not in {*given, *_GIVEN.get(key, ())}]
    if lacking:
        later = f"{key}._partial_=true if the program is to give it"
        raise UserError(f"config: {key}.{lacking[0]} is needed: {node['_target_']} has no default for it ({later})")


def _check_objects(key: str, hint: Any, value: Any) -> None:
    """Refuse a value that builds nothing where a signature wants an object of this program, or several by names."""
    if typing.get_origin(hint) in {Mapping, dict} and isinstance(value, DictConfig):
        for name in value:
            _check_objects(_join(key, str(name)), typing.get_args(hint)[1], value[name])
    elif inspect.isclass(hint) and hint.__module__.startswith("fer_xai.") and not _builds(value):
        raise UserError(f"config: {key}={value} names nothing to build: it wants a _target_")


def _check_number(key: str, hint: Any, default: Any, value: Any) -> None:
    """Refuse text where a number is the default and the signature says no plain type, as torch's optimizers do."""
    number = isinstance(default, int | float) and not isinstance(default, bool)
    if number and isinstance(value, str) and str not in (hint, *typing.get_args(hint)):
        raise UserError(f"config: {key}={value}: give a number, such as {default}")


def _check_finite(key: str, value: Any) -> None:
    """Refuse numbers that are none, or endless: signatures call them float, and no setting has a use for them."""
    for number in value if isinstance(value, ListConfig) else [value]:
        if isinstance(number, float) and not math.isfinite(number):
            raise UserError(f"config: {key}={value}: give a finite number")


def _builds(value: Any) -> bool:
    return isinstance(value, DictConfig) and "_target_" in value


def _named(key: str, target: Any) -> Any:
    """What a target names.

    Raises:
        UserError: it cannot be imported, or cannot be called.
    """
    try:
        built = get_object(target)
    except Exception as error:  # whatever a module of the user's raises on its import
        cause = error.__cause__ or error
        places = f"; modules of your own are looked for in {PLACES}" if isinstance(cause, ImportError) else ""
        raise UserError(f"config: {key}._target_={target} cannot be imported: {failure(cause)}{places}") from error
    if not callable(built):
        raise UserError(f"config: {key}._target_={target} is {kind_of(built)}: name a class or a function")
    return built


def takes(built: Any, argument: str) -> bool:
    """Whether a class or a function takes an argument of this name."""
    parameters = inspect.signature(built).parameters.values()
    return any(p.name == argument or p.kind is p.VAR_KEYWORD for p in parameters)


def _hints(built: Any) -> dict[str, Any]:
    """The types of a signature, as far as they can be told."""
    try:
        return typing.get_type_hints(built.__init__ if inspect.isclass(built) else built)
    except Exception:  # names that only type checkers know
        return {}


def _as_dataclass(hints: dict[str, Any], names: list[str]) -> type:
    """The signature as a dataclass of optional fields, with `Any` where omegaconf has no such type."""
    return dataclasses.make_dataclass("Signature", [(n, _omegaconf_type(hints.get(n, Any)), None) for n in names])


def _omegaconf_type(hint: Any) -> Any:
    """`hint` if a structured config may hold it (plain values, optional ones, lists and dicts of them), else `Any`."""
    try:
        OmegaConf.structured(dataclasses.make_dataclass("Probe", [("value", hint | None, None)]))
    except (OmegaConfBaseException, TypeError, ValueError):
        return Any
    return hint | None
