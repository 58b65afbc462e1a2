"""Where a network's first weights come from: none, published ones, or a file."""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import timm
import torch
from huggingface_hub import HfApi, try_to_load_from_cache
from timm.layers import resample_abs_pos_embed
from torch import Tensor

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.errors import NotApplicableError, UnavailableError, UserError
from fer_xai.models.backbones import create_backbone
from fer_xai.models.network import Network
from fer_xai.models.timm_backbone import TimmNetwork
from fer_xai.models.trained_on import TrainedOn, read_trained_on
from fer_xai.models.weight_files import read_tensors

#: What tables show for the pretraining of a network that was trained elsewhere.
ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Provenance:
    """What the first weights were.

    Attributes:
        word: none, imagenet, the name of the weights' file, or `ELSEWHERE` for a network that is not trained here.
        source: timm's tag or the file's name; empty without pretraining.
        sha256: hash over the tensors; empty without pretraining.
        notes: one line for every tensor that was left out, or that keeps its first values.
        seen: the images and people behind the weights, where their file tells.
    """

    word: str
    source: str = ""
    sha256: str = ""
    notes: tuple[str, ...] = ()
    seen: TrainedOn | None = None

    def facts(self) -> dict[str, Any]:
        """For a run's record; empty without pretraining."""
        if not self.sha256:
            return {}
        facts = {"name": self.word, "source": self.source, "sha256": self.sha256, "notes": list(self.notes)}
        if self.seen is None:
            return facts
        return facts | {
            "lineage": self.seen.lineage,
            "trained_on_images": len(self.seen.contents),
            "trained_on_people": len(self.seen.people),
        }

    def summary(self) -> str:
        """One line for the log."""
        if not self.sha256:
            return "first weights: random"
        return f"first weights: {self.source}, sha256 {self.sha256}" + "".join(f"; {note}" for note in self.notes)


def pretraining_word(pretrained: bool | str) -> str:
    """The word that tables show for a value of `pretrained`: none, imagenet, or the name of the weights' file."""
    if isinstance(pretrained, bool):
        return "imagenet" if pretrained else "none"
    return Path(pretrained).stem


def load_weights(network: Network, pretrained: bool | str, tag: str | None) -> Provenance:
    """Put the first weights into `network`, in place.

    Args:
        network: freshly built.
        pretrained: False, True (timm's published weights), or the path of a safetensors or state-dict file.
        tag: timm's name of the network with the tag of its published weights, None where there are none.

    Returns:
        What was loaded.

    Raises:
        NotApplicableError: `pretrained` is True and the network never had published weights.
        UnavailableError: published weights that cannot be had here.
        UserError: a file that is missing, is no weights' file, or does not fit the network.
    """
    if pretrained is False:
        return Provenance("none")
    seen = None
    if pretrained is True:
        if tag is None:
            raise NotApplicableError("this network has no published pretrained weights")
        if not isinstance(network, TimmNetwork):
            raise UserError(
                f"pretrained=true: {type(network).__name__} is no network of timm, whose weights {tag} are: set "
                "model.weights.tag=null, or give pretrained=FILE"
            )
        state, source = _published(tag, network), tag
    else:
        path = Path(pretrained)
        state, source, seen = _from_file(path), path.name, read_trained_on(path)
    notes = _load(network, state, source)
    return Provenance(pretraining_word(pretrained), source, _hash(state), notes, seen)


def _published(tag: str, network: TimmNetwork) -> dict[str, Tensor]:
    try:
        _ask_hub(tag)
        state = create_backbone(tag, network.input_size, pretrained=True).state_dict()
    except Exception as error:  # the hub raises many kinds, by its version and by what is missing
        cache = Path(torch.hub.get_dir()) / "checkpoints"
        config = timm.get_pretrained_cfg(tag)
        where = f"https://huggingface.co/{config.hf_hub_id}" if config and config.hf_hub_id else "timm's hub"
        raise UnavailableError(
            f"the weights {tag} are not in the local cache and cannot be downloaded ({type(error).__name__}): fetch "
            f"model.safetensors from {where} on a machine with network and give pretrained=FILE, or copy its "
            f"hub cache here (HF_HOME, or {cache})"
        ) from error
    return {network.name_of(name): tensor for name, tensor in state.items()}


