"""The order in which tables list networks."""

import re
from collections.abc import Iterable

from fer_xai.config.published_networks import PAPER_NETWORKS
from fer_xai.results.study import Network

# Longer names of the same networks, as the published files have them.
_ALIASES = {"mobilenetv3large": "mobilenetv3", "efficientnetv2b0": "efficientnetv2"}


def in_paper_order(networks: Iterable[Network]) -> list[Network]:
    """The paper's networks in the paper's order, then the others by name; pretrained ones after those without."""

    def position(network: Network) -> tuple[int, str, bool, str]:
        key = re.sub(r"[^a-z0-9]", "", network.architecture.casefold())
        key = _ALIASES.get(key, key)
        place = PAPER_NETWORKS.index(key) if key in PAPER_NETWORKS else len(PAPER_NETWORKS)
        return place, key, network.pretrained != "none", network.pretrained

    return sorted(networks, key=position)
