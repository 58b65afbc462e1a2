"""Methods of other packages that are chosen by their names."""

from collections.abc import Collection

from fer_xai.errors import UserError
from fer_xai.nearest import nearest


def check_method(method: str, known: Collection[str], key: str, problem: str) -> None:
    """Refuse a method that a package does not have, with those that may be meant.

    Args:
        method: as it was written.
        known: names of the package's methods.
        key: of the config.
        problem: what is wrong with any other name.

    Raises:
        UserError: naming the key.
    """
    if method not in known:
        near = nearest(method, known)
        meant = f"did you mean {' or '.join(near)}? " if near else ""
        raise UserError(f"{key}={method}: {problem}; {meant}(methods: {', '.join(known)})")
