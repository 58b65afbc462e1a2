"""The config keys of a data set, for messages: `data.root`, or `data.sources.jaffe.root` where it is one of several."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_NODE: ContextVar[str] = ContextVar("node", default="data")


def setting(key: str) -> str:
    """The whole name of a key of the data set that is being built or read.

    Examples:
        >>> setting("root")
        'data.root'
        >>> with settings_of("jaffe"):
        ...     setting("root")
        'data.sources.jaffe.root'
    """
    return f"{config_node()}.{key}"


def config_node() -> str:
    """The config node of the data set that is being built or read."""
    return _NODE.get()


@contextmanager
def settings_of(name: str) -> Iterator[None]:
    """While one of several data sets is built or read, `setting` gives its keys.

    Args:
        name: of the data set among `data.sources`.
    """
    token = _NODE.set(f"data.sources.{name}")
    try:
        yield
    finally:
        _NODE.reset(token)
