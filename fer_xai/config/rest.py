"""Settings that hide pixels behind people's neutral faces."""

from omegaconf import DictConfig

from fer_xai.errors import UserError

#: The word for this fill.
REST = "rest"


def keys_of_rest(cfg: DictConfig) -> list[str]:
    """The settings of explainers, and of tests of explainers, that show neutral faces in place of what is hidden.

    Args:
        cfg: composed `train` config.

    Returns:
        Each as a user writes it, e.g. `explainer.occlusion.hide=rest`.
    """
    explainers = [f"explainer.{name}.hide={REST}" for name, node in cfg.explainer.items() if node.get("hide") == REST]
    tests = [(f"trust.{name}.fills", node.get("fills")) for name, node in cfg.trust.items()]
    return explainers + [f"{key}=[{','.join(map(str, fills))}]" for key, fills in tests if fills and REST in fills]


def check_rest(cfg: DictConfig) -> None:
    """Refuse such settings where no data set keeps neutral faces.

    Args:
        cfg: composed `train` config.

    Raises:
        UserError: naming the setting, and what would be right.
    """
    keys = keys_of_rest(cfg)
    sources = cfg.data.get("sources")
    nodes = [cfg.data] if sources is None else list(sources.values())
    if not keys or any(node.get("keep_rest") for node in nodes):
        return
    key = "data.keep_rest" if sources is None else f"data.sources.{next(iter(sources))}.keep_rest"
    raise UserError(
        f"{keys[0]}: hidden pixels are to show people's neutral faces, and none are kept: set {key}=true if they are "
        "among the data, or choose another fill"
    )
