"""Tries the parts of a run that a user may have brought along, on random images, before any training."""

import numpy as np
import pandas as pd
import torch
from hydra.utils import get_object
from omegaconf import DictConfig
from torch import Tensor, nn

from fer_xai.config.own import built, kind_of, own_part, own_targets
from fer_xai.config.rest import keys_of_rest
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.errors import NotApplicableError, UserError
from fer_xai.explainers.base import Question
from fer_xai.explainers.check_explainer import try_explainer
from fer_xai.explainers.layer import check_layer, unseen_edges
from fer_xai.face.chosen_references import chosen_references
from fer_xai.metrics.chosen import chosen_metrics
from fer_xai.models.check_network import IMAGES, check_network
from fer_xai.models.network import Network
from fer_xai.models.schedules import Schedule
from fer_xai.run.alignment_reference import try_alignment
from fer_xai.run.elsewhere import is_elsewhere, is_forward_only, network_elsewhere
from fer_xai.synthetic.interventions import are_drawn
from fer_xai.trust.measures import describe

_PLAIN = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)


def build_network(cfg: DictConfig) -> Network:
    """The network of a run with random weights, or as it was trained elsewhere.

    One of the user's has to be a classifier of images.

    Args:
        cfg: composed `train` config.

    Raises:
        UserError: it cannot be built or trained, or gives no logits.
    """
    if is_elsewhere(cfg):
        return network_elsewhere(cfg)  # type: ignore[return-value]
    network: Network = built(
        "model.network", cfg.model.network, nn.Module, "a torch.nn.Module", classes=len(cfg.classes)
    )
    own = own_targets(cfg.model.network)
    if own:
        check_network(network, own[0], len(cfg.classes), cfg.model.input_size, cfg.recipe.freeze_epochs > 0)
    return network


def try_parts(cfg: DictConfig, network: nn.Module, faces: PreparedFaces) -> list[str]:
    """Refuse parts with which the run would fail later.

    Args:
        cfg: composed `train` config.
        network: of the run; left as it was found.
        faces: that it will see.

    Returns:
        What a user should know of the network.

    Raises:
        UserError: naming the part, what is wrong with it, and what would be right.
    """
    notes = _check_layer(cfg, network)
    _check_faces(cfg, faces.frame)
    if not is_elsewhere(cfg):
        _try_recipe(cfg, network)
        try_alignment(cfg, network, faces)
    chosen_references(cfg.reference)
    chosen_metrics(cfg.metrics)
    _check_rest(cfg, faces)
    for name, node in cfg.trust.items():
        if own_targets(node):
            key = f"trust.{name}"
            with own_part(key, node):
                describe(built(key, node, object, "a test of explainers"), key)
    own = {name: node for name, node in cfg.explainer.items() if own_targets(node)}
    question = _question(cfg, faces) if own else None
    for name, node in own.items():
        key = f"explainer.{name}"
        with own_part(key, node):
            explainer = built(key, node, object, "an explainer")
            try:
                try_explainer(explainer, network, cfg.model.layer, question)  # type: ignore[arg-type]
            except UserError as error:
                raise UserError(f"{key}: {node['_target_']}: {error}") from error
    return [*notes, *_edges(cfg, network)]


def _check_layer(cfg: DictConfig, network: nn.Module) -> list[str]:
    """Refuse a layer that gives no map; what to know of a network trained elsewhere that has none to look at."""
    try:
        check_layer(network, cfg.model.layer, cfg.model.input_size)
    except NotApplicableError as error:
        return [f"{cfg.model.name}: {error}"]
    return []


def _check_rest(cfg: DictConfig, faces: PreparedFaces) -> None:
    """Refuse to hide pixels behind neutral faces where, for all that was asked for, there are none."""
    keys = keys_of_rest(cfg)
    if keys and faces.neutral is None and not are_drawn(faces.frame).any():
        raise UserError(f"{keys[0]}: no face has a neutral one among the data: choose another fill")


