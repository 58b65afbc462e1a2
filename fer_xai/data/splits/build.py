"""Builds the way to split that a config names; one of a user's own is held against what all have."""

from typing import Any

import numpy as np
import pandas as pd
from omegaconf import DictConfig

from fer_xai.config.own import built, kind_of, own_part, own_targets
from fer_xai.data.splits.base import Parts, Splitter
from fer_xai.errors import UserError


def build_splitter(node: DictConfig) -> Splitter:
    """The splitter of a config node.

    Raises:
        UserError: it cannot be built, or is none.
    """
    return built("split", node, Splitter, "a fer_xai.data.splits.base.Splitter")


def split_parts(node: DictConfig, splitter: Splitter, frame: pd.DataFrame, fold: int) -> Parts:
    """The parts when a fold is tested.

    Args:
        node: that the splitter was built from.
        splitter: of that node.
        frame: the images.
        fold: that is tested.

    Raises:
        UserError: no such fold, or a splitter of the user's that gives something else.
    """
    with own_part("split", node):
        splitter.check_fold(frame, fold)
        parts = splitter.parts(frame, fold)
        if own_targets(node):
            _check_parts(parts, len(frame))
    return parts


def _check_parts(parts: Any, images: int) -> None:
    if not isinstance(parts, Parts):
        raise UserError(f"split: `parts` gives {kind_of(parts)}; it has to be Parts(train, val, test)")
    rows = [np.asarray(part) for part in (parts.train, parts.val, parts.test)]
    every = np.concatenate(rows)
    if every.size and (every.dtype.kind not in "iu" or every.min() < 0 or every.max() >= images):
        raise UserError(f"split: rows have to be whole numbers from 0 to {images - 1}")
    if len(np.unique(every)) < len(every):
        raise UserError("split: a row is in two parts, or twice in one")
    for name, part in zip(("train", "test"), (rows[0], rows[2]), strict=True):
        if not len(part):
            raise UserError(f"split: the part `{name}` has no image")
