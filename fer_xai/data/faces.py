"""The prepared faces that a composed config asks for."""

from collections.abc import Iterable
from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig

from fer_xai.data.cache import cache_dir
from fer_xai.data.prepare import PreparedFaces, prepare
from fer_xai.errors import UserError


def faces_of(cfg: DictConfig, all_there: bool = True) -> PreparedFaces:
    """Read, cropped, with landmarks, from the cache where they are there.

    Args:
        cfg: a composed config with `data`, `landmarks`, `prepare`, `classes` and `cache_dir`.
        all_there: every class must have a usable image; False to look at data as they are.

    Raises:
        UserError: data that cannot be read, or settings that mean nothing.
    """
    source = instantiate(cfg.data)
    if all_there:
        check_shown(source, cfg.classes)
    table = source.read()
    settings = {**cfg.prepare, "expressions": tuple(cfg.classes), "all_there": all_there}
    return prepare(table, instantiate(cfg.landmarks), cache_dir(cfg.cache_dir), **settings)


def check_shown(source: Any, classes: Iterable[str]) -> None:
    """Refuse classes that a data set cannot have images of.

    Args:
        source: a data source; what it `SHOWS`, if it says so, is all that it ever has.
        classes: of the study.

    Raises:
        UserError: naming the classes.
    """
    classes = tuple(classes)
    shown = getattr(source, "SHOWS", classes)
    absent = [name for name in classes if name not in shown]
    if absent:
        raise UserError(
            f"classes: data={source.name} has no images of {', '.join(absent)}, only of {', '.join(shown)}: leave "
            "them out of `classes`, or take data that show them"
        )
