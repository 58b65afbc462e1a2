"""Checks numbers among the settings of one run that no signature bounds, before any work."""

import math

from omegaconf import DictConfig, ListConfig, OmegaConf

from fer_xai.data.preparation.prepare import check_settings
from fer_xai.errors import UserError

#: Largest seed that numpy takes.
MOST_SEED = 2**32 - 1

#: Key -> its least value. A key that a config lacks, or that is null, has its default.
LEAST = {
    "threads": 1,
    "num_workers": 0,
    "recipe.accumulate": 1,
    "recipe.batch_size": 1,
    "recipe.max_epochs": 1,
    "recipe.patience": 0,
    "recipe.freeze_epochs": 0,
    "model.input_size": 1,
    "callbacks.explain.images_per_expression": 1,
    "callbacks.explain.batch_size": 1,
    "callbacks.explain.replicates": 0,
    "callbacks.explain.examples": 0,
    "callbacks.trust.images": 1,
    "callbacks.trust.replicates": 1,
}

#: Channels of a picture.
CHANNELS = 3


def check_numbers(cfg: DictConfig) -> None:
    """Refuse numbers that cannot be.

    Args:
        cfg: composed `train` config.

    Raises:
        UserError: naming the key, and what would be right there.
    """
    for key, least in LEAST.items():
        number = OmegaConf.select(cfg, key)
        # Whether it is a number at all its type says.
        if isinstance(number, int | float) and number < least:
            raise UserError(f"{key}={number}: must be {least} or more")
    if not 0 <= cfg.seed <= MOST_SEED:
        raise UserError(f"seed={cfg.seed}: must be 0 to {MOST_SEED}")
    if cfg.margin <= 0:
        raise UserError(f"margin={cfg.margin}: must be above 0, in units of the primary measure, such as 0.05")
    prepare = cfg.prepare
    check_settings(prepare.crop_size, prepare.margin, prepare.min_face, prepare.max_yaw, prepare.workers)
    for key, above in (("mean", -math.inf), ("std", 0)):
        _check_channels(f"model.weights.{key}", cfg.model.weights[key], above)


def _check_channels(key: str, values: ListConfig, above: float) -> None:
    """Refuse what is not one number for each channel, all of them finite and above a bound."""
    if len(values) != CHANNELS or not all(math.isfinite(value) and value > above for value in values):
        bound = " above 0" if above == 0 else ""
        written = ",".join(f"{value:g}" for value in values)
        raise UserError(f"{key}=[{written}]: give {CHANNELS} numbers{bound}, one for each of red, green and blue")
