"""What a user should know of a config that is right."""

from omegaconf import DictConfig

from fer_xai.expressions import EXPRESSIONS


def remarks(cfg: DictConfig) -> list[str]:
    """Lines about what settings mean, for the terminal, once before any work.

    Args:
        cfg: composed `train` config whose words are settled.
    """
    beyond = [name for name in cfg.classes if name not in EXPRESSIONS]
    if not beyond or "reference" not in cfg:
        return []
    return [
        f"no reference says where {' or '.join(beyond)} shows in the face: heatmaps are made, but scores against masks "
        "are undefined (n/a) there, and means leave them out"
    ]
