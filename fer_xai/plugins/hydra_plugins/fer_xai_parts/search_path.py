"""Hydra finds the configs of packages of parts, see `fer_xai.config.parts`.

Hydra finds plugins in a package of the name `hydra_plugins` only, and loads them by itself: nothing else may import
this module.
"""

from hydra.core.config_search_path import ConfigSearchPath
from hydra.plugins.search_path_plugin import SearchPathPlugin


class PartsSearchPath(SearchPathPlugin):
    """Adds the `conf` folder of each package that names itself by the entry point `fer_xai.parts`."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Add the folders, behind those of this package.

        Raises:
            UserError: a package of parts cannot be imported.
        """
        from fer_xai.config.parts import part_configs

        for folder in part_configs():
            search_path.append("fer_xai.parts", f"file://{folder}")
