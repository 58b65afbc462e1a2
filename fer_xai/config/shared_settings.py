"""What has to be alike in all runs of a study, as flat readable values for their records."""

from collections.abc import Iterator, Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf

from fer_xai.config.fingerprint import IN_NAME, effective, explaining, fingerprint, learning, modelling

#: Settings of explanations that may differ within a study, or that are told of by themselves.
_FREE = {"explainers", "layer", "expressions", "seed", "examples", "show_faces", "count_unknown", "people"}
#: Settings of a recipe that may differ within a study: what maps are drawn to makes another network of it.
_OF_RECIPE = {"name", "alignment"}
_RECORDED = {"images_per_expression", "target"}
#: How a config is built, and nothing of what it is.
_BUILDING = {"_partial_", "_convert_", "_recursive_"}


def shared_settings(cfg: DictConfig, explainers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Settings by what they hold for: every run, the runs of one network, the runs with one explainer.

    What the recipe takes from the network (its published rate, say) holds for that network only.

    Args:
        cfg: composed `train` config.
        explainers: names of those that have explained.

    Returns:
        Config key -> value, by groups; runs that have the same group must have the same in it.
    """
    # What is off is not told: runs from before the setting was there go together with others.
    off = set() if cfg.recipe.soft_labels else {"soft_labels"}
    recipe = dict(_flat("recipe", _but(effective(cfg.recipe), _OF_RECIPE | off)))
    of_network = tuple(_following("recipe", OmegaConf.to_container(cfg.recipe, resolve=False)))
    own = {key: value for key, value in recipe.items() if f"{key}.".startswith(of_network)}
    # The trainer takes these from the recipe, unless it is told otherwise.
    said = {"max_epochs": cfg.recipe.max_epochs, "accumulate_grad_batches": cfg.recipe.accumulate}
    trainer = {key: value for key, value in learning(cfg.trainer).items() if value != said.get(key)}
    explain = cfg.callbacks.explain
    model = _but(modelling(cfg.model), {"name"}) | {"layer": explain.layer}
    groups = {
        "training": {
            **_but(recipe, set(own)),
            **dict(_flat("trainer", trainer)),
            "normalise": cfg.normalise,
            "classes": ", ".join(cfg.classes),
        },
        f"network {cfg.model.name}": dict(_flat("model", model)) | own,
        "explaining": dict(_flat("callbacks.explain", _but(explaining(explain), _FREE | _RECORDED))),
    }
    for name in explainers:
        groups[f"explainer {name}"] = dict(_flat(f"explainer.{name}", _but(explaining(cfg.explainer[name]), _FREE)))
    for name, node in cfg.realign.items():
        groups[f"realign {name}"] = dict(_flat(f"realign.{name}", effective(node)))
    return groups


def _but(settings: dict[str, Any], left_out: set[str]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key not in left_out}


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    """All values that are set, by their keys; of nested lists a hash, for they are too long to be read."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in _BUILDING:
                yield from _flat(f"{prefix}.{key}", item)
    elif value is not None:
        nested = isinstance(value, list) and any(isinstance(item, list | dict) for item in value)
        yield prefix, f"#{fingerprint({'value': value})[:IN_NAME]}" if nested else value


def _following(prefix: str, raw: Any) -> Iterator[str]:
    """Beginnings of the keys, each with a dot behind it, whose values are taken from the network's own."""
    if isinstance(raw, dict):
        for key, item in raw.items():
            yield from _following(f"{prefix}.{key}", item)
    elif isinstance(raw, str) and "${model." in raw:
        yield f"{prefix}."
