"""The order in which tables list networks."""

import re
from collections.abc import Iterable

from fer_xai.results.study import Network

#: The networks as the paper's tables of results list them.
PAPER = (
    "silnet",
    "weinet",
    "alexnet",
    "songnet",
    "inceptionv3",
    "vgg19",
    "vgg16",
    "resnet50",
    "resnet101v2",
    "xception",
    "mobilenetv3",
    "efficientnetv2",
)

# Longer names of the same networks, as the published files have them.
_ALIASES = {"mobilenetv3large": "mobilenetv3", "efficientnetv2b0": "efficientnetv2"}


def in_paper_order(networks: Iterable[Network]) -> list[Network]:
    """The paper's networks in the paper's order, then the others by name; pretrained ones after those without."""

    def position(network: Network) -> tuple[int, str, bool, str]:
        key = re.sub(r"[^a-z0-9]", "", network.name.casefold())
        key = _ALIASES.get(key, key)
        place = PAPER.index(key) if key in PAPER else len(PAPER)
        return place, key, network.pretrained != "none", network.pretrained

    return sorted(networks, key=position)
