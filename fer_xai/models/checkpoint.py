"""A network out of a file of somebody else's: weights for a known architecture, or a network that only runs."""

import zipfile
from pathlib import Path

from torch import Tensor, nn

from fer_xai.errors import UserError
from fer_xai.models.forward_only import OnnxNetwork, TorchScriptNetwork
from fer_xai.models.timm_backbone import TimmNetwork
from fer_xai.models.timm_classifier import TimmClassifier
from fer_xai.models.weight_files import read_tensors

#: The config key that names the file.
KEY = "model.checkpoint"


def stored_network(classes: int, checkpoint: str = "", backbone: str | None = None, input_size: int = 224) -> nn.Module:
    """The network in a file.

    Args:
        classes: number of its outputs.
        checkpoint: weights of a timm model (safetensors, or a state dict as torch saves it), TorchScript or ONNX.
        backbone: timm's name of the model, where the file holds weights.
        input_size: side of its square input in pixels.

    Raises:
        UserError: no such file, one that holds code, or weights of another network.
    """
    path = Path(checkpoint)
    check_file(path)
    if path.suffix.lower() == ".onnx":
        return OnnxNetwork(path)
    if _holds(path, "/constants.pkl"):
        return TorchScriptNetwork(path)
    if backbone is None:
        raise UserError(
            f"{KEY}={path} holds weights and not their network: name it, model.backbone=NAME (of timm) or "
            "model.network._target_=package.module.Class"
        )
    tensors = read_tensors(path, KEY)
    own = any("features.backbone." in name for name in tensors)
    network = TimmNetwork(backbone, input_size, classes) if own else TimmClassifier(backbone, input_size, classes)
    load_into(network if own else network.backbone, tensors, path)  # type: ignore[arg-type]
    return network


def check_file(path: Path) -> None:
    """Refuse a file that is not there, or of a kind that is not read.

    Raises:
        UserError: saying what would be right.
    """
    if not path.is_file():
        raise UserError(f"{KEY}={path}: no such file")
    # Not for its pickles, which could be read by themselves: torch evaluates its texts (sizes of tensors, guards) and
    # looks up its operators by any name.
    if path.suffix.lower() == ".pt2" or _holds(path, "archive_format"):
        raise UserError(
            f"{KEY}={path}: a file of torch.export can hold code that reading would run: save the network as "
            "TorchScript (torch.jit.trace) or ONNX, or its weights as safetensors"
        )


def load_into(network: nn.Module, tensors: dict[str, Tensor], path: Path) -> None:
    """Put weights into a network, all of them; what stands before all names, such as `module.`, makes no difference.

    Args:
        network: changed in place.
        tensors: by name.
        path: of their file, for messages.

    Raises:
        UserError: they are those of another network.
    """
    own = network.state_dict()
    while not own.keys() & tensors.keys():
        first = {name.partition(".")[0] for name in tensors}
        if len(first) != 1 or any("." not in name for name in tensors):
            break
        tensors = {name.partition(".")[2]: tensor for name, tensor in tensors.items()}
    missing = [name for name in own if name not in tensors and not name.endswith("num_batches_tracked")]
    further = [name for name in tensors if name not in own]
    unlike = [name for name in own if name in tensors and tensors[name].shape != own[name].shape]
    if missing or further:
        told = [f"{len(missing)} tensors of the network are not in it, such as {missing[0]}"] if missing else []
        told += [f"{len(further)} in it are not the network's, such as {further[0]}"] if further else []
        raise UserError(f"{KEY}={path} is of another network: {'; '.join(told)}")
    if unlike:
        name = unlike[-1]
        shapes = f"{tuple(tensors[name].shape)} and not {tuple(own[name].shape)}"
        raise UserError(
            f"{KEY}={path}: {name} has the shape {shapes}: model.classes has to name all outputs of the network, in "
            "their order, and model.input_size what it was trained with"
        )
    network.load_state_dict(own | tensors)


def _holds(path: Path, ending: str) -> bool:
    """Whether a file is an archive with a member of such a name."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith(ending) for name in archive.namelist())
