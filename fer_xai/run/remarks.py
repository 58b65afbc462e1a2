"""What a user should know of a config that is right."""

from omegaconf import DictConfig

from fer_xai.face.chosen_references import chosen_references


def remarks(cfg: DictConfig) -> list[str]:
    """Lines about what settings mean, for the terminal, once before any work.

    Args:
        cfg: composed `train` config that is settled.

    Raises:
        UserError: a reference that cannot be built.
    """
    lines = []
    for reference in chosen_references(cfg.reference):
        missing = [name for name in cfg.classes if name not in reference]
        if missing:
            lines.append(
                f"the reference {reference.name} has nothing for {', '.join(missing)}: heatmaps are made, but scores "
                "against it are undefined (n/a) there, and means leave them out"
            )
    return lines
