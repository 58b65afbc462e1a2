"""Two studies, and what both have."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fer_xai.analysis.network_order import in_paper_order
from fer_xai.errors import UserError
from fer_xai.results.study import Network, Study, read_results


@dataclass(frozen=True)
class OneStudy:
    """A study as it was given.

    Attributes:
        name: for tables and pages.
        study: its runs.
        manifest: of its archive; None of a folder.
    """

    name: str
    study: Study
    manifest: dict[str, Any] | None

    @cached_property
    def networks(self) -> dict[tuple[str, str], Network]:
        """Its networks by name and pretraining, in the paper's order."""
        return {(item.name, item.pretrained): item for item in in_paper_order(self.study.networks)}


@dataclass(frozen=True)
class TwoStudies:
    """Two studies.

    Attributes:
        first: what differences are taken of.
        second: what is taken off.
    """

    first: OneStudy
    second: OneStudy

    @property
    def both(self) -> tuple[OneStudy, OneStudy]:
        """The two."""
        return self.first, self.second

    @cached_property
    def networks(self) -> list[tuple[str, str]]:
        """Names and pretrainings that both have."""
        return [key for key in self.first.networks if key in self.second.networks]

    @cached_property
    def explainers(self) -> list[str]:
        """Explainers that both have and that look at networks, those of the first study's order."""
        blind = self.first.study.baselines | self.second.study.baselines
        theirs = self.second.study.explainers
        return [name for name in self.first.study.explainers if name in theirs and name not in blind]

    @cached_property
    def expressions(self) -> tuple[str, ...]:
        """Expressions that both have maps of."""
        return tuple(name for name in self.first.study.expressions if name in self.second.study.expressions)

    def label(self, key: tuple[str, str]) -> str:
        """What a network is called where two of one name stand side by side."""
        words = {word for one in self.both for other, word in one.networks if other == key[0]}
        return key[0] if len(words) == 1 else f"{key[0]} ({key[1] or 'unknown'})"


def read_two(folders: list[tuple[Path, Path, dict[str, Any] | None]]) -> TwoStudies:
    """Read two studies.

    Args:
        folders: of each what the user gave, the folder to read, and the manifest if it is from an archive.

    Raises:
        UserError: one cannot be read, or they have no network, explainer or expression in common.
    """
    names = [str(said["name"]) if said else given.resolve().name for given, _, said in folders]
    if names[0] == names[1]:
        names = [f"{names[0]} (1)", f"{names[1]} (2)"]
    first, second = (
        OneStudy(name, read_results(folder), said) for name, (_, folder, said) in zip(names, folders, strict=True)
    )
    two = TwoStudies(first, second)
    for what, common, of_each in (
        ("network", two.networks, [[f"{n} {p}".strip() for n, p in one.networks] for one in two.both]),
        ("explainer", two.explainers, [one.study.explainers for one in two.both]),
        ("expression", two.expressions, [one.study.expressions for one in two.both]),
    ):
        if not common:
            words = "; ".join(f"{one.name}: {', '.join(of)}" for one, of in zip(two.both, of_each, strict=True))
            raise UserError(f"study_dirs: the two studies have no {what} in common ({words})")
    return two
