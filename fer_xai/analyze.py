"""One study: artefacts -> tables, dendrograms, statistics, report. Imports no torch."""

from pathlib import Path
from typing import Any

from hydra.utils import instantiate
from rich.console import Console

from fer_xai.analysis.study import analyze_study


def analyze(study_dir: Path, reference: Any, order: str = "paper", report: bool = True) -> None:
    """Write `analysis/` and `report/` of a study and print its answer.

    Args:
        study_dir: the study's folder.
        reference: config node of the reference.
        order: of the rows of tables: paper or score.
        report: whether to draw the figures and write the page, too.

    Raises:
        UserError: no study there, or none of its runs is complete.
    """
    summary = analyze_study(study_dir, [instantiate(reference)], order=order)
    lines = list(summary.sentences)
    if report:
        from fer_xai.report.html import build_report  # matplotlib takes a second to import

        lines.append(f"report: {build_report(study_dir)}")
    console = Console(stderr=True)
    for line in lines:
        # Lines are broken for readers, not for programs.
        console.print(line, highlight=False, markup=False, soft_wrap=not console.is_terminal)
