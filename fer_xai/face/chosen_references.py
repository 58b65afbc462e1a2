"""The references of a run or of an analysis, built from their configs."""

from collections.abc import Mapping
from typing import Any

from fer_xai.config.own import built
from fer_xai.errors import UserError
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.masks import Reference


def chosen_references(nodes: Mapping[str, Any]) -> list[Reference]:
    """Build the references of a config.

    Args:
        nodes: name -> config node, the main reference first.

    Raises:
        UserError: one cannot be built, is none, or has maps of another shape than the canonical face; or two have the
            same name in tables.
    """
    references: dict[str, Reference] = {}
    for key, node in nodes.items():
        reference: Reference = built(f"reference.{key}", node, Reference, "a fer_xai.face.masks.Reference")
        if reference.frame != FRAME_SHAPE:
            raise UserError(f"reference.{key}: its maps are {reference.frame}, the canonical face is {FRAME_SHAPE}")
        if reference.name in references:
            raise UserError(f"reference.{key}: another one is called {reference.name}, too: set reference.{key}.name")
        references[reference.name] = reference
    return list(references.values())
