"""One study: artefacts -> tables, dendrograms, statistics, report. Imports no torch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from fer_xai.analysis.analyze_study import MARGIN, PRIMARY, analyze_study
from fer_xai.analysis.without_maps import collect_metrics, flag, mean_metrics
from fer_xai.analysis.words.answer import passed_over
from fer_xai.errors import UserError
from fer_xai.face.chosen_references import chosen_references
from fer_xai.files import write_csv
from fer_xai.metrics.metric import Metrics
from fer_xai.results.paths import StudyPaths
from fer_xai.results.study import read_results
from fer_xai.scoring.floor import CHANCE
from fer_xai.terminal import show


def analyze_records(study_dir: Path, floor: str | float = CHANCE) -> Path:
    """Write `analysis/run_metrics.csv`: means, over runs, of the scores that runs recorded of themselves.

    Args:
        study_dir: the study's folder.
        floor: what accuracies have to be above: `chance` or a number.

    Returns:
        The file.

    Raises:
        UserError: no study there, no complete run of it has scores, or an unknown floor.
    """
    study = read_results(study_dir)
    table = mean_metrics(collect_metrics(study.complete))
    table = flag(table, study.complete, floor)
    if table.empty:
        raise UserError(f"{study_dir}: no complete run has recorded scores (runs/NAME/metrics.csv)")
    write_csv(study.paths.run_metrics, table, float_format="%.6g")
    _tell(passed_over(study))
    return study.paths.run_metrics


def analyze(
    study_dir: Path,
    references: Mapping[str, Any],
    metrics: Metrics,
    order: str = "paper",
    report: bool = True,
    floor: str | float = CHANCE,
    wandb: Any = None,
    primary: str = PRIMARY,
    groups: Any = None,
    margin: float = MARGIN,
    for_paper: bool = False,
) -> None:
    """Write `analysis/` and `report/` of a study and print its answer.

    Args:
        study_dir: the study's folder.
        references: name -> config node, the main one first.
        metrics: by name, the main one first.
        order: of the rows of tables: paper or score.
        report: whether to draw the figures and write the page, too.
        floor: what accuracies have to be above: `chance` or a number.
        wandb: settings of the wandb run for the study itself (the node `logger.wandb`); None for none.
        primary: the measure that verdicts rest on, see `analyze_study`.
        groups: columns by which people are compared, likewise.
        margin: a difference of it that counts as none if it is smaller, likewise.
        for_paper: whether to draw the figures at the widths of columns, too, which takes as long again.

    Raises:
        UserError: no study there, none of its runs is complete, or an unknown order, floor or margin.
    """
    summary = analyze_study(
        *(study_dir, chosen_references(references), metrics),
        order=order,
        floor=floor,
        primary=primary,
        margin=margin,
        groups=groups,
    )
    more = StudyPaths(study_dir).analysis / "summary.json"
    lines = [*summary.lead, *summary.content["notes"], f"more in words: {more}"]
    if report:
        from fer_xai.report.page import build_report  # matplotlib takes a second to import

        lines.append(f"report: {build_report(study_dir, for_paper=for_paper)}")
    if wandb is not None:
        from fer_xai.report.wandb_study import log_study

        lines.append(log_study(StudyPaths(study_dir), wandb))
    _tell(lines)


def _tell(lines: Sequence[str]) -> None:
    console = Console(stderr=True)
    for line in lines:
        # Lines are broken for readers, not for programs.
        show(console, line, wrapped=console.is_terminal)
