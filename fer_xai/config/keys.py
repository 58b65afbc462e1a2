"""Keys of a composed config, and which of them somebody meant who wrote another one."""

import difflib
import inspect
import re
from collections.abc import Iterator
from typing import Any

from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from fer_xai.config.trainer_options import REFUSED

#: What other programs call a key -> what it is called here.
_ALSO_CALLED = {
    **dict.fromkeys(("learning_rate", "base_lr", "init_lr", "learningrate"), "lr"),
    **dict.fromkeys(("epochs", "epoch", "n_epochs", "num_epochs", "train_epochs"), "max_epochs"),
    **dict.fromkeys(("bs", "batch", "batchsize", "train_batch_size"), "batch_size"),
    **dict.fromkeys(("wd", "decay", "l2"), "weight_decay"),
    **dict.fromkeys(("image_size", "img_size", "imgsz", "resolution"), "input_size"),
    **dict.fromkeys(("gpu", "gpus", "n_gpus", "num_gpus"), "devices"),
    **dict.fromkeys(("device", "use_cuda", "cuda"), "accelerator"),
    **dict.fromkeys(("n_folds", "num_folds", "n_splits", "kfold"), "folds"),
    **dict.fromkeys(("val_split", "val_size", "validation_split"), "validation"),
    **dict.fromkeys(("random_state", "random_seed", "manual_seed"), "seed"),
    **dict.fromkeys(("early_stopping", "early_stop"), "patience"),
    **dict.fromkeys(("augmentation", "augmentations", "transform", "transforms"), "augment"),
    **dict.fromkeys(("lr_scheduler", "schedule"), "scheduler"),
    **dict.fromkeys(("clip", "grad_clip", "clip_grad", "gradient_clip"), "gradient_clip_val"),
    **dict.fromkeys(("accumulation", "grad_accum", "accumulation_steps", "accumulate_grad_batches"), "accumulate"),
    **dict.fromkeys(("data_dir", "data_root", "data_path"), "root"),
    **dict.fromkeys(("drop_rate", "dropout_rate"), "dropout"),
    **dict.fromkeys(("amp", "mixed_precision", "fp16", "bf16"), "precision"),
    **dict.fromkeys(("labels", "n_classes", "num_classes"), "classes"),
}
_REFUSED = {f"trainer.{name}" for name in REFUSED}
#: Groups whose choices stand side by side, each by its name.
NAMED = ("explainer", "reference", "metrics", "trust", "realign", "callbacks", "logger")
#: What networks were trained by in the paper: a note that only some recipes take up.
_NOTES = "model.paper."
#: So many parameters of what a node builds are listed; more fill a screen.
_FEW = 12
#: Least likeness of names (`difflib`) for one to be taken for the other.
_LIKE = 0.78


def unknown_key(cfg: DictConfig, key: str, value: Any = None) -> str:
    """One line on a key that nothing reads.

    Args:
        cfg: the composed config, with or without that key.
        key: its full name, with dots.
        value: what it was set to, where that is known.

    Returns:
        What is wrong, and which key may have been meant.
    """
    source = _taken_from(cfg, key)
    if source is not None:
        return f"{key} cannot be set, it is taken over from {source}: set that"
    parent, _, last = key.rpartition(".")
    group, name, *_ = [*key.split("."), ""]
    if group in NAMED and name not in cfg.get(group, ()):
        return f"unknown key {key}; nothing of that name is chosen: {group}={name} chooses it"
    node = OmegaConf.select(cfg, parent, throw_on_missing=False) if parent else None
    takes = parameters_of(node)
    if last in takes or _is_free(node) or (node is None and _may_be_free(cfg, parent)):
        return f"{key} has no value yet that could be replaced: write +{key}=VALUE to add it"
    near = near_keys(cfg, key)
    parts = [f"unknown key {key}"]
    if near:
        parts.append(f"did you mean {' or '.join(near)}?")
    known = [name for name in takes if f"{parent}.{name}" not in _REFUSED] or [
        name for name in map(str, node or ()) if name != last and not name.startswith("_")
    ]
    if node is not None and known and (not near or 0 < len(takes) <= _FEW):
        parts.append(f"{node.get('_target_') or parent} takes {', '.join(known)}")
    elif not near and not parent and isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w-]*", value):
        parts.append(f"nor is there a file {key}/{value}.yaml: name the folder that holds it by --config-dir FOLDER")
    elif not near:
        parts.append("--cfg job shows all keys")
    return "; ".join(parts).replace("?; ", "? ")


def as_written(node: DictConfig, name: str) -> Any:
    """A value as it was written, interpolations and all."""
    said = OmegaConf.to_container(node, resolve=False)
    assert isinstance(said, dict)
    return said[name]


