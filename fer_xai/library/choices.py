"""The program's choices by their names: a file of `conf/GROUP`, with other settings where some are given."""

import inspect
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import get_object
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fer_xai.config.check import check_config
from fer_xai.config.choice_file import read_choice
from fer_xai.config.own import built, failure
from fer_xai.config.parts import part_configs
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.config.suggest import unknown_choice
from fer_xai.errors import UserError
from fer_xai.nearest import nearest


def build_choice(group: str, name: str, settings: dict[str, Any], kind: type = object, **shared: Any) -> Any:
    """Build what a file of a config group describes.

    Args:
        group: of configs, such as `explainer`.
        name: of the choice.
        settings: that replace those of the file.
        kind: what is built has to be an instance of it.
        shared: values that the file takes over from the whole config, such as `classes`.

    Raises:
        UserError: no such choice, no such setting, one of a wrong type or lacking, or it cannot be built.
    """
    folders = [folder / group for folder in (conf_dir(), *part_configs())]
    path = next((folder / f"{name}.yaml" for folder in folders if (folder / f"{name}.yaml").is_file()), None)
    if path is None:
        there = sorted(file.stem for folder in folders for file in folder.glob("*.yaml"))
        raise UserError(unknown_choice(group, name, there))
    own = read_choice(path)
    if "_target_" not in own:
        raise UserError(f"{group}={name} is made of several choices: name one of those")
    key = f"{group}.{name}"
    _check_settings(key, own, settings)
    said = ", ".join(f"{setting}={value!r:.60}" for setting, value in settings.items())
    try:
        root = OmegaConf.create({**shared, group: {name: OmegaConf.merge(own, settings)}})
    except OmegaConfBaseException as error:
        raise UserError(f"{key}: {said}: {str(error).splitlines()[0]}: give numbers, words, lists or None") from error
    missing = sorted(OmegaConf.missing_keys(root))
    if missing:
        raise UserError(f"{key} wants a value for {missing[0].removeprefix(f'{key}.')}")
    check_config(root)
    try:
        return built(key, root[group][name], kind, f"a {kind.__module__}.{kind.__name__}")
    except InstantiationException as error:
        if not settings:
            raise
        # Signatures that take several types are no help before.
        raise UserError(f"{key} cannot be built with {said}: {failure(error.__cause__ or error)}") from error


def _check_settings(key: str, node: Any, settings: dict[str, Any]) -> None:
    parameters = inspect.signature(get_object(node["_target_"])).parameters
    known = [name for name in {**dict.fromkeys(map(str, node)), **parameters} if not name.startswith("_")]
    for name in settings:
        if name not in known and not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            near = nearest(name, known, most=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise UserError(f"{key} has no setting {name}; {meant}(settings: {', '.join(known)})")
