"""Packages that bring parts of their own: sections of the report, configs with the classes that they name.

Such a package names itself by an entry point of the group `fer_xai.parts`; its folders are called as those of this
package are. Imports no torch.
"""

import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from fer_xai.config.own import failure
from fer_xai.errors import UserError

#: The group of entry points.
GROUP = "fer_xai.parts"


@cache
def part_packages() -> tuple[str, ...]:
    """Import names of the packages that name themselves, in the order of their entry points' names."""
    return tuple(point.value for point in sorted(entry_points(group=GROUP), key=lambda point: point.name))


def part_modules(folder: str) -> Iterator[ModuleType]:
    """The modules of a folder of this package, then those of the folder of the same name of every package of parts.

    Args:
        folder: such as `report.sections`; packages of parts need not have it.

    Raises:
        UserError: a package of parts cannot be imported.
    """
    for package in ("fer_xai", *part_packages()):
        name = f"{package}.{folder}"
        try:
            parent = import_module(name)
        except ModuleNotFoundError as error:
            if error.name and (name == error.name or name.startswith(f"{error.name}.")) and package != error.name:
                continue
            raise UserError(f"the package of parts '{package}' cannot be imported: {error}") from error
        for item in sorted(pkgutil.iter_modules(parent.__path__), key=lambda item: item.name):
            if not item.ispkg:
                yield _imported(f"{name}.{item.name}", package)


def _imported(name: str, package: str) -> ModuleType:
    try:
        return import_module(name)
    except Exception as error:  # whatever a module of somebody else's raises on its import
        if package == "fer_xai":
            raise
        raise UserError(f"the module {name} cannot be imported: {failure(error)}") from error


def part_configs() -> list[Path]:
    """The `conf` folders of the packages of parts that have one.

    Raises:
        UserError: a package of parts cannot be imported.
    """
    folders = []
    for package in part_packages():
        try:
            places = import_module(package).__path__  # several where it has no __init__.py
        except (ModuleNotFoundError, AttributeError) as error:
            raise UserError(f"the package of parts '{package}' cannot be imported: {error}") from error
        folders += [folder for folder in (Path(place) / "conf" for place in places) if folder.is_dir()]
    return folders
