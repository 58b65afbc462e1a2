"""One file of a config group by itself, outside the composition of a command."""

from pathlib import Path
from typing import Any

from omegaconf import OmegaConf


def read_choice(path: Path) -> Any:
    """What a file `GROUP/NAME.yaml` says of its choice, with what it takes over from other files.

    Args:
        path: of the file, in a folder of configs.
    """
    node = OmegaConf.load(path)
    # A file that only lists others is no choice of its own.
    if "defaults" not in node or "_target_" not in node:
        return node
    from hydra import compose, initialize_config_dir

    group, name = path.parent.name, path.stem
    with initialize_config_dir(str(path.parent.parent.resolve()), version_base="1.3"):
        return compose(f"{group}/{name}")[group][name]
