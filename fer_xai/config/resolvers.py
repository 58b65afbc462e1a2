"""What configs may ask for in `${...}`: resolvers of OmegaConf."""

from typing import Any

from omegaconf import OmegaConf


def timm_says(backbone: str | None, key: str) -> Any:
    """`${timm:BACKBONE,KEY}`: what timm says of a backbone, see `fer_xai.models.backbones.describe`."""
    from fer_xai.models.backbones import describe  # timm takes seconds to import

    return describe(backbone)[key]


def runs_at_once(devices: Any) -> int:
    """`${runs_at_once:DEVICES}`: how many runs of so many devices this machine can do side by side, at least 1."""
    import joblib
    import torch

    wanted = int(devices) if str(devices).isdigit() else 1
    there = torch.cuda.device_count() or joblib.cpu_count()
    return max(1, there // max(1, wanted))


def register_resolvers() -> None:
    """Make them known; safe to call more than once."""
    OmegaConf.register_new_resolver("timm", timm_says, replace=True)
    OmegaConf.register_new_resolver("runs_at_once", runs_at_once, replace=True)