def _ask_hub(tag: str) -> None:
    """Fail at once where the hub cannot be reached: a download would try again for most of a minute."""
    config = timm.get_pretrained_cfg(tag)
    if config is None or not config.hf_hub_id:
        return
    cached = (try_to_load_from_cache(config.hf_hub_id, name) for name in ("model.safetensors", "pytorch_model.bin"))
    if not any(isinstance(path, str) for path in cached):
        HfApi().model_info(config.hf_hub_id, timeout=10)


def check_weights_file(pretrained: bool | str) -> None:
    """Refuse a file of weights that is not there.

    Args:
        pretrained: as `load_weights` takes it; a file only is looked for.

    Raises:
        UserError: saying what makes it.
    """
    if not isinstance(pretrained, bool) and not Path(pretrained).is_file():
        raise UserError(f"pretrained={pretrained}: no such file; {_advice(Path(pretrained))}")


def _from_file(path: Path) -> dict[str, Tensor]:
    check_weights_file(str(path))
    return {name.removeprefix("network."): tensor for name, tensor in read_tensors(path, "pretrained").items()}


def _advice(path: Path) -> str:
    """What to do about a file of weights that is not there."""
    if path.name != "identity.safetensors" or len(path.parts) < 5:
        return "give true, false, or a safetensors or state-dict file"
    study, settings = path.parents[3], "task=identity ... hydra.sweep.dir="
    if (conf_dir() / "study" / f"{study.name}.yaml").is_file():
        return f"make it first: fer-xai train -m study={study.name}"
    return f"make it first, with the same data and split: fer-xai train -m {settings}{study}"


def _load(network: Network, state: dict[str, Tensor], source: str) -> tuple[str, ...]:
    """Load what fits; a head of another size is left out and said so, anything else that does not fit is an error."""
    own = network.state_dict()
    if isinstance(network, TimmNetwork) and not set(state) & set(own):
        state = {network.name_of(name): tensor for name, tensor in state.items()}
    notes = [f"{n}: left out, the network has no such tensor" for n in state if n not in own]
    notes += [
        f"{n}: not in the weights, keeps its first values" for n in own if n.startswith("head.") and n not in state
    ]
    state, resampled = _fit_positions(network, state)
    notes += resampled
    fitting = {n: t for n, t in state.items() if n in own and t.shape == own[n].shape}
    for name in sorted(set(state) & set(own) - set(fitting)):
        shapes = f"{tuple(state[name].shape)} instead of {tuple(own[name].shape)}"
        if not name.startswith("head."):
            raise UserError(f"pretrained={source}: {name} has shape {shapes}; these are weights of another network")
        notes.append(f"{name}: left out, a head of another size: {shapes}")
    missing = [n for n in own if n not in fitting and not n.startswith("head.") and "num_batches_tracked" not in n]
    if missing:
        raise UserError(f"pretrained={source}: {len(missing)} tensors of the network are missing, first {missing[0]}")
    network.load_state_dict(own | fitting)
    return tuple(notes)


def _fit_positions(network: Network, state: dict[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    """Resample a transformer's position embedding, made for another input size, to the places of this one."""
    name = "features.backbone.pos_embed"
    backbone = getattr(getattr(network, "features", None), "backbone", None)
    given, own = state.get(name), getattr(backbone, "pos_embed", None)
    grid = getattr(getattr(backbone, "patch_embed", None), "grid_size", None)
    prefix = 0 if getattr(backbone, "no_embed_class", False) else getattr(backbone, "num_prefix_tokens", 0)
    if given is None or own is None or grid is None or given.shape == own.shape or given.ndim != 3:
        return state, []
    square = math.isqrt(given.shape[1] - prefix) ** 2 == given.shape[1] - prefix
    if not square or given.shape[2] != own.shape[2]:
        return state, []
    fitted = resample_abs_pos_embed(given, list(grid), num_prefix_tokens=prefix)
    return state | {name: fitted}, [f"{name}: resampled from {tuple(given.shape)} to {tuple(fitted.shape)}"]


def _hash(state: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode())
        digest.update(state[name].detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
