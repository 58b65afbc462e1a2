"""What a recipe draws the network's own maps to: checked before any work, built for training."""

import hashlib
import math

import numpy as np
import torch
import torch.nn.functional as F
from hydra.utils import get_object
from omegaconf import DictConfig
from torch import nn

from fer_xai.config.fingerprint import fingerprint, is_aligned
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.errors import UserError
from fer_xai.face.carried import CarriedReference
from fer_xai.face.chosen_references import chosen_references
from fer_xai.face.masks import Reference
from fer_xai.models.alignment import DISTANCES, MAPS, Alignment
from fer_xai.models.check_network import IMAGES
from fer_xai.nearest import nearest
from fer_xai.run.elsewhere import is_elsewhere
from fer_xai.synthetic.interventions import refuse_photographs

_KEY = "recipe.alignment"


def check_alignment(cfg: DictConfig) -> None:
    """Refuse words that mean nothing, and settings that do not go together.

    Args:
        cfg: composed `train` config whose references are settled.

    Raises:
        UserError: naming the key, and what would be right there.
    """
    alignment = cfg.recipe.alignment
    for key, words in (("map", MAPS), ("distance", DISTANCES)):
        if alignment[key] not in words:
            raise UserError(f"{_KEY}.{key}={alignment[key]}: choose {' or '.join(words)}")
    if not 0 <= alignment.strength < math.inf:
        raise UserError(f"{_KEY}.strength={alignment.strength:g}: must be 0 (off) or more, and finite")
    if not is_aligned(cfg.recipe):
        return
    if alignment.reference not in cfg.reference:
        chosen = list(map(str, cfg.reference))
        near = nearest(alignment.reference, chosen)
        meant = f"did you mean {near[0]}? " if near else ""
        raise UserError(
            f"{_where(cfg)}: no reference of that name is chosen, only {', '.join(chosen)}: {meant}"
            f"reference=[{','.join([*chosen, alignment.reference])}] chooses it, too"
        )
    if cfg.task._target_.endswith("train_identity"):
        raise UserError(
            f"{_where(cfg)}: references are of expressions, and task=identity learns people: set it to null"
        )
    if cfg.compile:
        raise UserError(f"{_where(cfg)}: a compiled network cannot be differentiated twice: set compile=false")
    augment = cfg.recipe.augment
    if augment is not None and not hasattr(get_object(augment._target_), "with_maps"):
        raise UserError(
            f"{_where(cfg)}: {augment._target_} has no method `with_maps`, which moves the reference with the crop: "
            "see fer_xai.models.augment.Augment: write one, or set recipe.augment=null"
        )


def try_alignment(cfg: DictConfig, network: nn.Module, faces: PreparedFaces) -> None:
    """Refuse a reference that lacks what training needs, and a network through whose maps cannot be learned.

    Args:
        cfg: composed `train` config of a network that is trained here.
        network: of the run; left as it was found.
        faces: that it will see.

    Raises:
        UserError: naming the key, and what would be right there.
    """
    if not _is_drawn(cfg):
        return
    reference = aligned_reference(cfg)
    alignment = _drawn_to(reference, cfg)
    if getattr(reference, "of_drawn_faces", False):
        refuse_photographs(_where(cfg), faces.frame)
    random = torch.Generator().manual_seed(0)
    images = torch.rand(IMAGES, 3, cfg.model.input_size, cfg.model.input_size, generator=random)
    labels = torch.zeros(IMAGES, dtype=torch.int64)
    landmarks = torch.from_numpy(np.asarray(faces.landmarks[[0] * IMAGES])).float()
    device = next(network.parameters()).device
    before = {name: value.clone() for name, value in network.named_buffers()}
    try:
        with torch.random.fork_rng(), torch.enable_grad():
            targets = alignment.targets(labels, landmarks, cfg.prepare.crop_size)
            given = (part.to(device) for part in (images, labels, targets))
            logits, distances = alignment.logits_and_distance(network, *given)
            loss = F.cross_entropy(logits, labels.to(device)) + distances.mean()
            torch.autograd.grad(loss, [p for p in network.parameters() if p.requires_grad], allow_unused=True)
    except RuntimeError as error:
        if "derivative for" not in str(error):
            raise
        other = next((name for name in MAPS if name != cfg.recipe.alignment.map), "")
        raise UserError(
            f"{_KEY}.map={cfg.recipe.alignment.map}: {cfg.model.name} cannot be differentiated twice "
            f"({str(error).splitlines()[0]}): try {_KEY}.map={other}"
        ) from error
    finally:
        # Statistics of normalisations have seen the random images.
        for name, value in network.named_buffers():
            value.copy_(before[name])


def aligned_reference(cfg: DictConfig) -> Reference:
    """The reference that maps are drawn to, with a map for each class.

    Raises:
        UserError: it cannot be built, or lacks a class.
    """
    name = cfg.recipe.alignment.reference
    (reference,) = chosen_references({name: cfg.reference[name]})
    lacking = [word for word in cfg.classes if word not in reference]
    if lacking:
        raise UserError(
            f"{_where(cfg)}: it has nothing for {', '.join(lacking)}, only for {', '.join(reference.expressions)}: "
            "leave them out of `classes`, or choose another reference"
        )
    for word in cfg.classes:
        known = reference.weights_of(word)[reference.known_of(word)]
        if not known.size or known.min() == known.max():
            raise UserError(f"{_where(cfg)}: its map for {word} is the same everywhere: nothing can be drawn to it")
    return reference


def build_alignment(cfg: DictConfig) -> Alignment | None:
    """What draws the network's own maps to a reference; None where nothing does, or nothing is trained.

    Raises:
        UserError: as `aligned_reference` does.
    """
    return _drawn_to(aligned_reference(cfg), cfg) if _is_drawn(cfg) else None


def _drawn_to(reference: Reference, cfg: DictConfig) -> Alignment:
    settings = cfg.recipe.alignment
    carry = CarriedReference(reference, list(cfg.classes))
    return Alignment(carry, cfg.model.layer, settings.strength, settings.map, settings.distance)


def aligned_to(cfg: DictConfig) -> str:
    """Names what the network's own maps are drawn to, by its content; empty where nothing is.

    Raises:
        UserError: as `aligned_reference` does.
    """
    if not _is_drawn(cfg):
        return ""
    reference = aligned_reference(cfg)
    content = hashlib.sha256()
    for word in cfg.classes:
        content.update(np.ascontiguousarray(reference.weights_of(word), dtype=np.float32).tobytes())
        content.update(reference.known_of(word).tobytes())
    return fingerprint({"maps": content.hexdigest(), "layer": cfg.model.layer})


def alignment_facts(cfg: DictConfig) -> dict[str, object]:
    """What a record says of the settings; empty where nothing is aligned."""
    settings = cfg.recipe.alignment
    return {str(key): settings[key] for key in settings} if _is_drawn(cfg) else {}


def is_to_others(cfg: DictConfig) -> bool:
    """Whether maps are drawn to those of other expressions, as a control."""
    return _is_drawn(cfg) and bool(
        getattr(get_object(cfg.reference[cfg.recipe.alignment.reference]["_target_"]), "of_others", False)
    )


def _is_drawn(cfg: DictConfig) -> bool:
    """Whether maps are drawn to a reference: a network that was trained elsewhere is not trained here."""
    return is_aligned(cfg.recipe) and not is_elsewhere(cfg)


def _where(cfg: DictConfig) -> str:
    return f"{_KEY}.reference={cfg.recipe.alignment.reference}"
