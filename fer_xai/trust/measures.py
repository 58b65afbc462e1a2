"""What a test of explainers says of itself: tables, figures and the page follow from it. Imports no torch."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from fer_xai.config.own import kind_of
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


def describe(test: Any, key: str = "trust") -> Description:
    """What a test says of itself.

    Args:
        test: a `TrustTest`, or what is to be one.
        key: where it is configured, for the message.

    Raises:
        UserError: it lacks something of a `TrustTest`, or says it in another form.
    """
    wanted = f"{key}: {kind_of(test)} has no `%s`: see fer_xai.trust.base.TrustTest"
    for name in ("run", "by_order", "title", "sentence", "measures"):
        if not hasattr(test, name):
            raise UserError(wanted % name)
    for name in ("title", "sentence"):
        if not isinstance(getattr(test, name), str) or not getattr(test, name):
            raise UserError(f"{key}: its attribute `{name}` has to be text")
    measures = test.measures
    if not isinstance(measures, list | tuple) or not measures or not all(isinstance(one, Measure) for one in measures):
        raise UserError(f"{key}: its attribute `measures` has to list what it gives, as fer_xai.trust.measures.Measure")
    for one in measures:
        if one.higher_is_better not in (True, False):
            raise UserError(f"{key}: `higher_is_better` of its measure '{one.name}' has to be True or False")
    return Description(test.title, test.sentence, tuple(measures))


def as_plain(described: Mapping[str, Description]) -> dict[str, Any]:
    """Descriptions by test as values for JSON."""
    return {name: asdict(one) for name, one in described.items()}


def from_plain(content: Mapping[str, Any], where: str = "the analysis") -> dict[str, Description]:
    """Descriptions by test out of JSON.

    Args:
        content: what `as_plain` gives.
        where: that was read, for the message.

    Raises:
        UserError: the content is none that `as_plain` gives.
    """
    try:
        return {
            str(name): Description(one["title"], one["sentence"], _measures(one["measures"]))
            for name, one in content.items()
        }
    except (AttributeError, KeyError, TypeError) as error:
        wrong = f"{where} does not describe tests of explainers as expected ({error})"
        raise UserError(f"{wrong}: do the run again") from error


def _measures(content: Sequence[Mapping[str, Any]]) -> tuple[Measure, ...]:
    return tuple(Measure(**{**one, "curve": Curve(**one["curve"]) if one["curve"] else None}) for one in content)
