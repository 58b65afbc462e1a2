"""Dendrograms, with their leaves coloured by pretraining."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.lines import Line2D
from scipy.cluster.hierarchy import dendrogram

from fer_xai.analysis.similarity.dendrograms import Dendrogram
from fer_xai.report.plots.style import INK, Drawing, colours_of, finish, new_figure, shorten

#: Colour of the figures at the nodes.
SUPPORT = "#7a4fbf"


def dendrograms(
    trees: Mapping[str, Dendrogram | None],
    pretrained: Mapping[str, str],
    name: str,
    alt: str,
    *,
    wide: bool = False,
    support: Mapping[str, Sequence[float]] | None = None,
) -> Drawing:
    """A panel per tree, all with the same scale of heights.

    Args:
        trees: by title; None where there is nothing to cluster.
        pretrained: word by leaf; without any, leaves are of one colour.
        name: of the files.
        alt: what the figure shows.
        wide: one panel over the whole width, otherwise three side by side.
        support: by title, share of replicate trees that have each node, in the order of the merges; written at the
            nodes in percent, but for the root, which all trees have.
    """
    known = [tree for tree in trees.values() if tree is not None]
    leaves = max((len(tree.labels) for tree in known), default=1)
    columns = min(1 if wide else 3, len(trees))
    lines = -(-len(trees) // columns)
    longest = max((len(shorten(label)) for tree in known for label in tree.labels), default=8)
    panel = (6.0 if wide else 1.35) + 0.068 * longest
    figure = new_figure(max(4.5, panel * columns + 0.6), max(1.6, 0.19 * leaves + 0.75) * lines + 0.4)
    top = max((tree.root for tree in known), default=1.0) or 1.0
    colours = colours_of(sorted({pretrained.get(label, "") for tree in known for label in tree.labels}))
    grid = np.atleast_1d(figure.subplots(lines, columns, squeeze=False)).ravel()
    for axes, (title, tree) in zip(grid, trees.items(), strict=False):
        axes.set_title(title, loc="left")
        _panel(axes, tree, pretrained, colours, top)
        if tree is not None and support is not None and title in support:
            _write_support(axes, tree, support[title])
    for axes in grid[len(trees) :]:
        axes.set_axis_off()
    handles = [Line2D([], [], color=colour, lw=4, label=word or "not known") for word, colour in colours.items()]
    if pretrained and handles:
        figure.legend(
            handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, title="pretraining"
        )
    return finish(figure, name, alt)


def _panel(
    axes: mpl.axes.Axes, tree: Dendrogram | None, pretrained: Mapping[str, str], colours: Mapping[str, str], top: float
) -> None:
    if tree is None:
        axes.text(0.5, 0.5, "fewer than two maps", ha="center", va="center", transform=axes.transAxes)
        axes.set_axis_off()
        return
    # Leaves are numbers first: equal or very long names would fall together.
    drawn = dendrogram(
        tree.tree,
        orientation="left",
        ax=axes,
        color_threshold=0,
        above_threshold_color=INK,
        labels=np.arange(len(tree.labels)),
    )
    for collection in axes.collections:
        collection.set_linewidth(1.1)
    order = [tree.labels[int(number)] for number in drawn["ivl"]]
    axes.set_yticks(axes.get_yticks(), [shorten(label) for label in order], fontsize=8)
    axes.yaxis.tick_right()
    axes.tick_params(axis="y", length=0)
    for text, label in zip(axes.get_yticklabels(), order, strict=True):
        text.set_color(colours.get(pretrained.get(label, ""), INK))
    axes.set_xlim(top * 1.04, 0)
    axes.spines[["left", "right"]].set_visible(False)
    axes.set_xlabel("1 − NCC", fontsize=8)
    axes.tick_params(axis="x", labelsize=8)


def _write_support(axes: mpl.axes.Axes, tree: Dendrogram, support: Sequence[float]) -> None:
    # Leaves are drawn at 5, 15, 25 ...; a node lies midway between its two branches.
    places = [0.0] * len(tree.labels)
    for place, label in enumerate(tree.order):
        places[tree.labels.index(label)] = 10.0 * place + 5
    for (left, right, height, _), share in zip(tree.tree, support, strict=True):
        places.append((places[int(left)] + places[int(right)]) / 2)
        if share == share and len(places) < 2 * len(tree.labels) - 1:
            axes.annotate(
                f"{100 * share:.0f}",
                (height, places[-1]),
                xytext=(-1.5, 1.5),
                textcoords="offset points",
                ha="right",
                va="bottom",
                fontsize=6.5,
                color=SUPPORT,
            )
