"""What a test of explainers says of itself: tables, figures and the page follow from it. Imports no torch."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from fer_xai.errors import UserError


@dataclass(frozen=True)
class Curve:
    """A measure that is a curve over the steps of its test.

    Attributes:
        x: what the steps are, from 0 to 1.
        y: what is drawn over them.
    """

    x: str
    y: str


@dataclass(frozen=True)
class Measure:
    """One figure that a test gives.

    Attributes:
        name: in the tables `trust.csv` and `trust_images.csv`.
        title: above its column, or above its panel where it is a curve.
        higher_is_better: its direction.
        curve: what its axes say, where it is a curve; such a measure has a panel and no column.
        of: whether every image has the figure, or only the global maps of a run.
        judged: whether explainers are compared by it with those that look at no network; not where those win by being
            blind.
        by_answer: whether the tables also tell the network's right answers and its wrong ones apart.
        shown: whether the report shows it; the tables always hold it.
        faithful: whether it asks how far maps tell what the network uses: such a measure is held against how alike maps
            are to people's, in `plausibility.csv`.
    """

    name: str
    title: str
    higher_is_better: bool
    curve: Curve | None = None
    of: Literal["images", "global maps"] = "images"
    judged: bool = True
    by_answer: bool = False
    shown: bool = True
    faithful: bool = False


@dataclass(frozen=True)
class Description:
    """What a test says of itself.

    Attributes:
        title: its name for people.
        sentence: what its figures mean, in one sentence.
        measures: what it gives, in the order of the report.
    """

    title: str
    sentence: str
    measures: tuple[Measure, ...]

    def of_global_maps(self) -> set[str]:
        """Names of the measures that only the global maps of a run have."""
        return {measure.name for measure in self.measures if measure.of == "global maps"}


def describe(test: Any) -> Description:
    """What a test says of itself.

    Args:
        test: a `TrustTest`.

    Raises:
        UserError: the test lacks a title, a sentence or measures.
    """
    missing = [name for name in ("title", "sentence", "measures", "by_order") if not hasattr(test, name)]
    if missing:
        raise UserError(
            f"the test of explainers {type(test).__name__} has no {missing[0]}: see fer_xai.trust.base.TrustTest"
        )
    return Description(test.title, test.sentence, tuple(test.measures))


def as_plain(described: Mapping[str, Description]) -> dict[str, Any]:
    """Descriptions by test as values for JSON."""
    return {name: asdict(one) for name, one in described.items()}


def from_plain(content: Mapping[str, Any]) -> dict[str, Description]:
    """Descriptions by test out of JSON.

    Raises:
        UserError: the content is none that `as_plain` gives.
    """
    try:
        return {
            str(name): Description(one["title"], one["sentence"], _measures(one["measures"]))
            for name, one in content.items()
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise UserError(f"tests of explainers are not described as expected ({error}): do the run again") from error


def _measures(content: Sequence[Mapping[str, Any]]) -> tuple[Measure, ...]:
    return tuple(Measure(**{**one, "curve": Curve(**one["curve"]) if one["curve"] else None}) for one in content)
