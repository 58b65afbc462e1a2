"""Hashes over what changes a result and nothing else: not paths, loggers, devices, launchers, nor where classes lie."""

import hashlib
import json
from typing import Any

from omegaconf import DictConfig, OmegaConf

from fer_xai.config.class_identity import class_identity

#: Raised whenever the program itself would give other figures from the same settings.
METHOD_VERSION = 1

#: So many of its characters stand for a fingerprint: in a name that holds words as well, and where nothing else does.
IN_NAME, ALONE = 8, 16

#: Keys that say how a sweep is gone about and nothing about its runs.
NO_PART = {"dry_run", "retry_failed", "analyse", "strict", "wait", "job"}
#: Keys that say where and how a run is done, not what comes out.
_NO_EFFECT = {"workers", "cache_dir"}
#: Explanations do not depend on the images beside them.
_NOT_EXPLAINING = {"batch_size"}

#: Keys of a model that its training does not look at (the recipe holds what it takes from `paper`).
_NOT_TRAINING = {"layer", "paper", "quick_size", "quick_lr"}
#: Keys of a network that was trained elsewhere: by its weights it is known, wherever their file lies.
_OF_FILE = {"checkpoint", "trained_on"}


#: Settings of the trainer that say where, in what order of additions and how visibly is computed. The same holds of the
#: keys `threads`, `channels_last` and `compile`: like another device, they change results by rounding alone.
_NOT_LEARNING = {
    *("accelerator", "devices", "num_nodes", "strategy", "use_distributed_sampler"),
    *("deterministic", "benchmark", "num_sanity_val_steps", "detect_anomaly", "inference_mode", "barebones"),
    *("log_every_n_steps", "profiler", "logger", "callbacks", "default_root_dir"),
    *("enable_progress_bar", "enable_model_summary", "enable_checkpointing"),
}


def fingerprint(parts: dict[str, Any]) -> str:
    """Hash of plain values: 64 hexadecimal digits.

    Args:
        parts: JSON-like; the order of keys makes no difference.
    """
    text = json.dumps({"method": METHOD_VERSION, **parts}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def effective(node: DictConfig | None) -> Any:
    """A config node as plain values, without the keys that have no effect on results.

    Classes of this package are called as `class_identity` calls them.
    """
    if node is None:
        return None
    return _plain(OmegaConf.to_container(node, resolve=True), node._get_full_key(None))


def _plain(value: Any, key: str, name: str = "") -> Any:
    if isinstance(value, dict):
        name = str(value.get("name") or name)
        return {
            part: class_identity(item, key, name)
            if part == "_target_" and isinstance(item, str)
            else _plain(item, f"{key}.{part}", name)
            for part, item in value.items()
            if part not in _NO_EFFECT
        }
    if isinstance(value, list):
        return [_plain(item, key, name) for item in value]
    return value


def learning(trainer: DictConfig) -> dict[str, Any]:
    """Settings of a trainer that change what is learned."""
    return _but(_NOT_LEARNING, effective(trainer))


def is_aligned(recipe: DictConfig) -> bool:
    """Whether a recipe draws the network's own maps to a reference."""
    alignment = recipe.get("alignment")
    return alignment is not None and alignment.reference is not None and alignment.strength != 0


def practising(recipe: DictConfig) -> dict[str, Any]:
    """Settings of a recipe that change what is learned."""
    without = (set() if is_aligned(recipe) else {"alignment"}) | (set() if recipe.soft_labels else {"soft_labels"})
    return _but(without, effective(recipe))


def modelling(model: DictConfig) -> dict[str, Any]:
    """Settings of a network that its training looks at; of one that was trained elsewhere, what tells its outputs."""
    settings = _but(_NOT_TRAINING | _OF_FILE, effective(model))
    return settings if settings.get("classes") is not None else _but({"classes"}, settings)


def explaining(node: DictConfig) -> dict[str, Any]:
    """Settings of an explainer, or of a callback that works with them, that change what it finds."""
    return _but(_NOT_EXPLAINING, effective(node))


def training_fingerprint(
    cfg: DictConfig, data: str, weights: str, split: str, aligned_to: str = "", votes: str = ""
) -> str:
    """Names a trained network: data content, split, fold, network, pretraining, seed, recipe.

    Args:
        cfg: composed `train` config.
        data: fingerprint of the prepared faces.
        weights: hash of the first weights; empty without pretraining.
        split: fingerprint of the parts themselves, however they were made.
        aligned_to: hash of the maps that the network's own are drawn to; empty without such.
        votes: hash of the soft labels; empty without such.
    """
    return fingerprint(
        {
            **({"aligned_to": aligned_to} if aligned_to else {}),
            **({"votes": votes} if votes else {}),
            "data": data,
            "weights": weights,
            "trainer": {key: value for key, value in learning(cfg.trainer).items() if value is not None},
            "split": split,
            "recipe": practising(cfg.recipe),
            "model": modelling(cfg.model),
            "classes": list(cfg.classes),
            **{key: cfg[key] for key in ("fold", "seed", "normalise")},
        }
    )


def config_fingerprint(cfg: DictConfig) -> str:
    """Names settings, for runs that never come to know their data: all that is said, for any of it may be why."""
    # Unresolved: what is wrong may be an interpolation.
    said = _plain(OmegaConf.to_container(cfg), "")
    return fingerprint({key: value for key, value in said.items() if key not in NO_PART | {"study_dir"}})


def run_fingerprint(cfg: DictConfig, training: str, neutral: str = "") -> str:
    """Names a run: the trained network, and how it is explained and compared.

    Args:
        cfg: composed `train` config.
        training: fingerprint of the trained network.
        neutral: fingerprint of the neutral faces that hidden pixels show; empty where none do.
    """
    explainers = {name: explaining(node) for name, node in cfg.explainer.items()}
    # Scores follow from the maps, so other references and metrics make no other run; the study's tables work out what
    # a run lacks. Without tests of the explainers and other alignments, their settings change nothing.
    names = {"explain"} | ({"trust"} if cfg.trust else set()) | ({"realign"} if cfg.realign else set())
    callbacks = {
        str(name): _but({"explainers"}, explaining(node)) for name, node in cfg.callbacks.items() if name in names
    }
    parts: dict[str, Any] = {"explainer": explainers, "callbacks": callbacks}
    if neutral:
        parts["neutral"] = neutral
    return fingerprint({"training": training, "layer": cfg.model.layer, **parts})


def _but(left_out: set[str], settings: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key not in left_out}
