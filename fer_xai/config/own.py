"""A user's own parts: what goes wrong in them is one line that says where."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import OmegaConf

from fer_xai.errors import UserError

_PACKAGE = "fer_xai."
_LIBRARIES = {"fer_xai", "pytorch_lightning", "timm", "torch", "torchvision"}
#: Parts of the names of files that are not a user's.
_OTHERS = ("site-packages", "/fer_xai/", "<frozen")


def targets(node: Any) -> list[str]:
    """What a node builds, itself and what it holds: the `_target_`s, the outermost first."""
    if OmegaConf.is_list(node):
        return [name for item in node for name in targets(item)]
    if not OmegaConf.is_dict(node):
        return []
    own = [str(node["_target_"])] if node.get("_target_") else []
    return own + [name for key in node if key != "_target_" for name in targets(node[key])]


def own_targets(node: Any) -> list[str]:
    """Those of `targets` that are not this package's."""
    return [name for name in targets(node) if not name.startswith(_PACKAGE)]


def is_users(target: str) -> bool:
    """Whether what is built is of the user's making, rather than this package's or that of a library that it uses."""
    return target.split(".")[0] not in _LIBRARIES


@contextmanager
def own_part(key: str, node: Any) -> Iterator[None]:
    """Whatever a part of the user's raises becomes a `UserError` that names it; this package's own errors stay.

    Args:
        key: where the part is configured.
        node: its config.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        own = own_targets(node)
        cause = error.__cause__ if isinstance(error, InstantiationException) and error.__cause__ else error
        if isinstance(cause, UserError):
            raise cause from error
        if not own:
            raise
        raise UserError(f"{key}: {own[0]} failed: {failure(cause)}") from error


def failure(error: BaseException) -> str:
    """An error in words: what it is, what it says, and the line that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    # Where a library was called wrongly, the caller is what can be mended.
    own = [frame for frame in frames if not any(part in frame.filename for part in _OTHERS)]
    where = f" ({own[-1].filename}, line {own[-1].lineno})" if own else ""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:400]}{where}"


def built(key: str, node: Any, kind: type | tuple[type, ...], what: str, **passed: Any) -> Any:
    """Build a part, and refuse one that is something else.

    Args:
        key: where the part is configured.
        node: its config.
        kind: what it has to be an instance of.
        what: the same in words, with what is right.
        passed: further arguments.

    Raises:
        UserError: it cannot be built, or is something else.
    """
    with own_part(key, node):
        part = instantiate(node, **passed)
    if not isinstance(part, kind):
        raise UserError(f"{key}: {node.get('_target_')} gives {kind_of(part)}; it has to be {what}")
    return part


def kind_of(value: Any) -> str:
    """What a value is, in words: `a tuple`, `an Adam`."""
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}" if value is not None else "nothing (None)"
