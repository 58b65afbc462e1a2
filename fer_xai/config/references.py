"""The node `reference`: what heatmaps are compared with, by names, the main one first.

Every file of the group places its reference under `reference.NAME`, so that `reference=[a,b]` composes as all lists of
choices do. Where one reference is chosen, its keys may be written without its name (`reference.share`).
"""

from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from fer_xai.config.chosen_files import files_of, hydra_of, is_sweep
from fer_xai.config.suggest import unknown_choice
from fer_xai.errors import UserError


def settle_references(cfg: DictConfig) -> None:
    """Leave under `reference` nothing but references by their names, in place.

    Args:
        cfg: a composed config, with or without its node `hydra`; one that has been settled stays as it is.

    Raises:
        UserError: no reference is chosen, a key is of one that is not, or of one among several without its name.
    """
    node = cfg.get("reference")
    if not isinstance(node, DictConfig):
        return
    hydra = hydra_of(cfg)
    said: dict[str, Any] = OmegaConf.to_container(node, resolve=False)  # type: ignore[assignment]
    chosen: dict[str, Any] = {
        name: part for name, part in said.items() if isinstance(part, dict) and "_target_" in part
    }
    loose = _without_unchosen({key: value for key, value in said.items() if key not in chosen}, chosen, hydra)
    if "_target_" in loose and not chosen:
        # A file without a package stands at the node itself: where it is alone, its name is known.
        chosen, loose = {_only_choice(hydra): loose}, {}
    if not chosen:
        raise UserError("reference: none is chosen; choose one or several, e.g. reference=[friesen_ekman,observers]")
    if loose and len(chosen) > 1:
        _refuse_unnamed(loose, chosen)
    if loose:
        (name,) = chosen
        chosen = {name: OmegaConf.to_container(OmegaConf.merge(chosen[name], loose), resolve=False)}
    if chosen.keys() != said.keys():
        with open_dict(cfg):
            cfg.reference = chosen


def _without_unchosen(loose: dict[str, Any], chosen: dict[str, Any], hydra: Any) -> dict[str, Any]:
    """Keys that belong to no name, without settings of references that other runs of a sweep choose.

    Raises:
        UserError: settings of a reference that no run can have chosen.
    """
    known = files_of(hydra, "reference")
    own = {}
    for name, value in loose.items():
        if not isinstance(value, dict) or (name not in known and len(chosen) < 2):
            own[name] = value
        elif name in known and not is_sweep(hydra):
            key = f"reference.{name}.{next(iter(value), '')}".rstrip(".")
            raise UserError(f"{key}: {_not_chosen(name, chosen)}")
        elif name not in known:
            what = unknown_choice("reference", name, known) if known else _not_chosen(name, chosen)
            raise UserError(f"reference.{name}: {what}")
    return own


def _not_chosen(name: str, chosen: dict[str, Any]) -> str:
    return f"{name} is none of the references chosen ({', '.join(chosen)})"


def _only_choice(hydra: Any) -> str:
    """The name of the one file that is chosen."""
    said = str(hydra.runtime.choices.get("reference")) if hydra is not None else ""
    return said.rpartition("/")[2] if said.rpartition("/")[2].isidentifier() else "own"


def _refuse_unnamed(loose: dict[str, Any], chosen: dict[str, Any]) -> None:
    """Refuse a key without the name of its reference where there are several."""
    if "_target_" in loose:
        raise UserError(
            f"reference: {loose['_target_']} has no name to stand beside {', '.join(chosen)}: write "
            "+reference.NAME._target_=..., in a file '# @package reference.NAME' as its first line"
        )
    key = next(iter(loose))
    names = [name for name, node in chosen.items() if key in node] or list(chosen)
    places = " or ".join(f"reference.{name}.{key}" for name in names[:2])
    raise UserError(f"reference.{key}: there are {len(chosen)} references, say of which: {places}")
