"""The prepared faces that a composed config asks for."""

from hydra.utils import instantiate
from omegaconf import DictConfig

from fer_xai.data.cache import cache_dir
from fer_xai.data.prepare import PreparedFaces, prepare


def faces_of(cfg: DictConfig, all_there: bool = True) -> PreparedFaces:
    """Read, cropped, with landmarks, from the cache where they are there.

    Args:
        cfg: a composed config with `data`, `landmarks`, `prepare`, `classes` and `cache_dir`.
        all_there: every class must have a usable image; False to look at data as they are.

    Raises:
        UserError: data that cannot be read, or settings that mean nothing.
    """
    table = instantiate(cfg.data).read()
    settings = {**cfg.prepare, "expressions": tuple(cfg.classes), "all_there": all_there}
    return prepare(table, instantiate(cfg.landmarks), cache_dir(cfg.cache_dir), **settings)
