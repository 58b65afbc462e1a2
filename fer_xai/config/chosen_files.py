"""What was chosen from groups whose files stand side by side, each under its own name, and what was said of them."""

from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig


def hydra_of(cfg: DictConfig) -> Any:
    """Hydra's own settings for a config, None where it was composed without Hydra's program."""
    if "hydra" in cfg:
        return cfg.hydra
    return HydraConfig.instance().cfg.hydra if HydraConfig.initialized() else None  # type: ignore[union-attr]


def is_sweep(hydra: Any) -> bool:
    """Whether the config is of a sweep, in which other runs may have chosen what this one has not."""
    return hydra is not None and str(hydra.get("mode")).endswith("MULTIRUN")


def files_of(hydra: Any, group: str) -> list[str]:
    """The names of all files of a group, wherever they lie; none where Hydra's settings are not known."""
    folders = [Path(source.path) / group for source in hydra.runtime.config_sources] if hydra is not None else []
    return sorted({file.stem for folder in folders for file in folder.glob("*.yaml")})


def given(hydra: Any, node: str) -> set[str]:
    """Keys of a node that the command line sets: they are stronger than those of files."""
    said = [text.lstrip("+").partition("=")[0] for text in hydra.overrides.task] if hydra is not None else []
    return {key.removeprefix(f"{node}.").split(".")[0] for key in said if key.startswith(f"{node}.")}
