"""Networks in files that can be run and not looked into: TorchScript and ONNX."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fer_xai.errors import NotApplicableError, UserError

_WHY = (
    "the file holds a network that can be run and not looked into: take explainers that only hide pixels "
    "(explainer=rise, occlusion, lime ...)"
)


class ForwardOnly(nn.Module):
    """A network that gives logits and neither layers nor gradients."""

    def forward(self, images: Tensor) -> Tensor:
        """Logits (b, outputs) of images (b, 3, h, w).

        Raises:
            NotApplicableError: a gradient with respect to the images is wanted.
        """
        if torch.is_grad_enabled() and images.requires_grad:
            raise NotApplicableError(_WHY)
        with torch.no_grad():
            return self.run(images)

    def run(self, images: Tensor) -> Tensor:
        """The logits, without a graph."""
        raise NotImplementedError

    def get_submodule(self, target: str) -> nn.Module:
        """There are no layers.

        Raises:
            NotApplicableError: always, but for the whole network (an empty name).
        """
        if target:
            raise NotApplicableError(_WHY)
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> nn.Module:
        """There is no copy whose weights could be changed.

        Raises:
            NotApplicableError: always.
        """
        raise NotApplicableError("the weights of a network that can only be run cannot be changed")


class TorchScriptNetwork(ForwardOnly):
    """A network as `torch.jit.save` writes it: a program of its own, which can reach nothing outside of itself.

    Args:
        path: the file.

    Raises:
        UserError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        try:
            # Within a tuple, so that nobody takes it for a layer: scripts have no hooks.
            self._script: tuple[Any] = (torch.jit.load(str(path), map_location="cpu").eval(),)
        except (RuntimeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise UserError(f"model.checkpoint={path}: TorchScript that cannot be read: {reason}") from error

    def run(self, images: Tensor) -> Tensor:
        """See `ForwardOnly.run`."""
        return self._script[0].to(images.device)(images)


class OnnxNetwork(ForwardOnly):
    """A network as ONNX, run by onnxruntime on the processor; of several outputs the first counts.

    Args:
        path: the file.

    Raises:
        UserError: onnxruntime is missing, or cannot read it.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        try:
            import onnxruntime
        except ImportError as error:
            raise UserError(
                f"model.checkpoint={path}: ONNX needs the package onnxruntime: pip install 'fer_xai[onnx]'"
            ) from error
        try:
            self._session: Any = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises kinds of its own
            reason = str(error).strip().splitlines()[0]
            raise UserError(f"model.checkpoint={path}: ONNX that cannot be read: {reason}") from error
        self._input = self._session.get_inputs()[0]

    def run(self, images: Tensor) -> Tensor:
        """See `ForwardOnly.run`; a network of fixed batches of one gets image by image."""
        pictures = images.detach().cpu().numpy().astype(np.float32)
        one_by_one = self._input.shape[0] == 1
        parts = np.split(pictures, len(pictures)) if one_by_one else [pictures]
        logits = [self._session.run(None, {self._input.name: part})[0] for part in parts]
        return torch.from_numpy(np.concatenate(logits)).to(images.device)
