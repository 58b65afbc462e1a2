"""Shares of a whole as bars that are split by factor."""

from collections.abc import Mapping, Sequence

from fer_xai.report.plots.style import FAINT, Drawing, finish, new_figure, shorten

#: One colour per factor (Okabe and Ito 2008), the residual in grey.
COLOURS = {
    "network": "#0072B2",
    "expression": "#E69F00",
    "network:expression": "#009E73",
    "fold": "#CC79A7",
    "seed": "#56B4E9",
    "explainer": "#D55E00",
    "person": "#F0E442",
    "residual": "#c9ced8",
}


def share_bars(bars: Sequence[tuple[str, Mapping[str, float]]], name: str, alt: str) -> Drawing:
    """A bar per line, each split into shares that add up to 1, with the shares of 5 % and more written in.

    Args:
        bars: title of each bar and its shares by factor.
        name: of the files.
        alt: what the figure shows.
    """
    figure = new_figure(8.6, 0.36 * len(bars) + 1.3)
    axes = figure.add_subplot()
    for place, (_, shares) in enumerate(reversed(bars)):
        left = 0.0
        for factor, colour in COLOURS.items():
            share = shares.get(factor, 0.0)
            axes.barh(place, share, left=left, height=0.66, color=colour, edgecolor="white", lw=0.8)
            if share >= 0.05:
                ink = "white" if factor in ("network", "network:expression", "explainer") else "#1d2330"
                text = f"{100 * share:.0f} %"
                axes.text(left + share / 2, place, text, ha="center", va="center", fontsize=8, color=ink)
            left += share
    axes.set_yticks(range(len(bars)), [shorten(title, 44) for title, _ in reversed(bars)])
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    axes.spines[["left"]].set_visible(False)
    axes.grid(axis="x", color=FAINT, lw=0.3)
    axes.set_axisbelow(True)
    axes.set_xlabel("share of the variance")
    used = [factor for factor in COLOURS if any(factor in shares for _, shares in bars)]
    handles = [axes.barh(0, 0, color=COLOURS[factor], label=factor) for factor in used]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(used), frameon=False, fontsize=8)
    return finish(figure, name, alt)
