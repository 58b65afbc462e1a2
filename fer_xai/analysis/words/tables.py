"""Network by expression tables of one metric, with means, intervals and baselines: as csv and Markdown."""

import math
import re
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from tabulate import tabulate

from fer_xai.analysis.words.sentences import sentence
from fer_xai.analysis.words.verdicts import brief, verdict
from fer_xai.scoring.floor import MARK

#: Name of the row and the column of means.
MEAN = "mean"

#: Name of the column that flags networks below the floor of accuracy.
BELOW = "below_floor"

#: Stands behind a score whose map could as well be cut at another threshold.
TWO_THRESHOLDS = "two thresholds"

#: Columns of the baselines' table that words are made of.
BASELINE_FACTS = (
    "label",
    "baseline",
    "value",
    "score",
    "beats",
    "as_good",
    "of",
    "p",
    "q",
    "margin",
    "q_same",
    "reason",
)


@dataclass(frozen=True)
class Cell:
    """A figure with its interval, what that holds, and what has to be known of it; all may be missing."""

    value: float
    low: float = math.nan
    high: float = math.nan
    holds: str = ""
    remark: str = ""

    def text(self, digits: int = 3) -> str:
        """Such as `0.269 [0.250, 0.290]`, `0.269` without an interval, or `n/a`; the remark behind it, in brackets."""
        if not math.isfinite(self.value):
            return "n/a"
        words = f"{self.value:.{digits}f}"
        if math.isfinite(self.low):
            words += f" [{self.low:.{digits}f}, {self.high:.{digits}f}]"
        return words + (f" ({self.remark})" if self.remark else "")


_NOTHING = Cell(math.nan)
# Columns of scores that cells are made of.
_FIGURES = ("expression", "value", "low", "high", "holds", "competing_thresholds")
_Record = Mapping[Hashable, Any]


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
        label: its name.
        cells: one per expression.
        mean: of the cells.
        verdict: what the baselines say of the mean, at length.
        brief: the same in brief.
        below_floor: whether the network recognises expressions too badly for its row to say much; None where that is
            not known, and in rows of no single network.
    """

    label: str
    cells: tuple[Cell, ...]
    mean: Cell
    verdict: str = ""
    brief: str = ""
    below_floor: bool | None = None

    @property
    def marked(self) -> str:
        """The name, with a mark behind it if the network is below the floor of accuracy."""
        return f"{self.label} {MARK}" if self.below_floor else self.label


@dataclass(frozen=True)
class Table:
    """A table of one metric by one explainer against one reference.

    Attributes:
        metric: name of the metric.
        metric_title: the same as readers know it.
        explainer: name of the explainer.
        reference: name of the reference.
        higher_is_better: direction of the metric.
        expressions: the columns.
        rows: one per network, in the order wanted.
        mean: the row of means.
        baselines: one row per baseline: its mean over the networks.
        skipped: undefined cells that the means left out.
        blind: whether the explainer is a baseline, which looks at no network.
        floor: words for the floor of accuracy that rows are marked by.
        blind_cells: label and expression of maps that show nothing, see `analysis/blind_maps`.
    """

    metric: str
    metric_title: str
    explainer: str
    reference: str
    higher_is_better: bool
    expressions: tuple[str, ...]
    rows: tuple[Row, ...]
    mean: Row
    baselines: tuple[Row, ...]
    skipped: int
    blind: bool = False
    floor: str = "chance"
    blind_cells: Collection[tuple[str, str]] = frozenset()
    explainer_title: str = ""
    reference_title: str = ""

    @property
    def frame(self) -> pd.DataFrame:
        """The table as plain numbers, the row of means last; `mean_low` and `mean_high` are the means' intervals."""
        frame = pd.DataFrame(
            [
                {
                    "network": row.label,
                    **{name: cell.value for name, cell in zip(self.expressions, row.cells, strict=True)},
                    MEAN: row.mean.value,
                    "mean_low": row.mean.low,
                    "mean_high": row.mean.high,
                    "baselines": row.verdict,
                    BELOW: row.below_floor,
                }
                for row in (*self.rows, self.mean)
            ]
        )
        return frame.astype({BELOW: "boolean"})

    @property
    def holds(self) -> list[str]:
        """What the intervals of its rows hold; nothing without intervals."""
        return list(dict.fromkeys(row.mean.holds for row in (*self.rows, self.mean) if row.mean.holds))

    @property
    def remarked(self) -> int:
        """Number of cells whose map could as well be cut at another threshold."""
        return sum(cell.remark == TWO_THRESHOLDS for row in self.rows for cell in row.cells)

    @property
    def title(self) -> str:
        """What the table shows, in a line."""
        explainer = self.explainer_title or self.explainer
        explainer = f"{explainer}, a baseline that looks at no network" if self.blind else explainer
        return f"{self.metric_title} of the global heatmaps ({explainer}) with {self.reference_title or self.reference}"


