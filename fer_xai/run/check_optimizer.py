"""Tries the recipe's optimizer and schedule before any work: torch refuses values that no signature tells of."""

import torch
from hydra.utils import instantiate
from omegaconf import DictConfig

from fer_xai.config.own import is_users
from fer_xai.errors import UserError
from fer_xai.models.schedules import Schedule

#: As many steps as a schedule may want to tell apart.
_STEPS = 1000


def check_optimizer(cfg: DictConfig) -> None:
    """Refuse values that the optimizer or the schedule would refuse after the faces are prepared.

    What a user has written may want the network's own parameters; it is tried when they are there.

    Args:
        cfg: composed `train` config.

    Raises:
        UserError: naming the node, with what torch says of its values.
    """
    recipe = cfg.recipe
    if is_users(recipe.optimizer["_target_"]):
        return
    key = "recipe.optimizer"
    try:
        optimizer = instantiate(recipe.optimizer)([torch.nn.Parameter(torch.zeros(2, 2))])
        key = "recipe.scheduler"
        if recipe.scheduler is not None and not is_users(recipe.scheduler["_target_"]):
            schedule = Schedule(instantiate(recipe.scheduler), recipe.scheduler_interval)
            schedule.configure(optimizer, recipe.max_epochs, lambda: _STEPS)
    except Exception as error:  # whatever torch raises: ValueError, TypeError, ZeroDivisionError, RuntimeError
        said = " ".join(str(error.__cause__ or error).split())
        target = recipe[key.partition(".")[2]]["_target_"]
        raise UserError(f"{key}: {target} does not take these values: {said}") from error
