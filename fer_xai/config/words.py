"""Words become names of expressions before any work: `classes=[Happy,pain]`, `data.words={Ärger:anger}`."""

import json
from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf

from fer_xai.errors import UserError
from fer_xai.expressions import class_names, expression_name


def settle_words(cfg: DictConfig) -> None:
    """Put the names of expressions in the places of words for them, in place.

    `classes` get their order; words that are no class stay as they are where classes are chosen from, for those that
    choose to refuse them.

    Args:
        cfg: a composed config.

    Raises:
        UserError: classes that are none, or twice the same.
    """
    for node, key, path in _mappings(cfg):
        node[key] = _mapping(f"{path}.{key}", node[key])
    if not OmegaConf.is_list(cfg.get("classes")):
        return
    words = further_words(cfg)
    cfg.classes = list(class_names(cfg.classes, words))
    for path in ("expressions", "callbacks.explain.target"):
        chosen = OmegaConf.select(cfg, path)
        if isinstance(chosen, ListConfig | str) and chosen:
            OmegaConf.update(cfg, path, _named(chosen, words, list(cfg.classes)))


def _mappings(cfg: DictConfig) -> Iterator[tuple[DictConfig, str, str]]:
    """Where a mapping of words is written as text: the command line has no letters beyond ASCII outside of texts."""
    data = cfg.get("data")
    sources: DictConfig | None = data.get("sources") if OmegaConf.is_dict(data) else None  # type: ignore[union-attr]
    nodes = [("data", data), *((f"data.sources.{name!s}", node) for name, node in (sources or {}).items())]
    for path, node in nodes:
        for key in ("words", "ratings"):
            if OmegaConf.is_dict(node) and isinstance(node.get(key), str):
                yield node, key, path


def _mapping(key: str, text: str) -> Any:
    try:
        mapping = json.loads(text)
    except ValueError:
        mapping = None
    if not isinstance(mapping, dict):
        raise UserError(f"{key}={text}: it is a mapping, e.g. '{key}={{smile:happiness,other:null}}'")
    return mapping


def further_words(cfg: DictConfig) -> dict[Any, str | None]:
    """The words that one data set, or the several that are merged, have beyond those that are known."""
    data = cfg.get("data")
    if not OmegaConf.is_dict(data):
        return {}
    nodes = [data, *(data.get("sources") or {}).values()]
    return {word: name for node in nodes if OmegaConf.is_dict(node) for word, name in (node.get("words") or {}).items()}


def _named(chosen: Any, words: dict[Any, str | None], classes: list[str]) -> Any:
    if isinstance(chosen, str):
        return _name(chosen, words, classes)
    return [_name(word, words, classes) for word in chosen]


def _name(word: Any, words: dict[Any, str | None], classes: list[str]) -> Any:
    try:
        name = expression_name(word, {key: value for key, value in words.items() if value is not None}, classes)
    except UserError:
        return word
    return name if name in classes else word