def build_table(
    scores: pd.DataFrame,
    means: pd.DataFrame,
    baselines: pd.DataFrame,
    labels: Sequence[str],
    expressions: tuple[str, ...],
    *,
    order: str,
    title: str,
    higher_is_better: bool,
    blind: bool = False,
    below: Mapping[str, bool] | None = None,
    floor: str = "chance",
    blind_cells: Collection[tuple[str, str]] = frozenset(),
) -> Table:
    """Lay out a table.

    Args:
        scores: long form, one explainer, reference and metric, rows of whole networks only, with a column `label`.
        means: the same, for the means over the networks.
        baselines: long form, the same cells and means (label `mean`).
        labels: networks in the paper's order.
        expressions: the columns.
        order: `paper` or `score` (best mean first).
        title: of the metric.
        higher_is_better: direction of the metric.
        blind: whether the explainer is a baseline.
        below: whether each network is below the floor of accuracy, by label, where that is known.
        floor: words for that floor.
        blind_cells: label and expression of maps that show nothing.
    """
    first = means.iloc[0]
    by_label = _grouped(scores, "label", _FIGURES)
    of_means = baselines.loc[baselines["expression"].isna()]
    words = {name: (verdict(part), brief(part)) for name, part in _grouped(of_means, "label", BASELINE_FACTS).items()}
    rows = [
        replace(_row(label, by_label[label], words, expressions), below_floor=(below or {}).get(label))
        for label in labels
    ]
    if order == "score":
        sign = -1 if higher_is_better else 1
        rows.sort(key=lambda row: sign * row.mean.value if math.isfinite(row.mean.value) else math.inf)
    pooled = _grouped(baselines[baselines["label"] == MEAN], "baseline", ("expression", "value"))
    under = [_row(f"baseline: {name}", part, {}, expressions) for name, part in pooled.items() if name != "pairings"]
    return Table(
        metric=first["metric"],
        metric_title=title,
        explainer=first["explainer"],
        reference=first["reference"],
        higher_is_better=higher_is_better,
        expressions=expressions,
        rows=tuple(rows),
        mean=_row(MEAN, _records(means, _FIGURES), words, expressions),
        baselines=tuple(under),
        skipped=int(scores.loc[scores["expression"].isna(), "skipped"].sum()),
        blind=blind,
        floor=floor,
        blind_cells=blind_cells,
    )


def to_markdown(table: Table) -> str:
    """The table as GitHub's Markdown, baselines below and in words beside, with a line on what was skipped."""
    header = ["network", *map(_escape_markdown, table.expressions), MEAN, "against the baselines"]
    body = [
        [
            _escape_markdown(row.marked),
            *(cell.text() for cell in row.cells),
            row.mean.text(),
            _escape_markdown(row.verdict),
        ]
        for row in (*table.rows, table.mean, *table.baselines)
    ]
    grid = tabulate(body, header, tablefmt="github", disable_numparse=True)
    return f"# {_escape_markdown(table.title)}\n\n{grid}\n\n{remarks(table)}\n"


def remarks(table: Table) -> str:
    """What a reader of the table has to know, in a few lines."""
    how = sentence("how_to_read", higher_is_better=table.higher_is_better, holds=table.holds, skipped=table.skipped)
    verdict_words = sentence("verdict_on_mean", verdict=table.mean.verdict) if table.mean.verdict else ""
    cut = sentence("two_thresholds", words=TWO_THRESHOLDS) if table.remarked else ""
    notes = [how, verdict_words, cut, floor_note(table), blind_note(table)]
    return "\n\n".join(note for note in notes if note)


def floor_note(table: Table) -> str:
    """What the mark behind networks means; empty where none is marked."""
    marked = any(row.below_floor for row in table.rows)
    return sentence("below_floor", mark=MARK, floor=table.floor) if marked else ""


def blind_note(table: Table) -> str:
    """Which cells are of maps that show nothing; empty where none is."""
    by_label: dict[str, list[str]] = {}
    for label, expression in sorted(table.blind_cells):
        by_label.setdefault(label, []).append(expression)
    cells = [f"{label} ({', '.join(names)})" for label, names in by_label.items()]
    return sentence("blind_below_table", cells=cells) if cells else ""


def _records(frame: pd.DataFrame, columns: Sequence[str]) -> list[dict[Hashable, Any]]:
    """Rows as mappings: quicker than a frame where each is looked at by itself."""
    return frame[[name for name in columns if name in frame]].to_dict("records")


def _grouped(frame: pd.DataFrame, by: str, columns: Sequence[str]) -> dict[str, list[dict[Hashable, Any]]]:
    """Rows by what a column says, in the order in which that first occurs."""
    grouped: dict[str, list[dict[Hashable, Any]]] = {}
    for group, record in zip(frame[by], _records(frame, columns), strict=True):
        grouped.setdefault(group, []).append(record)
    return grouped


def _row(
    label: str, records: Sequence[_Record], words: Mapping[str, tuple[str, str]], expressions: Sequence[str]
) -> Row:
    """A row of the cells of expressions, and of the first that has none: their mean."""
    cells = {record["expression"]: _cell(record) for record in records if isinstance(record["expression"], str)}
    mean = next((_cell(record) for record in records if not isinstance(record["expression"], str)), _NOTHING)
    return Row(label, tuple(cells.get(name, _NOTHING) for name in expressions), mean, *words.get(label, ("", "")))


def _cell(record: _Record) -> Cell:
    value, low, high = (float(record.get(name, math.nan)) for name in ("value", "low", "high"))
    holds = record.get("holds")
    # A cell that was not looked at has no flag.
    cut = record.get("competing_thresholds") is True
    return Cell(value, low, high, holds if isinstance(holds, str) else "", TWO_THRESHOLDS if cut else "")


def _escape_markdown(text: str) -> str:
    escaped = re.sub(r"([\\`*_\[\]#|$~])", r"\\\1", one_line(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def one_line(text: str) -> str:
    """Text without breaks of lines."""
    return " ".join(text.split())
