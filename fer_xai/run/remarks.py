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
    lacking: dict[tuple[str, ...], list[str]] = {}
    for reference in chosen_references(cfg.reference):
        missing = tuple(name for name in cfg.classes if name not in reference)
        lacking.setdefault(missing, []).append(reference.name)
    return [
        f"reference={','.join(names)} has nothing for {', '.join(missing)}: heatmaps are made, but scores there are "
        "undefined (n/a), and means leave them out"
        for missing, names in lacking.items()
        if missing
    ]
