"""Whether the outputs of a network that was trained elsewhere were named in the wrong order."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import torch
from omegaconf import DictConfig
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.utils.data import DataLoader

from fer_xai.callbacks.context import RunContext
from fer_xai.data.datamodule import FacesDataset
from fer_xai.metrics.proportion import person_of_each, proportion
from fer_xai.models.class_order import ClassOrder
from fer_xai.models.fast import whole_float32
from fer_xai.models.module import ExpressionModule
from fer_xai.run.elsewhere import output_names
from fer_xai.terminal import say

log = logging.getLogger(__name__)

#: Images per pass.
_BATCH = 32


def look_at_order(cfg: DictConfig, module: ExpressionModule, context: RunContext) -> dict[str, Any]:
    """Say that the order of the outputs looks wrong, where accuracy is below chance and another order fits.

    Args:
        cfg: composed `train` config of a network that was trained elsewhere.
        module: around it, tested.
        context: of the run, with its predictions.

    Returns:
        For the record, `class_order`: the sentence; nothing where all is well.
    """
    predictions = context.predictions
    assert predictions is not None
    right = (predictions["true"] == predictions["predicted"]).to_numpy()
    if not len(right) or right.mean() >= 1 / len(cfg.classes):
        return {}
    names = output_names(cfg)
    given = np.array(names, dtype=object)[_outputs(module, context, predictions.index.to_numpy())]
    line = order_sentence(predictions, given, names)
    if not line:
        return {}
    told = f"{cfg.model.name}: {line}"
    log.warning("%s", told)
    say(told)
    return {"class_order": told}


def order_sentence(predictions: pd.DataFrame, given: np.ndarray, names: Sequence[str]) -> str:
    """What to say of the order of a network's outputs; empty where no other order fits.

    The best order is sought on the images of every other person (by linear assignment) and judged on those of the
    others, so that none fits by having been sought: its accuracy has to lie above chance there, and above that of the
    order that was given, with 95 % intervals over people that do not meet.

    Args:
        predictions: columns image, subject, true, predicted and, where there is one, dataset.
        given: (n,) the network's answers among all its outputs, by the names that these were given.
        names: of the outputs, in the order that was given.
    """
    groups = person_of_each(predictions)
    true, classes = predictions["true"].to_numpy(), sorted(set(predictions["true"]))
    judged = np.unique(groups, return_inverse=True)[1] % 2 == 1
    seeking = pd.crosstab(true[~judged], given[~judged]).reindex(index=classes, columns=list(names), fill_value=0)
    rows, columns = linear_sum_assignment(seeking.to_numpy(), maximize=True)
    found = {names[column]: classes[row] for row, column in zip(rows, columns, strict=True)}
    meant = np.array([found.get(name, "") for name in given], dtype=object)
    better = proportion((meant == true)[judged], groups[judged])
    said = proportion((predictions["predicted"].to_numpy() == true)[judged], groups[judged])
    if not better[1] > max(said[2], 1 / len(classes)):
        return ""
    rest = iter([name for name in names if name not in found.values()])
    order = [found[name] if name in found else next(rest) for name in names]
    return (
        f"the class order looks wrong: with model.classes=[{','.join(order)}] the accuracy is {better[0]:.2f} "
        f"[{better[1]:.2f}, {better[2]:.2f}] in place of {said[0]:.2f} [{said[1]:.2f}, {said[2]:.2f}], on people by "
        "whom that order was not sought"
    )


def _outputs(module: ExpressionModule, context: RunContext, rows: np.ndarray) -> np.ndarray:
    """The largest of all outputs of the network, (n,), also of those that the study has no class for."""
    largest = []
    with torch.inference_mode(), whole_float32(), _all_outputs(module) as seen:
        for batch in DataLoader(FacesDataset(context.faces, rows), batch_size=_BATCH):
            module(batch["image"].to(module.device))
            largest.append(seen[-1].argmax(dim=1).cpu().numpy())
    return np.concatenate(largest)


@contextmanager
def _all_outputs(module: ExpressionModule) -> Iterator[list[Tensor]]:
    """The logits before those of the study are taken, pass by pass; the hook is gone afterwards."""
    seen: list[Tensor] = []
    order = next(part for part in module.network.modules() if isinstance(part, ClassOrder))
    handle = order.register_forward_pre_hook(lambda part, args: seen.append(args[0]))
    try:
        yield seen
    finally:
        handle.remove()
