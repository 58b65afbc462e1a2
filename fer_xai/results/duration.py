"""How long a run took: one sum and one way of writing it, for the terminal, logs, `status` and the report."""

from collections.abc import Mapping
from datetime import timedelta

#: Stages that happen within another one and are counted there.
_WITHIN = {"explain": "test", "mean_face": "test", "trust": "test", "realign": "test"}
#: What begins the names of the shares of single explainers in the stage `explain`.
_SHARE = "explain_"
#: A thousand years: no run takes as long.
_LONGEST = 3e10


def total_seconds(timings: Mapping[str, float]) -> float:
    """The time of all stages together.

    Networks are explained while they are tested, and each explainer has its share of that: such parts are not added to
    the whole that holds them.

    Args:
        timings: seconds per stage, as a run's record has them.

    Examples:
        >>> total_seconds({"set_up": 1.0, "fit": 30.0, "test": 9.0, "explain": 6.0, "explain_lime": 5.0})
        40.0
    """
    return round(sum(seconds for stage, seconds in timings.items() if _whole(stage) not in timings), 3)


def _whole(stage: str) -> str | None:
    """The stage that another one is part of."""
    return "explain" if stage.startswith(_SHARE) else _WITHIN.get(stage)


def duration(seconds: float) -> str:
    """Seconds for people to read.

    Examples:
        >>> duration(99.2), duration(233.4)
        ('99 s', '0:03:53')
    """
    if not 0 <= seconds < _LONGEST:
        # A record that somebody has edited may hold any number.
        return f"{seconds:.3g} s"
    return f"{seconds:.0f} s" if round(seconds) < 100 else str(timedelta(seconds=round(seconds)))