def near_keys(cfg: DictConfig, key: str) -> list[str]:
    """The keys that somebody may have meant: of the same name elsewhere, or else of a like name.

    Args:
        cfg: the composed config.
        key: what was written, with dots.

    Returns:
        None, one or two keys; with a plus in front where the config has no value that could be replaced.
    """
    last = key.rpartition(".")[2]
    word = _ALSO_CALLED.get(last.lower().replace("-", "_"), last)
    there = [path for path in _paths(cfg) if path != key and not _is_own(path)]
    shown = [path for path in there if not path.startswith(_NOTES)]
    for paths in (shown, there):
        same = [path for path in paths if _last(path) == word]
        if same:
            return _nearest(same, key)
    # What a signature takes is asked only now: it imports what is built.
    more = [f"+{path}" for path in _open_parameters(cfg) if path != key and not _is_own(path)]
    more = [path for path in more if not path.startswith(f"+{_NOTES}")]
    same = [path for path in more if _last(path) == word]
    if same:
        return _nearest(same, key)
    beside = [path for path in shown if path.rpartition(".")[0] == key.rpartition(".")[0]]
    for paths in (beside, [*shown, *more]):
        names = difflib.get_close_matches(word, {_last(path) for path in paths}, n=1, cutoff=_LIKE)
        if names:
            return _nearest([path for path in paths if _last(path) in names], key)
    return []


def _nearest(paths: list[str], key: str) -> list[str]:
    """Those that share most of the way with `key`, of these the shortest, two at most."""

    def distance(path: str) -> tuple[int, int]:
        parts = path.lstrip("+").split(".")
        shared = next((i for i, (a, b) in enumerate(zip(parts, key.split("."), strict=False)) if a != b), 0)
        return -shared, len(parts)

    least = min(map(distance, paths), default=None)
    return [path for path in paths if distance(path) == least][:2]


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _is_own(path: str) -> bool:
    """Whether a key belongs to Hydra, or to Lightning where the project has one of its own."""
    return path.startswith("hydra") or _last(path).startswith("_") or path in _REFUSED


def _paths(cfg: DictConfig) -> Iterator[str]:
    return (path for path, _ in _nodes(cfg))


def _nodes(node: DictConfig, prefix: str = "") -> Iterator[tuple[str, DictConfig | None]]:
    """All keys and the nodes there, less those below an interpolation: they are set where their values come from."""
    for name in node:
        path = f"{prefix}{name!s}"
        taken = OmegaConf.is_interpolation(node, name) or OmegaConf.is_missing(node, name)  # type: ignore[arg-type]
        value = None if taken else node[name]
        yield path, value if isinstance(value, DictConfig) else None
        if isinstance(value, DictConfig):
            yield from _nodes(value, f"{path}.")


def _open_parameters(cfg: DictConfig) -> Iterator[str]:
    """Parameters that have a default in the signature of what is built, and no value in the config."""
    for path, node in _nodes(cfg):
        if node is not None:
            yield from (
                f"{path}.{name}" for name, default in parameters_of(node).items() if default and name not in node
            )


def parameters_of(node: Any) -> dict[str, bool]:
    """Parameters of what a node builds, and whether they have a default; none where that cannot be imported."""
    if not isinstance(node, DictConfig) or node.get("_target_") is None:
        return {}
    try:
        parameters = inspect.signature(get_object(node["_target_"])).parameters.values()
    except Exception:  # of own code, which may raise anything
        return {}
    return {p.name: p.default is not p.empty for p in parameters if p.kind not in {p.VAR_KEYWORD, p.VAR_POSITIONAL}}


def _is_free(node: Any) -> bool:
    """Whether a node is a dictionary whose keys are words of the user's."""
    return isinstance(node, DictConfig) and OmegaConf.get_type(node) is dict and "_target_" not in node


def _may_be_free(cfg: DictConfig, key: str) -> bool:
    """Whether a key that is null may be given a dictionary: a parameter of what is built, such as `data.words`."""
    above, _, last = key.rpartition(".")
    node = OmegaConf.select(cfg, above, throw_on_missing=False) if above else None
    return isinstance(node, DictConfig) and "_target_" in node and last in node


def _taken_from(cfg: DictConfig, key: str) -> str | None:
    """The key that `key` stands for, where it lies below an interpolation of another node."""
    parts = key.split(".")
    for size in range(1, len(parts)):
        above = OmegaConf.select(cfg, ".".join(parts[: size - 1])) if size > 1 else cfg
        if not isinstance(above, DictConfig) or parts[size - 1] not in above:
            return None
        if OmegaConf.is_interpolation(above, parts[size - 1]):
            source = re.fullmatch(r"\$\{([\w.]+)\}", str(as_written(above, parts[size - 1])))
            return ".".join([source[1], *parts[size:]]) if source else None
    return None
