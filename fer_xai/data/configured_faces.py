"""The prepared faces that a composed config asks for."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from hydra.utils import instantiate
from omegaconf import DictConfig

from fer_xai.config.data_sets import MERGED
from fer_xai.config.own import kind_of, own_part
from fer_xai.data.cache import cache_dir
from fer_xai.data.face_table import FaceTable
from fer_xai.data.neutral_faces import NeutralFaces
from fer_xai.data.preparation.prepare import prepare
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.sources.merged import MergedSource, Source
from fer_xai.data.sources.setting import settings_of
from fer_xai.errors import UserError
from fer_xai.face.landmarks import Finder

_TABLE = f"{FaceTable.__module__}.FaceTable"


def faces_of(cfg: DictConfig, all_there: bool = True) -> PreparedFaces:
    """Read, cropped, with landmarks, from the cache where they are there.

    Args:
        cfg: a composed config with `data`, `landmarks`, `prepare`, `classes` and `cache_dir`.
        all_there: every class must have a usable image; False to look at data as they are.

    Raises:
        UserError: data that cannot be read, or settings that mean nothing.
    """
    with own_part("data", cfg.data):
        source = build_source(cfg.data)
        if all_there:
            check_shown(source, cfg.classes)
        table = source.read()
    _check_table(table, tuple(cfg.classes))
    settings = {**cfg.prepare, "expressions": tuple(cfg.classes), "all_there": all_there}
    with own_part("landmarks", cfg.landmarks):
        finder, cache = instantiate(cfg.landmarks), cache_dir(cfg.cache_dir)
        faces = prepare(table, finder, cache, **settings)
        return faces if table.neutral is None else with_neutral(faces, table.neutral, finder, cache, **cfg.prepare)


def with_neutral(faces: PreparedFaces, table: FaceTable, finder: Finder, cache: Path, **settings: Any) -> PreparedFaces:
    """Faces with the neutral ones of the same people beside them.

    Args:
        faces: prepared.
        table: the neutral images.
        finder: as for `prepare`, like the rest.
        cache: the cache folder.
        settings: the same as those of `faces`.

    Raises:
        UserError: as `prepare` raises it; no neutral image can be used, or none is of a person of the faces.
    """
    key = f"{table.settings.get(table.frame['dataset'].iloc[0], 'data')}.keep_rest"
    try:
        found = prepare(table, finder, cache, **settings, expressions=("neutral",), all_there=False)
    except UserError as error:
        raise UserError(f"{key}=true: of the neutral images, {error}") from None
    neutral = NeutralFaces.matched(found.crops, found.landmarks, found.frame, faces.frame, found.fingerprint)
    if (neutral.of_face < 0).all():
        raise UserError(f"{key}=true: none of {len(faces)} faces is of a person with a neutral image")
    reasons = f"neutral image for {key}: " + found.left_out["reason"]
    left_out = pd.concat([faces.left_out, found.left_out.assign(reason=reasons)], ignore_index=True)
    return replace(faces, neutral=neutral, left_out=left_out, notes=(*faces.notes, neutral.note()))


def build_source(node: DictConfig) -> Source:
    """The data source of a config node.

    Raises:
        UserError: it cannot be built, or is none.
    """
    if node.get("_target_") == MERGED:
        sources = {}
        for name in node.sources:
            with settings_of(str(name)):
                sources[str(name)] = _built(node.sources[name], f"data.sources.{name}")
        return MergedSource(sources, **{key: node[key] for key in ("skip_missing", "name") if key in node})
    return _built(node, "data")


def _built(node: DictConfig, key: str) -> Source:
    source: Source = instantiate(node)
    if not hasattr(source, "read"):
        raise UserError(f"{key}: {kind_of(source)} has no method `read` that gives a {_TABLE}")
    return source


def _check_table(table: Any, classes: tuple[str, ...]) -> None:
    """Refuse what a source of the user's may give in place of a table."""
    if not isinstance(table, FaceTable):
        raise UserError(f"data: `read` gives {kind_of(table)}; it has to be a {_TABLE}")
    others = sorted(set(table.frame["expression"]) - set(classes))
    if others:
        raise UserError(f"data: expressions of the table have to be among `classes`, and {others[0]!r} is not")


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
