"""Power against the number of people, a line for each number of folds and seeds."""

import numpy as np

from fer_xai.analysis.effects.power import power
from fer_xai.analysis.power_of_study import StudyPower
from fer_xai.report.plots.style import FAINT, INK, Drawing, finish, new_figure


def power_figure(found: StudyPower, difference: float, target: float) -> Drawing:
    """Draw it.

    Args:
        found: how much differences vary.
        difference: that is to be seen.
        target: power that is asked for.
    """
    import matplotlib as mpl

    people = np.unique(np.geomspace(10, 1000, 60).round().astype(int))
    shown = [(f, s) for f, s in found.designs if f in (1, 5, found.folds) or s == found.seeds]
    shown = sorted(shown, key=lambda design: design[0] * design[1])
    figure = new_figure(6.8, 4.2)
    axes = figure.add_subplot()
    # Perceptually even, and dark enough on white at either end.
    colours = mpl.colormaps["viridis"](np.linspace(0, 0.85, len(shown)))
    for (folds, seeds), colour in zip(shown, colours, strict=True):
        line = [power(found.variances, difference, int(n), folds, seeds) if n >= folds else np.nan for n in people]
        own = (folds, seeds) == (found.folds, found.seeds)
        label = f"{_number(folds, 'fold')}, {_number(seeds, 'seed')}{' (this study)' if own else ''}"
        axes.plot(people, line, color=colour, lw=2.4 if own else 1.2, label=label)
    axes.axhline(target, color=FAINT, lw=0.8, ls="--")
    axes.axvline(found.people, color=FAINT, lw=0.8, ls=":")
    axes.annotate(f"{found.people} people, as here", (found.people, 0.02), xytext=(4, 0), textcoords="offset points",
                  fontsize=8, color=INK)  # fmt: skip
    axes.set_xscale("log")
    axes.set_xticks([10, 20, 50, 100, 200, 500, 1000], ["10", "20", "50", "100", "200", "500", "1000"])
    axes.minorticks_off()
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("people")
    axes.set_ylabel("power")
    axes.set_title(f"A difference of {difference:g} in {found.measure}", loc="left", fontsize=9)
    figure.legend(loc="outside right upper", frameon=False, fontsize=8)
    alt = (
        f"Power to see a difference of {difference:g} between two networks against the number of people, by folds and "
    )
    return finish(figure, "power", alt + "seeds; the figures are in power.csv.")


def _number(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