def _check_faces(cfg: DictConfig, frame: pd.DataFrame) -> None:
    """Ask the explainers and their tests that look at the faces, those with a method `check_faces`, if they fit."""
    for group in ("explainer", "trust"):
        for name, node in cfg[group].items():
            key = f"{group}.{name}"
            if hasattr(get_object(node["_target_"]), "check_faces"):
                with own_part(key, node):
                    built(key, node, object, "a part that looks at faces").check_faces(key, frame)


def _edges(cfg: DictConfig, network: nn.Module) -> list[str]:
    """What of its input a network does not look at."""
    if is_forward_only(network):
        return []
    size = cfg.model.input_size
    right, bottom = unseen_edges(network, size)
    if not right and not bottom:
        return []
    return [
        f"{cfg.model.name} does not look at the last {right} columns (right) and {bottom} rows (bottom) of its "
        f"{size} x {size} pixels: its patches or strides do not cover them; another model.input_size does"
    ]


def _try_recipe(cfg: DictConfig, network: nn.Module) -> None:
    recipe = cfg.recipe
    for key, node in (("recipe.optimizer", recipe.optimizer), ("recipe.scheduler", recipe.scheduler)):
        if node is not None and not node.get("_partial_"):
            raise UserError(f"{key}: it is built when the training begins: set {key}._partial_=true")
    key = "recipe.optimizer"
    with own_part(key, recipe.optimizer):
        optimizer = built(key, recipe.optimizer, object, "an optimizer")(network.parameters())
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise UserError(f"{key}: {recipe.optimizer._target_} gives {kind_of(optimizer)}, not a torch.optim.Optimizer")
    if recipe.scheduler is not None:
        key = "recipe.scheduler"
        with own_part(key, recipe.scheduler):
            schedule = Schedule(built(key, recipe.scheduler, object, "a scheduler"), recipe.scheduler_interval)
            given = schedule.configure(optimizer, recipe.max_epochs, lambda: recipe.max_epochs)["scheduler"]
        if not hasattr(given, "step") or not hasattr(given, "state_dict"):
            raise UserError(f"{key}: {recipe.scheduler._target_} gives {kind_of(given)}, not a scheduler of torch")
    if recipe.augment is not None and own_targets(recipe.augment):
        _try_augment(recipe.augment, cfg.prepare.crop_size)


def _try_augment(node: DictConfig, size: int) -> None:
    key = "recipe.augment"
    crops = torch.randint(0, 256, (IMAGES, 3, size, size), dtype=torch.uint8, generator=_generator())
    with own_part(key, node), torch.random.fork_rng():
        augment = built(key, node, object, "a function of crops")
        found = augment(crops.clone())
    wanted = f"crops as it gets them, ({IMAGES}, 3, {size}, {size}) with values from 0 to 255"
    if not isinstance(found, Tensor) or found.shape != crops.shape:
        given = f"{kind_of(found)}{f' of shape {tuple(found.shape)}' if isinstance(found, Tensor) else ''}"
        raise UserError(f"{key}: {node._target_} gives {given}, not {wanted}")
    if found.is_floating_point() and (not bool(found.isfinite().all()) or float(found.abs().max()) <= 1.5):
        raise UserError(f"{key}: {node._target_} gives values up to {float(found.abs().max()):.3g}, not {wanted}")


def _question(cfg: DictConfig, faces: PreparedFaces) -> Question:
    """About random images with landmarks of faces: why the first class?"""
    size = cfg.model.input_size
    weights = cfg.model.weights
    mean, std = (weights.mean, weights.std) if cfg.normalise == "weights" else _PLAIN
    mean, std = (torch.tensor(list(values)).view(1, 3, 1, 1) for values in (mean, std))
    ratio = size / cfg.prepare.crop_size
    landmarks = torch.from_numpy(np.asarray(faces.landmarks[[0] * IMAGES])).float()
    images = (torch.rand(IMAGES, 3, size, size, generator=_generator()) - mean) / std
    return Question(
        images=images,
        classes=torch.zeros(IMAGES, dtype=torch.int64),
        mean=mean,
        std=std,
        landmarks=(landmarks + 0.5) * ratio - 0.5,
        index=torch.arange(IMAGES),
        rest=lambda: images.flip(-1),
    )


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)
