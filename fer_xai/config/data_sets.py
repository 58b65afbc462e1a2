"""The node `data`: data sets by their names, or the settings of the only one.

Every file of the group `data` places its data set under `data.sources.NAME`, so that `data=[a,b]` composes as all lists
of choices do. Where one data set is chosen, its keys may be written without its name (`data.root`), and its node
becomes the node `data`.
"""

from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from fer_xai.config.chosen_files import files_of, given, hydra_of, is_sweep
from fer_xai.config.keys import parameters_of
from fer_xai.config.suggest import unknown_choice
from fer_xai.errors import UserError

#: What several data sets are merged by.
MERGED = "fer_xai.data.sources.merged.MergedSource"
#: Settings of several data sets together.
_OF_ALL = ("_target_", "name", "skip_missing")
_NAME = "${names_of:${data.sources}}"


def data_node() -> dict[str, Any]:
    """The node before any data set is chosen."""
    return {"_target_": MERGED, "sources": {}, "name": _NAME}


def settle_data(cfg: DictConfig) -> None:
    """Make the node `data` what is to be built, in place: one data set, or several by their names.

    Args:
        cfg: a composed config, with or without its node `hydra`; one that has been settled stays as it is.

    Raises:
        UserError: settings of a data set that is not chosen, or of one among several without its name.
    """
    data = cfg.get("data")
    if not isinstance(data, DictConfig) or not OmegaConf.is_dict(data.get("sources")):
        return
    merged = data.get("_target_") == MERGED
    if not merged and data.sources and "sources" in parameters_of(data):
        return
    hydra = hydra_of(cfg)
    said: dict[str, Any] = OmegaConf.to_container(data, resolve=False)  # type: ignore[assignment]
    sources = said.pop("sources")
    _refuse_roots(said, sources)
    chosen = _chosen(sources, hydra, "" if merged else str(said["_target_"]))
    if merged and not chosen:
        raise UserError("data: no data set is chosen; choose one or several, e.g. data=jaffe or data=[ckplus,jaffe]")
    if not merged and chosen:
        _refuse_unplaced(said, chosen, hydra)
    if len(chosen) < 2 and said.get("name") == _NAME:
        del said["name"]
    node: Any = said
    if len(chosen) == 1:
        (name,) = chosen
        named = given(hydra, f"data.sources.{name}") - given(hydra, "data")
        of_all = ("_target_", "skip_missing") if merged else ()
        replaced = {key: value for key, value in said.items() if key not in of_all and key not in named}
        node = OmegaConf.merge(*chosen.values(), replaced)
    elif chosen:
        _refuse_unnamed(said, chosen)
        node = {**said, "sources": chosen}
    with open_dict(cfg):
        cfg.data = node


def _chosen(sources: dict[str, Any], hydra: Any, unplaced: str) -> dict[str, Any]:
    """The data sets that are chosen, without settings of those that other runs of a sweep choose.

    Args:
        sources: nodes by names.
        hydra: Hydra's settings, None where they are not known.
        unplaced: what is built of the node `data` itself, empty if nothing is.

    Raises:
        UserError: settings of a data set that no run can have chosen, or no settings at all.
    """
    chosen = {name: node for name, node in sources.items() if isinstance(node, dict) and "_target_" in node}
    for name, node in sources.items():
        if name in chosen:
            continue
        if not isinstance(node, dict):
            raise UserError(f"data.sources.{name}={node} names nothing to build: ~data.sources.{name} leaves it out")
        known = files_of(hydra, "data")
        if name in known and is_sweep(hydra):
            continue
        key = f"data.sources.{name}.{next(iter(node), '')}".rstrip(".")
        if unplaced and not chosen:
            raise UserError(f"{key}: {unplaced} is the only data set chosen: write data.{next(iter(node), 'KEY')}")
        which = f"{name} is none of the data sets chosen ({', '.join(sorted(chosen))})"
        raise UserError(f"{key}: {which if name in known or not known else unknown_choice('data', name, known)}")
    return chosen


def _refuse_unplaced(said: dict[str, Any], chosen: dict[str, Any], hydra: Any) -> None:
    """Refuse a file that stands at the node `data` itself where other data sets stand beside it.

    Raises:
        UserError: likewise; but not where the command line says of the only data set what it is built by.
    """
    said_here = hydra is None or any(text.lstrip("+").startswith("data._target_=") for text in hydra.overrides.task)
    if not said_here or len(chosen) > 1:
        raise UserError(
            f"data: {said['_target_']} has no name to stand beside {', '.join(sorted(chosen))}: the first line of its "
            "file has to be '# @package data.sources.NAME'"
        )


def _refuse_unnamed(said: dict[str, Any], chosen: dict[str, Any]) -> None:
    """Refuse a key without the name of its data set where there are several."""
    for key in said:
        if key not in _OF_ALL:
            names = sorted(name for name, node in chosen.items() if key in node) or sorted(chosen)
            places = " or ".join(f"data.sources.{name}.{key}" for name in names[:2])
            raise UserError(f"data.{key}: there are {len(chosen)} data sets, say of which: {places}")


def _refuse_roots(said: dict[str, Any], sources: dict[str, Any]) -> None:
    """Refuse the former way to give folders."""
    roots = said.get("roots")
    if isinstance(roots, dict):
        own = {name: root for name, root in roots.items() if root is not None}
        name, root = next(iter(own.items()), (next(iter(sources), "NAME"), "DIR"))
        raise UserError(f"data.roots is no longer read: write data.sources.{name}.root={root}")
