"""Which networks were drawn to which reference, and which strength the validation part chooses."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fer_xai.results.study import Network


@dataclass(frozen=True)
class Validation:
    """What the validation part says of a network.

    Attributes:
        accuracy: mean over its trainings.
        images: in the validation parts, those of several seeds counted once.
    """

    accuracy: float
    images: int

    @property
    def error(self) -> float:
        """Standard error of a share of so many images."""
        return math.sqrt(self.accuracy * (1 - self.accuracy) / self.images)


@dataclass(frozen=True)
class Family:
    """Networks that differ in alignment alone.

    Attributes:
        none: the one whose maps are drawn nowhere.
        aligned: the others.
    """

    none: Network
    aligned: tuple[Network, ...]

    def control_of(self, network: Network) -> Network | None:
        """The network that is drawn to maps of other expressions in the same way and as strongly; none of itself."""
        if network.alignment["of_others"]:
            return None
        same = [
            other
            for other in self.aligned
            if other.alignment["of_others"]
            and _way(other)[1:] == _way(network)[1:]
            and _strength(other) == _strength(network)
        ]
        return same[0] if same else None


def families(networks: Sequence[Network]) -> Iterator[Family]:
    """Networks of one architecture, pretraining and rate of a planted cue, of which some were aligned and one was not.

    Args:
        networks: of the study, in the order of the tables.
    """
    by_kind: dict[tuple[object, ...], list[Network]] = {}
    for network in networks:
        kind = network.architecture, network.pretrained, network.planted.get("rate")
        by_kind.setdefault(kind, []).append(network)
    for members in by_kind.values():
        none = [network for network in members if not network.alignment]
        aligned = tuple(network for network in members if network.alignment)
        if none and aligned:
            yield Family(none[0], aligned)


def choices(family: Family) -> Mapping[str, tuple[bool, str]]:
    """The strength of each reference that the validation part chooses: by one standard error.

    It is the largest one whose validation accuracy lies at most one standard error below that of the network that is
    drawn nowhere, the smallest where none does. So strength is only taken as far as it can be seen to cost nothing, and
    the test images have no part in it.

    Args:
        family: of networks.

    Returns:
        Label of each aligned network -> whether it is the chosen one of its reference, and what is to be said of that.
    """
    ways: dict[tuple[object, ...], list[Network]] = {}
    for network in sorted(family.aligned, key=_strength):
        ways.setdefault(_way(network), []).append(network)
    found: dict[str, tuple[bool, str]] = {}
    for members in ways.values():
        best, remark = _chosen(family.none, members)
        found |= {network.label: (network is best, remark if network is best else "") for network in members}
    return found


def validation_of(network: Network) -> Validation | None:
    """What the validation part says of a network; None where a run of it does not tell."""
    told = [(run.record.fold, run.record.validation) for run in network.trained]
    if not told or not all(one for _, one in told):
        return None
    accuracy = sum(one["accuracy"] for _, one in told) / len(told)
    return Validation(accuracy, sum({fold: one["images"] for fold, one in told}.values()))


def _chosen(none: Network, members: Sequence[Network]) -> tuple[Network | None, str]:
    """The chosen one of networks that differ in strength alone, the smallest first; None where nothing tells."""
    if len(members) == 1:
        return members[0], "the only strength"
    before, after = validation_of(none), [validation_of(network) for network in members]
    if before is None or any(one is None for one in after):
        return None, ""
    least = before.accuracy - before.error
    free = [network for network, one in zip(members, after, strict=True) if one is not None and one.accuracy >= least]
    return (free[-1], "") if free else (members[0], "even the smallest strength costs validation accuracy")


def _way(network: Network) -> tuple[object, ...]:
    return tuple(network.alignment[key] for key in ("reference", "map", "distance"))


def _strength(network: Network) -> float:
    return float(network.alignment["strength"])
